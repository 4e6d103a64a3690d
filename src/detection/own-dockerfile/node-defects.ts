import { z } from 'zod';
import { jsonForm, type Instruction } from '../../core/dockerfile.js';
import type { Stage } from '../../core/dockerfile-stages.js';
import type { Inspected } from './defects.js';
import { lineage, stageVariables } from './image.js';
import { sourcesOf } from './sources.js';

/** Images of Node without corepack: 25 and later, and the tags that follow the newest. */
const WITHOUT_COREPACK =
  /^(?:docker\.io\/)?(?:library\/)?node(?::(?:(?:lts|latest|current)(?:-[\w.-]+)?|alpine[\d.]*|slim|bookworm(?:-slim)?|trixie(?:-slim)?|(?:2[5-9]|[3-9]\d)(?:[.-][\w.-]*)?))?$/;

/** `corepack` in images that ship none. */
export function corepackDefects({ needed }: Inspected): readonly string[] {
  const defects = needed.flatMap((stage) => {
    const base = rootBase(stage);
    const runs = lineage(stage).filter(({ keyword }) => keyword === 'RUN');
    const installs = runs.some(({ joined }) => /npm\s+(?:i|install)\s[^&;|]*corepack/.test(joined));
    const uses = stage.instructions.some(
      ({ keyword, joined }) =>
        keyword === 'RUN' &&
        /(?:^|[;&]\s*)corepack\s+(?:enable|prepare|use)/.test(joined) &&
        !joined.includes('||'),
    );
    return base !== undefined && WITHOUT_COREPACK.test(base) && uses && !installs
      ? [`It runs corepack, which ${base} does not have.`]
      : [];
  });
  return [...new Set(defects)];
}

const manifestSchema = z.object({
  scripts: z.record(z.string(), z.string().catch('')).catch({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
});

/** `npm ci` that runs a `prepare` for which the sources or the build tools are missing. */
export async function prepareDefects(inspected: Inspected): Promise<readonly string[]> {
  const defects: string[] = [];
  for (const stage of inspected.needed) {
    const defect = await prepareDefect(inspected, stage);
    if (defect !== undefined) defects.push(defect);
  }
  return [...new Set(defects)];
}

const TOOLS =
  /(?:^|[\s&;])(tsc|tsup|vite|rollup|esbuild|webpack|pkgroll|unbuild|ncc|tshy|husky)(?=[\s;&]|$)/;

async function prepareDefect(inspected: Inspected, stage: Stage): Promise<string | undefined> {
  const instructions = lineage(stage);
  const variables = stageVariables(stage);
  if (mentionsScripts(instructions, variables)) return undefined;
  const at = instructions.findIndex(({ keyword, joined }) => keyword === 'RUN' && runsNpm(joined));
  const install = instructions[at];
  const copied = instructions.slice(0, at).flatMap((one) => sourcesOf(one, variables));
  const manifest = copied.find((source) =>
    /(?:^|\/)package(?:\*?\.json|\*|-?\*\.json)$/.test(source),
  );
  if (install === undefined || stage.parent !== null || manifest === undefined) return undefined;
  if (bringsSources(instructions.slice(0, at), copied)) return undefined;
  const folder = manifest.includes('/') ? manifest.slice(0, manifest.lastIndexOf('/') + 1) : '';
  const prefix = inspected.context === '.' ? '' : `${inspected.context}/`;
  const found = await prepareTool(inspected, `${prefix}${folder}package.json`);
  if (found === undefined || (found.tool === 'husky' && !omitsDev(install.joined, variables))) {
    return undefined;
  }
  return `Its npm install runs the prepare script (${found.tool}) before the sources are copied.`;
}

function runsNpm(command: string): boolean {
  return /(?:^|[;&]\s*)npm\s+(?:ci|i|install|clean-install)(?=\s*(?:$|&&|;|-))(?![^&;|]*(?:\s-g\b|--global|--ignore-scripts))[^|]*$/.test(
    command,
  );
}

/** Anything that may switch the scripts off or change them. */
function mentionsScripts(
  instructions: readonly Instruction[],
  variables: ReadonlyMap<string, string>,
): boolean {
  return (
    [...variables.keys()].some((name) => /ignore_scripts|^HUSKY$|^CI$/i.test(name)) ||
    instructions.some(
      ({ keyword, joined }) =>
        keyword === 'RUN' && /prepare|ignore-scripts|npm pkg|sed /.test(joined),
    )
  );
}

/** More than manifests and settings may be what `prepare` needs. */
function bringsSources(before: readonly Instruction[], copied: readonly string[]): boolean {
  const other = before.some(
    ({ keyword, joined, flags }) =>
      (keyword === 'COPY' || keyword === 'ADD') &&
      (flags.some((flag) => flag.startsWith('--from=')) || jsonForm(joined) !== undefined),
  );
  const SETTINGS =
    /(?:^|\/)(?:package[\w.*-]*|[\w.-]*lock[\w.*-]*|tsconfig[\w.*-]*|\.npmrc\*?|README\.md|LICENSE)$/;
  return other || copied.some((source) => !SETTINGS.test(source));
}

function omitsDev(command: string, variables: ReadonlyMap<string, string>): boolean {
  return (
    /--omit[= ]dev|--production|--only[= ]prod/.test(command) ||
    variables.get('NODE_ENV') === 'production'
  );
}

/** The build tool that `prepare` runs, itself or through one other script. */
async function prepareTool(
  { tree }: Inspected,
  path: string,
): Promise<{ readonly tool: string } | undefined> {
  const parsed = manifestSchema.safeParse(parseJson(await tree.read(path)));
  if (!parsed.success) return undefined;
  const { scripts, dependencies } = parsed.data;
  const command = commandOf(scripts);
  const tool = TOOLS.exec(command)?.[1];
  if (tool === undefined || !isReached(command, tool)) return undefined;
  return tool === 'husky' && 'husky' in dependencies ? undefined : { tool };
}

/** The command of `prepare`, or of the script that it names. */
function commandOf(scripts: Readonly<Record<string, string>>): string {
  const prepare = scripts['prepare'] ?? '';
  const next = /^\s*(?:npm|pnpm|yarn)\s+(?:run\s+)?([\w:-]+)\s*$/.exec(prepare)?.[1];
  return next === undefined ? prepare : (scripts[next] ?? '');
}

/** A tool behind another command may never be reached, or its failure be forgiven. */
function isReached(command: string, tool: string): boolean {
  if (/\|\||exit 0|;|is-ci/.test(command)) return false;
  const first = /^\s*([\w-]+)/.exec(command)?.[1] ?? '';
  return first === tool || /^(?:rimraf|shx|rm|npx|mkdir)$/.test(first);
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function rootBase(stage: Stage): string | undefined {
  return stage.parent === null ? stage.base : rootBase(stage.parent);
}

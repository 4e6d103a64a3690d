import type { Inspected } from './defects.js';
import { lineage } from './image.js';
import { readPyproject } from './pyproject.js';

/** A start command that installs: it needs a network that a server does not have. */
export async function startDefects(inspected: Inspected): Promise<readonly string[]> {
  const words = inspected.image.command.flatMap((word) => word.trim().split(/\s+/));
  const runs = lineage(inspected.last)
    .filter(({ keyword }) => keyword === 'RUN')
    .map(({ joined }) => joined)
    .join('\n');
  const [first = '', second = ''] = words;
  const program = first.split('/').at(-1) ?? '';
  if (program === 'uv' && second === 'run') return uvRun(inspected, words, runs);
  if (program === 'uvx') return fetched(words.slice(1), 'uvx', runs);
  if (program === 'npx' && words.some((word) => word === '-y' || word === '--yes')) {
    return (await isOwnPackage(inspected, packageOf(words.slice(1))))
      ? []
      : fetched(words.slice(1), 'npx', runs);
  }
  return [];
}

const STAYS = /^(?:--frozen|--no-sync|--offline|--no-project|--isolated|--active|--script|-s)$/;

async function uvRun(
  { tree, context, image }: Inspected,
  words: readonly string[],
  runs: string,
): Promise<readonly string[]> {
  const stays = ['UV_NO_SYNC', 'UV_OFFLINE', 'UV_FROZEN'].some((name) =>
    image.environment.has(name),
  );
  if (stays || words.some((word) => STAYS.test(word))) return [];
  const synced = /\buv\s+(?:sync|run|venv|pip)\b/.exec(runs) !== null;
  if (!synced) return ['Its start command, uv run, installs every dependency at each start.'];
  const withoutDev = /\buv\s+sync\b[^&;\n]*--no-dev/.test(runs) && !words.includes('--no-dev');
  const groups = (await readPyproject(tree, context))?.['dependency-groups'];
  const hasDev = (groups?.dev ?? []).length > 0;
  return withoutDev && hasDev && !image.environment.has('UV_NO_DEV')
    ? ['Its start command, uv run, installs the development dependencies at each start.']
    : [];
}

function fetched(args: readonly string[], command: string, runs: string): readonly string[] {
  const name = packageOf(args);
  if (name === '' || /^[./$]/.test(name) || runs.includes(name)) return [];
  return [`Its start command, ${command} ${name}, downloads the server at each start.`];
}

/** The first word that is no option, without its version. */
function packageOf(args: readonly string[]): string {
  const word = args.find((one) => !one.startsWith('-')) ?? '';
  return word.replace(/(?<=.)@[^/]*$/, '');
}

async function isOwnPackage({ tree, context }: Inspected, name: string): Promise<boolean> {
  const text = await tree.read(context === '.' ? 'package.json' : `${context}/package.json`);
  return text?.includes(JSON.stringify(name)) ?? false;
}

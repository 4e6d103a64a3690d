import type {
  BasePair,
  BuildPlan,
  BuildStep,
  DeclaredInput,
  ServerStart,
} from '../../core/build-plan.js';
import { join, relativeTo } from '../support/paths.js';
import type { DetectLanguage, Finding, Project } from '../source-tree.js';
import { evidenceOf, fileName, planOf } from './draft.js';
import { cgoNeed, type GoModule, goBuildFolder, mcpLibrary } from './go-module.js';
import { moduleName, parseGoModule } from './go-module.js';
import { goPrograms, type GoProgram } from './go-programs.js';
import { allInputs, inputFrom, type InputPattern, readInputs } from './inputs.js';
import { type ServingArguments, servingArguments } from './serving-arguments.js';
import { readSources, type Sources, whereIs } from './sources.js';
import { chosenTransport, findTransports, type FoundTransports } from './transport.js';

/** Minor versions of Go 1 that have an image on Debian 12, newest first. */
const GO_LINES = [27, 26, 25, 24, 23];
/** So many are tried before the builder gives up on the tags. */
const MOST_BASES = 4;
const RUN_BASE = 'debian:bookworm-slim';

const PATTERNS = {
  stdio:
    /\b(?:ServeStdio|NewStdioServer\w*|StdioTransport|IOTransport|StdioServerTransport|NewStdioTransport|NewTransport\(\s*stdio|stdio\.New\w+)\b|bufio\.New(?:Reader|Scanner)\(os\.Stdin\)/,
  http: /\b(?:NewStreamableHTTP\w*|StreamableHTTPHandler|NewHTTPTransport|NewStreamableHttp\w*)\b/,
  sse: /\b(?:NewSSEServer|NewSSEHandler|NewSSETransport|NewSSEServerTransport)\b/,
};
const SPEAKS_MCP = /"tools\/list"/;

const INPUTS: readonly InputPattern[] = [
  { kind: 'environment', pattern: /\bos\.(?:Getenv|LookupEnv)\(\s*"([A-Za-z_]\w*)"\s*\)/g },
  { kind: 'environment', pattern: /\bBindEnv\(\s*"[^"]*"\s*,\s*"([A-Za-z_]\w*)"/g },
  { kind: 'environment', pattern: /\b(?:env|envconfig):"([A-Z_][A-Z0-9_]*)[",]/g },
];
const FLAG = /\b(?:flag|Flags\(\))\.\w+\((?:\s*&\w[\w.]*\s*,)?\s*"([a-z][\w-]*)"/g;
const REQUIRED_FLAG = /MarkFlagRequired\(\s*"([\w-]+)"/g;
const USAGE_WORD = /[Uu]sage:?\s+(?:%s|\S+)\s+(?:\[[^\]\n]*\]\s+)*<([A-Za-z][\w -]*)>/;
/** `transport := flag.String("transport", "sse", …)`: what it does when nobody says. */
const DEFAULT_TRANSPORT =
  /"(transport|mode|t)"\s*,\s*(?:"\w?"\s*,\s*)?"(sse|http|streamable-http)"/;
const STDIO_COMMAND = /\bUse:\s*"(stdio|serve|server|mcp)\b/;

/** What reading the module gave. */
interface GoServer {
  readonly project: Project;
  readonly module: GoModule;
  readonly program: GoProgram;
  readonly others: readonly GoProgram[];
  readonly sources: Sources;
  readonly transports: FoundTransports;
  readonly library: string | undefined;
}

/** Go modules: go.mod, with a program that serves MCP. */
export const detectGo: DetectLanguage = async (project) => {
  const text = await project.tree.read(join(project.folder, 'go.mod'));
  const module = text === undefined ? null : parseGoModule(text);
  if (module === null) return undefined;
  const sources = await readSources(project.tree, project.folder, /\.go$/);
  const library = mcpLibrary(module);
  const speaks = whereIs(sources, SPEAKS_MCP);
  if (library === undefined && speaks === undefined) {
    return notAServer(project, 'go.mod requires no MCP library, and no file answers tools/list.');
  }
  const programs = goPrograms(sources, project.folder, module);
  const [program, ...others] = programs;
  if (program === undefined || program.score < 0) {
    return notAServer(
      project,
      `${module.path} is a library: outside of examples and tests it has no program that serves.`,
    );
  }
  const transports = findTransports(sources, PATTERNS);
  const server = { project, module, program, others, sources, transports, library };
  return { kind: 'server', plan: await goPlan(server) };
};

async function goPlan(server: GoServer): Promise<BuildPlan> {
  const { project, module, program, sources } = server;
  const cgo = cgoNeed(module, whereIs(sources, /^import "C"|^\s+"C"$/m));
  const serving = await goArguments(server);
  return planOf({
    language: 'go',
    ...goVersion(server),
    packageManager: { name: 'go', version: null },
    lockfile: fileIn(project, 'go.sum') ?? null,
    target: project.folder,
    ...goBuild(server),
    buildEnvironment: {
      CGO_ENABLED: cgo ? '1' : '0',
      GOFLAGS: '-buildvcs=false -trimpath',
      // The images say `local`; a go.mod that asks for a newer Go than theirs then ends the build.
      GOTOOLCHAIN: 'auto',
    },
    caches: [
      { id: 'go-modules', path: '/go/pkg/mod' },
      { id: 'go-build', path: '/root/.cache/go-build' },
    ],
    aptPackages: { build: [], run: ['ca-certificates', ...(cgo?.libraries ?? [])] },
    ...goStart(server, serving),
    inputs: allInputs(project.hints.inputs, goInputs(sources)),
    metadata: goMetadata(server),
    confidence: server.library === undefined || server.transports.stdio === undefined ? 0.7 : 0.95,
    evidence: goEvidence(server, serving, cgo?.reason),
    rejected: server.others.map((one) => ({
      field: 'start',
      value: one.folder,
      reason: `${program.folder} looks more like the server.`,
    })),
  });
}

function goStart(
  { program, project, sources, transports }: GoServer,
  serving: ServingArguments | undefined,
): ServerStart & Pick<BuildPlan, 'alternatives'> {
  const transport = chosenTransport(transports, sources, serving);
  const start: ServerStart = {
    start: [`/usr/local/bin/${fileName(program.name)}`],
    args: serving?.args ?? [],
    transport,
    environment: transport.kind === 'stdio' ? {} : { HOST: '0.0.0.0' },
    source: `package main in ${relativeTo(project.folder, program.folder) ?? '.'}`,
  };
  const bare = { ...start, args: [], source: 'without arguments' };
  return { ...start, alternatives: start.args.length > 0 ? [bare] : [] };
}

function goBuild({
  project,
  module,
  program,
}: GoServer): Pick<BuildPlan, 'workspaceRoot' | 'manifests' | 'install' | 'build' | 'outputs'> {
  const name = fileName(program.name);
  const workspaceRoot = goBuildFolder(project.tree, project.folder, module);
  const folder = relativeTo(workspaceRoot, project.folder) ?? '.';
  const inside = relativeTo(project.folder, program.folder) ?? '.';
  const main = inside === '.' ? '.' : `./${inside}`;
  return {
    workspaceRoot,
    ...goInstall(project, workspaceRoot, folder),
    build: [{ run: ['go', 'build', '-o', `/out/${name}`, main], folder }],
    outputs: [{ from: `/out/${name}`, to: `/usr/local/bin/${name}` }],
  };
}

function goMetadata({ project, module }: GoServer): BuildPlan['metadata'] {
  return {
    name: moduleName(module.path),
    version: project.gitVersion,
    description: null,
    author: null,
    license: null,
    dependencies: module.direct,
  };
}

/** `go mod download` needs only the manifests, unless modules on disk take part. */
function goInstall(
  project: Project,
  workspaceRoot: string,
  target: string,
): { manifests: readonly string[]; install: readonly BuildStep[] } {
  if (fileIn(project, 'vendor/modules.txt') !== undefined || workspaceRoot !== project.folder) {
    return { manifests: [], install: [] };
  }
  const manifests = ['go.mod', 'go.sum'].filter((name) => fileIn(project, name) !== undefined);
  return { manifests, install: [{ run: ['go', 'mod', 'download'], folder: target }] };
}

function goVersion({ module }: GoServer): Pick<BuildPlan, 'languageVersion' | 'bases'> {
  const asked = [module.go, module.toolchain].map(minorOf);
  const least = Math.max(...asked);
  const newest = GO_LINES[0] ?? 0;
  const lines = least > newest ? [least] : GO_LINES.filter((line) => line >= least);
  const bases: BasePair[] = [...lines.slice(0, MOST_BASES).map((line) => `1.${line}`), '1'].map(
    (line) => ({ build: `golang:${line}-bookworm`, run: RUN_BASE }),
  );
  const constraint = module.go === null ? null : (module.toolchain ?? module.go);
  const languageVersion = { value: `1.${lines[0] ?? newest}`, constraint, source: 'go.mod' };
  return { languageVersion, bases };
}

async function goArguments({
  project,
  program,
  sources,
}: GoServer): Promise<ServingArguments | undefined> {
  const told = await servingArguments(project, fileName(program.name));
  if (told) return told;
  const all = [...sources];
  for (const [path, text] of all) {
    const flag = DEFAULT_TRANSPORT.exec(text)?.[1];
    if (flag === undefined) continue;
    return { args: [flag === 't' ? '-t' : `--${flag}`, 'stdio'], source: path };
  }
  for (const [path, text] of all) {
    const command = STDIO_COMMAND.exec(text)?.[1];
    if (command !== undefined) return { args: [command], source: path };
  }
  return undefined;
}

function goInputs(sources: Sources): DeclaredInput[] {
  const found = readInputs(sources, INPUTS);
  const all = [...sources.values()].join('\n');
  const required = new Set([...all.matchAll(REQUIRED_FLAG)].map(([, name]) => name));
  for (const [path, text] of sources) {
    const word = USAGE_WORD.exec(text)?.[1];
    if (word !== undefined) {
      found.push(inputFrom({ kind: 'argument', name: word, required: true, source: path }));
    }
    for (const [, name = ''] of text.matchAll(FLAG)) {
      const one = { kind: 'argument', name: `--${name}`, source: path } as const;
      found.push(inputFrom({ ...one, required: required.has(name) }));
    }
  }
  return found;
}

function goEvidence(
  server: GoServer,
  serving: ServingArguments | undefined,
  cgo: string | undefined,
): BuildPlan['evidence'] {
  const { module, program, transports, library, project } = server;
  const manifest = join(project.folder, 'go.mod');
  const list = [
    evidenceOf('language', 'go', manifest, 'It is the manifest of a Go module.'),
    evidenceOf('languageVersion', module.go ?? 'newest', manifest, 'Its go directive.'),
    evidenceOf('start', program.name, program.folder, 'It is package main.'),
  ];
  if (library !== undefined) list.push(evidenceOf('server', library, manifest, 'An MCP library.'));
  const place = transports.stdio ?? transports.http ?? transports.sse;
  if (place !== undefined) {
    const kind = transports.stdio === undefined ? 'http' : 'stdio';
    list.push(evidenceOf('transport', kind, place, 'It calls what serves like this.'));
  }
  if (serving) {
    list.push(evidenceOf('args', serving.args.join(' '), serving.source, 'It serves with these.'));
  }
  if (cgo !== undefined) {
    list.push(evidenceOf('buildEnvironment.CGO_ENABLED', '1', manifest, `${cgo} needs C.`));
  }
  return list;
}

function notAServer(project: Project, reason: string): Finding {
  const manifest = join(project.folder, 'go.mod');
  const evidence = [evidenceOf('language', 'go', manifest, 'It is the manifest of a Go module.')];
  return { kind: 'not_a_server', reason, evidence };
}

function fileIn(project: Project, name: string): string | undefined {
  const path = join(project.folder, name);
  return project.tree.files.includes(path) ? path : undefined;
}

/** `1.23.2` is 23; 0 when nothing is asked for. */
function minorOf(version: string | null): number {
  return Number(/^1\.(\d+)/.exec(version ?? '')?.[1] ?? 0);
}

import type { BasePair, BuildPlan, ServerStart } from '../../core/build-plan.js';
import { join, parentOf, relativeTo } from '../support/paths.js';
import type { DetectLanguage, Finding, Project } from '../source-tree.js';
import { type DotnetProject, readDotnetProject } from './csproj.js';
import { evidenceOf, planOf } from './draft.js';
import { allInputs, type InputPattern, readInputs } from './inputs.js';
import { type ServingArguments, servingArguments } from './serving-arguments.js';
import { isServerPath, readSources, type Sources, whereIs } from './sources.js';
import { chosenTransport, findTransports, type FoundTransports } from './transport.js';

const PATTERNS = {
  stdio:
    /\bWithStdioServerTransport\b|\bStdioServerTransport\b|\bConsole\.(?:In|OpenStandardInput)\b/,
  http: /\bWithHttpTransport\b|\bMapMcp\b/,
  sse: /\bWithSseServerTransport\b/,
};
const SPEAKS_MCP = /"tools\/list"/;
const MCP_PACKAGE =
  /^(?:ModelContextProtocol(?:\.(?:AspNetCore|Core))?|.*\.Extensions\.Mcp|Mcp\..*)$/i;

const INPUTS: readonly InputPattern[] = [
  {
    kind: 'environment',
    pattern: /\bEnvironment\.GetEnvironmentVariable\(\s*"([A-Za-z_]\w*)"\s*\)/g,
  },
];

/** What publishing is told, whatever the project says: one folder that `dotnet` starts. */
const PUBLISH = [
  'PublishAot',
  'PublishSingleFile',
  'PublishTrimmed',
  'SelfContained',
  'UseAppHost',
];
/** Where ASP.NET listens in its images. */
const PORT = 8080;

interface DotnetServer {
  readonly project: Project;
  readonly csproj: DotnetProject;
  readonly others: readonly DotnetProject[];
  readonly sources: Sources;
  readonly transports: FoundTransports;
  readonly library: string | undefined;
}

/** .NET projects that serve MCP. There is no image to try them with where this was written. */
export const detectDotnet: DetectLanguage = async (project) => {
  const { tree, folder } = project;
  const paths = tree.files.filter((path) => path.endsWith('.csproj') && isServerPath(folder, path));
  const read = await Promise.all(paths.map((path) => readDotnetProject(tree, path)));
  const projects = read.filter((one) => one !== undefined);
  if (projects.length === 0) return undefined;
  const servers = await Promise.all(projects.map((csproj) => serverOf(project, csproj)));
  const serving = servers.filter((one) => one !== undefined);
  if (serving.length === 0) {
    return notAServer(paths, 'No project here references an MCP package or answers tools/list.');
  }
  const [best, ...others] = serving.filter(({ csproj }) => csproj.runs).toSorted(byScore);
  if (!best) {
    return notAServer(paths, 'What speaks MCP here is a library: its OutputType is not Exe.');
  }
  if (best.csproj.version === null) {
    const frameworks = best.csproj.frameworks.join(', ') || 'no framework';
    return notAServer(paths, `${best.csproj.path} targets ${frameworks}, which Linux cannot run.`);
  }
  const server = { ...best, others: others.map(({ csproj }) => csproj) };
  return { kind: 'server', plan: await dotnetPlan(server, best.csproj.version) };
};

async function serverOf(
  project: Project,
  csproj: DotnetProject,
): Promise<DotnetServer | undefined> {
  const sources = await readSources(project.tree, parentOf(csproj.path), /\.cs$/);
  const library = Object.keys(csproj.packages).find((name) => MCP_PACKAGE.test(name));
  if (library === undefined && whereIs(sources, SPEAKS_MCP) === undefined) return undefined;
  const transports = findTransports(sources, PATTERNS);
  return { project, csproj, others: [], sources, transports, library };
}

function byScore(left: DotnetServer, right: DotnetServer): number {
  const score = ({ csproj, transports }: DotnetServer): number =>
    (Object.values(transports).some(Boolean) ? 4 : 0) +
    (/mcp/i.test(csproj.name) ? 2 : 0) +
    (/server/i.test(csproj.name) ? 1 : 0) -
    (/client|test|bench|example|sample|evaluat/i.test(csproj.name) ? 6 : 0);
  return score(right) - score(left) || left.csproj.path.localeCompare(right.csproj.path);
}

async function dotnetPlan(server: DotnetServer, version: number): Promise<BuildPlan> {
  const { project, csproj, sources } = server;
  const serving = await servingArguments(project, csproj.name);
  const start = dotnetStart(server, serving);
  return planOf({
    language: 'dotnet',
    languageVersion: {
      value: `${version}.0`,
      constraint: csproj.frameworks.join(';'),
      source: csproj.path,
    },
    bases: [dotnetBases(csproj, version)],
    packageManager: { name: 'dotnet', version: null },
    lockfile: null,
    // Projects name others and files above their own folder.
    workspaceRoot: '.',
    target: parentOf(csproj.path),
    build: dotnetBuild(project, csproj, version),
    buildEnvironment: { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
    caches: [{ id: 'nuget-packages', path: '/root/.nuget/packages' }],
    outputs: [{ from: '/out', to: '/app' }],
    ...start,
    inputs: allInputs(project.hints.inputs, readInputs(sources, INPUTS)),
    metadata: {
      name: csproj.name,
      version: csproj.declaredVersion ?? project.gitVersion,
      description: csproj.description,
      author: csproj.author,
      license: csproj.license,
      dependencies: csproj.packages,
    },
    confidence: server.library === undefined || server.transports.stdio === undefined ? 0.6 : 0.85,
    evidence: dotnetEvidence(server, start),
    rejected: server.others.map(({ path }) => ({
      field: 'target',
      value: path,
      reason: `${csproj.path} looks more like the server.`,
    })),
  });
}

function dotnetBases({ isWeb }: DotnetProject, version: number): BasePair {
  const images = 'mcr.microsoft.com/dotnet';
  const run = `${images}/${isWeb ? 'aspnet' : 'runtime'}:${version}.0`;
  return { build: `${images}/sdk:${version}.0`, run };
}

/** A global.json asks for one SDK, which need not be the one of the image. */
function dotnetBuild(
  { tree }: Project,
  { path, version: newestVersion, frameworks }: DotnetProject,
  version: number,
): BuildPlan['build'] {
  const folder = parentOf(path);
  const pins: string[] = [];
  for (let at = folder; ; at = parentOf(at)) {
    if (tree.files.includes(join(at, 'global.json'))) pins.push(join(at, 'global.json'));
    if (at === '.') break;
  }
  const framework = frameworks.length > 1 ? ['-f', `net${newestVersion ?? version}.0`] : [];
  const options = PUBLISH.map((name) => `-p:${name}=false`);
  const publish = ['dotnet', 'publish', `./${relativeTo('.', path) ?? path}`, '-c', 'Release'];
  return [
    ...(pins.length > 0 ? [{ run: ['rm', '-f', ...pins], folder: '.' }] : []),
    { run: [...publish, '-o', '/out', ...framework, ...options], folder: '.' },
  ];
}

function dotnetStart(
  { csproj, sources, transports }: DotnetServer,
  serving: ServingArguments | undefined,
): ServerStart & Pick<BuildPlan, 'alternatives'> {
  const found = chosenTransport(transports, sources, serving);
  const transport =
    found.kind === 'stdio' ? found : { ...found, port: PORT, path: mcpPath(sources) };
  const isHttp = transport.kind !== 'stdio';
  const start: ServerStart = {
    start: ['dotnet', `/app/${csproj.assembly}.dll`],
    args: serving?.args ?? [],
    transport,
    environment: isHttp ? { ASPNETCORE_URLS: `http://0.0.0.0:${PORT}` } : {},
    source: csproj.path,
  };
  const bare = { ...start, args: [], source: 'without arguments' };
  return { ...start, alternatives: start.args.length > 0 ? [bare] : [] };
}

/** `app.MapMcp("/mcp")`; without an argument it is the root. */
function mcpPath(sources: Sources): string {
  for (const text of sources.values()) {
    const call = /\bMapMcp\(\s*(?:"([^"]*)")?/.exec(text);
    if (call) return `/${(call[1] ?? '').replace(/^\//, '')}`;
  }
  return '/';
}

function dotnetEvidence(server: DotnetServer, start: ServerStart): BuildPlan['evidence'] {
  const { csproj, library, transports } = server;
  const list = [
    evidenceOf('language', 'dotnet', csproj.path, 'It is a .NET project.'),
    evidenceOf(
      'languageVersion',
      csproj.frameworks.join(';'),
      csproj.path,
      'Its target framework.',
    ),
    evidenceOf('start', start.start.join(' '), csproj.path, 'The assembly that it makes.'),
  ];
  if (library !== undefined) {
    list.push(evidenceOf('server', library, csproj.path, 'An MCP package.'));
  }
  const place = transports.stdio ?? transports.http ?? transports.sse;
  if (place !== undefined) {
    list.push(evidenceOf('transport', start.transport.kind, place, 'It adds this transport.'));
  }
  return list;
}

function notAServer(paths: readonly string[], reason: string): Finding {
  const source = paths[0] ?? 'csproj';
  return {
    kind: 'not_a_server',
    reason,
    evidence: [evidenceOf('language', 'dotnet', source, 'It is a .NET project.')],
  };
}

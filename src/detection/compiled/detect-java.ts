import type { BuildPlan, ServerStart, ServerTransport } from '../../core/build-plan.js';
import type { DetectLanguage, Finding, Project } from '../source-tree.js';
import { evidenceOf, planOf } from './draft.js';
import { readGradle } from './gradle.js';
import { allInputs, type InputPattern, readInputs } from './inputs.js';
import { javaBuild, javaLaunch, javaVersion } from './java-build.js';
import { javaLibrary, type JavaProject } from './java-project.js';
import { readMaven } from './maven.js';
import { type ServingArguments, servingArguments } from './serving-arguments.js';
import { readSources, type Sources, whereIs } from './sources.js';
import { type Properties, readProperties, springStdioFlags, springTransport } from './spring.js';
import { chosenTransport, findTransports } from './transport.js';

const PATTERNS = {
  stdio: /\bStdioServerTransport(?:Provider)?\b|\bSystem\.in\b/,
  http: /\bHttpServletStreamableServerTransportProvider\b|\bStreamableHttp\w*|\bmcpStreamableHttp\b/,
  sse: /\bHttpServletSseServerTransportProvider\b|\bSseServerTransport\b|\bWebMvcSse\w*/,
};
const SPEAKS_MCP = /"tools\/list"/;
const MAIN = /\bpublic\s+static\s+void\s+main\s*\(|^(?:suspend\s+)?fun\s+main\s*\(/m;

const INPUTS: readonly InputPattern[] = [
  { kind: 'environment', pattern: /\bSystem\.getenv\(\s*"([A-Za-z_]\w*)"\s*\)/g },
  { kind: 'environment', pattern: /\bgetenv\(\)\.get\(\s*"([A-Za-z_]\w*)"\s*\)/g },
  { kind: 'environment', pattern: /\$\{([A-Z][A-Z0-9_]{2,})(?::[^}]*)?\}/g },
  { kind: 'environment', pattern: /@ConfigProperty\(\s*name\s*=\s*"([A-Z][A-Z0-9_]+)"/g },
];

interface JavaServer {
  readonly project: Project;
  readonly java: JavaProject;
  readonly sources: Sources;
  readonly properties: Properties;
  readonly library: string | undefined;
  readonly others: readonly JavaProject[];
}

/** Maven and Gradle builds with a module that serves MCP, in Java or Kotlin. */
export const detectJava: DetectLanguage = async (project) => {
  const { tree, folder } = project;
  const maven = await readMaven(tree, folder);
  const modules = maven.length > 0 ? maven : await readGradle(tree, folder);
  if (modules.length === 0) return undefined;
  const candidates = await Promise.all(modules.map((java) => candidate(project, java)));
  const serving = candidates.filter(({ speaks }) => speaks);
  if (serving.length === 0) {
    return notAServer(modules, 'No module here depends on an MCP library or answers tools/list.');
  }
  const [best, ...others] = serving.filter(isProgram).toSorted(byScore);
  if (!best) {
    const names = serving.map(({ java }) => java.name).join(', ');
    return notAServer(modules, `${names} is a library: it has no class with a main method.`);
  }
  const properties = await readProperties(tree, best.java.folder);
  const { java, sources, library } = best;
  const server = {
    project,
    java,
    sources,
    properties,
    library,
    others: others.map((one) => one.java),
  };
  return { kind: 'server', plan: await javaPlan(server) };
};

interface Candidate {
  readonly java: JavaProject;
  readonly sources: Sources;
  readonly library: string | undefined;
  readonly speaks: boolean;
  readonly main: string | undefined;
}

async function candidate({ tree }: Project, module: JavaProject): Promise<Candidate> {
  const sources = await readSources(tree, module.folder, /\.(?:java|kt|properties|ya?ml)$/);
  const library = javaLibrary(module);
  const main = whereIs(sources, MAIN);
  const speaks = library !== undefined || whereIs(sources, SPEAKS_MCP) !== undefined;
  const java = { ...module, mainClass: module.mainClass ?? mainClassIn(sources, main) };
  return { java, sources, library, speaks, main };
}

/** Quarkus brings a main method of its own. */
function isProgram({ java, main }: Candidate): boolean {
  return main !== undefined || java.mainClass !== null || java.packaging === 'quarkus';
}

function byScore(left: Candidate, right: Candidate): number {
  const score = ({ java, sources }: Candidate): number =>
    (/mcp/.test(java.name) ? 2 : 0) +
    (/server/.test(java.name) ? 1 : 0) +
    (java.packaging === 'jar' ? 0 : 2) +
    (Object.values(findTransports(sources, PATTERNS)).some(Boolean) ? 2 : 0) -
    (/client|test|bench|example|sample|common|shared/.test(java.name) ? 4 : 0);
  return score(right) - score(left) || left.java.folder.localeCompare(right.java.folder);
}

function mainClassIn(sources: Sources, path: string | undefined): string | null {
  const text = path === undefined ? undefined : sources.get(path);
  if (path === undefined || text === undefined) return null;
  const file = path.split('/').at(-1) ?? '';
  const name = file.endsWith('.kt') ? file.replace(/\.kt$/, 'Kt') : file.replace(/\.java$/, '');
  const inside = /^package\s+([\w.]+)/m.exec(text)?.[1];
  if (!/^\w+$/.test(name)) return null;
  return inside === undefined ? name : `${inside}.${name}`;
}

async function javaPlan(server: JavaServer): Promise<BuildPlan> {
  const { project, java, sources } = server;
  const serving = await servingArguments(project, java.name);
  const start = javaStart(server, serving);
  return planOf({
    language: 'java',
    ...javaVersion(java),
    packageManager: { name: java.tool, version: java.gradle === null ? null : `${java.gradle}` },
    lockfile: null,
    workspaceRoot: java.root,
    target: java.folder,
    aptPackages: { build: [], run: [] },
    ...javaBuild(java),
    ...start,
    inputs: allInputs(project.hints.inputs, readInputs(sources, INPUTS)),
    metadata: {
      name: java.name,
      version: /\$/.test(java.version ?? '$') ? project.gitVersion : java.version,
      description: java.description,
      author: null,
      license: null,
      dependencies: java.dependencies,
    },
    confidence: server.library === undefined || java.packaging === 'jar' ? 0.6 : 0.9,
    evidence: javaEvidence(server, start),
    rejected: server.others.map(({ folder }) => ({
      field: 'target',
      value: folder,
      reason: `${java.folder} looks more like the server.`,
    })),
  });
}

function javaStart(
  server: JavaServer,
  serving: ServingArguments | undefined,
): ServerStart & Pick<BuildPlan, 'alternatives'> {
  const { java } = server;
  const transport = javaTransport(server);
  const isSpring = isSpringAi(java);
  const argv = (flags: readonly string[]): string[] => ['java', ...flags, ...javaLaunch(java)];
  const silent = isSpring ? springStdioFlags(server.properties) : [];
  const start: ServerStart = {
    start: argv(transport.kind === 'stdio' ? silent : []),
    args: serving?.args ?? [],
    transport,
    environment: transport.kind === 'stdio' ? {} : { SERVER_ADDRESS: '0.0.0.0' },
    source: java.manifest,
  };
  // The web starters of Spring AI serve over stdio too, when they are told to.
  const asStdio: ServerStart = {
    ...start,
    start: argv(silent),
    transport: { kind: 'stdio' },
    environment: {},
    source: 'Spring AI with its stdio transport',
  };
  return { ...start, alternatives: isSpring && transport.kind !== 'stdio' ? [asStdio] : [] };
}

function javaTransport({ java, sources, properties }: JavaServer): ServerTransport {
  if (isSpringAi(java)) return springTransport(java, properties);
  const names = Object.keys(java.dependencies).join(' ');
  if (/quarkus-mcp-server-stdio/.test(names)) return { kind: 'stdio' };
  if (/quarkus-mcp-server-(?:http|sse)/.test(names)) {
    const port = Number(properties.get('quarkus.http.port') ?? 8080) || 8080;
    return { kind: 'http', port, path: '/mcp' };
  }
  return chosenTransport(findTransports(sources, PATTERNS), sources);
}

function isSpringAi({ dependencies }: JavaProject): boolean {
  return Object.keys(dependencies).some((name) => name.startsWith('org.springframework.ai:'));
}

function javaEvidence({ java, library }: JavaServer, start: ServerStart): BuildPlan['evidence'] {
  const { manifest } = java;
  const tool = java.tool === 'maven' ? 'Maven' : 'Gradle';
  const list = [
    evidenceOf('language', 'java', manifest, `It is a manifest of ${tool}.`),
    evidenceOf('build', java.packaging, manifest, 'So the program and its libraries are packed.'),
    evidenceOf('start', start.start.join(' '), manifest, 'It starts what the build makes.'),
    evidenceOf('transport', start.transport.kind, manifest, 'Its libraries and settings say so.'),
  ];
  if (java.java !== null) {
    list.push(evidenceOf('languageVersion', `${java.java}`, manifest, 'The Java it is for.'));
  }
  if (library !== undefined) list.push(evidenceOf('server', library, manifest, 'An MCP library.'));
  return list;
}

function notAServer(modules: readonly JavaProject[], reason: string): Finding {
  const manifest = modules[0]?.manifest ?? 'pom.xml';
  const evidence = [evidenceOf('language', 'java', manifest, 'It is a manifest of a Java build.')];
  return { kind: 'not_a_server', reason, evidence };
}

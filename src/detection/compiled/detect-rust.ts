import type { BasePair, BuildPlan, DeclaredInput, ServerStart } from '../../core/build-plan.js';
import { join, relativeTo } from '../support/paths.js';
import { parseToml, textAt } from '../support/toml.js';
import type { DetectLanguage, Finding, Project } from '../source-tree.js';
import { type CargoBinary, type CargoPackage, readCargoProject } from './cargo-manifest.js';
import { cargoSystemPackages, type SystemPackages } from './cargo-system-packages.js';
import { evidenceOf, fileName, planOf } from './draft.js';
import { allInputs, inputFrom, type InputPattern, readInputs } from './inputs.js';
import { type ServingArguments, servingArguments } from './serving-arguments.js';
import { readSources, type Sources, whereIs } from './sources.js';
import { chosenTransport, findTransports, type FoundTransports } from './transport.js';

/** Speaks MCP: `rmcp`, `rust-mcp-sdk`, `mcp-server`, `pmcp` … */
const MCP_CRATE = /(?:^|[-_])r?mcp(?:[-_]|$)|^(?:pmcp|mcpr|turbomcp\w*|poem-mcpserver)$/;
const ONLY_CLIENT = /(?:^|[-_])client$/;
const SPEAKS_MCP = /"tools\/list"/;

const PATTERNS = {
  stdio:
    /\bstdio\(\)|\bStdioTransport\b|\bstdin\(\)|\bStdioServerTransport\b|\bServerStdioTransport\b/,
  http: /\bStreamableHttp\w*|\bHyperServer\w*|\bstreamable_http\w*/,
  sse: /\bSseServer\w*\b/,
};

const INPUTS: readonly InputPattern[] = [
  { kind: 'environment', pattern: /\benv::var(?:_os)?\(\s*"([A-Za-z_]\w*)"\s*\)/g },
  { kind: 'environment', pattern: /#\[(?:arg|clap)\([^\]]*\benv\s*=\s*"([A-Za-z_]\w*)"/g },
];
/** A field of a clap struct that takes a value by its place, and is not optional. */
const POSITIONAL =
  /#\[(?:arg|clap)\(([^\]]*)\)\]\s*(?:pub\s+)?(\w+)\s*:\s*(?!Option|bool)[\w:<>]+/g;
const NOT_POSITIONAL =
  /\b(?:long|short|default_value|default_value_t|env|skip|subcommand|flatten)\b/;
/** `Stdio {` in an enum of clap's subcommands. */
const SUBCOMMANDS =
  /#\[derive\([^\]]*\bSubcommand\b[^\]]*\)\][\s\S]{0,200}?enum\s+\w+\s*\{([\s\S]{0,4000})/;
const SERVING_COMMAND = /^\s*(Stdio|Mcp|Serve|Server)\s*[{(,]/m;
const OTHER_PURPOSE =
  /(?:^|[-_])(?:client|test|bench|example|gen|schema|xtask|cli)(?:[-_]|$)|schema$/;

interface RustServer {
  readonly project: Project;
  readonly root: string;
  readonly cargo: CargoPackage;
  readonly binary: CargoBinary;
  readonly others: readonly CargoBinary[];
  readonly sources: Sources;
  readonly transports: FoundTransports;
  readonly library: string | undefined;
  readonly lock: string | undefined;
  readonly channel: string | undefined;
}

/** Cargo packages and workspaces with a binary that serves MCP. */
export const detectRust: DetectLanguage = async (project) => {
  const found = await readCargoProject(project.tree, project.folder);
  if (!found) return undefined;
  const candidates = await Promise.all(found.packages.map((one) => candidate(project, one)));
  const serving = candidates.filter(({ speaks }) => speaks);
  if (serving.length === 0) {
    return notAServer(project, 'No package here depends on an MCP crate or answers tools/list.');
  }
  const best = serving.filter(({ cargo }) => cargo.binaries.length > 0).toSorted(byScore)[0];
  const ranked = best ? rankedBinaries(best.cargo) : [];
  const [binary, ...others] = ranked;
  if (!best || !binary) {
    const names = serving.map(({ cargo }) => cargo.name).join(', ');
    return notAServer(project, `${names} is a library: it has no binary target.`);
  }
  const { cargo, sources, library } = best;
  const transports = findTransports(sources, PATTERNS);
  const lock = await project.tree.read(join(found.root, 'Cargo.lock'));
  const channel = await toolchainChannel(project, found.root);
  const server = { project, root: found.root, cargo, binary, others, sources, transports, library };
  return { kind: 'server', plan: await rustPlan({ ...server, lock, channel }) };
};

interface Candidate {
  readonly cargo: CargoPackage;
  readonly sources: Sources;
  readonly library: string | undefined;
  readonly speaks: boolean;
}

async function candidate({ tree }: Project, cargo: CargoPackage): Promise<Candidate> {
  const sources = await readSources(tree, cargo.folder, /\.rs$/);
  const library = Object.keys(cargo.dependencies).find(
    (name) => MCP_CRATE.test(name) && !ONLY_CLIENT.test(name),
  );
  const speaks = library !== undefined || whereIs(sources, SPEAKS_MCP) !== undefined;
  return { cargo, sources, library, speaks };
}

function byScore(left: Candidate, right: Candidate): number {
  const score = ({ cargo, sources }: Candidate): number => {
    const serves = Object.values(findTransports(sources, PATTERNS)).some(Boolean) ? 4 : 0;
    const named = /mcp/.test(cargo.name) ? 2 : 0;
    return serves + named + (OTHER_PURPOSE.test(cargo.name) ? -6 : 0);
  };
  return score(right) - score(left) || left.cargo.folder.localeCompare(right.cargo.folder);
}

function rankedBinaries({ binaries, defaultRun, name }: CargoPackage): CargoBinary[] {
  const score = (binary: CargoBinary): number =>
    (binary.name === defaultRun ? 10 : 0) +
    (binary.name === name ? 4 : 0) +
    (/mcp/.test(binary.name) ? 2 : 0) +
    (/server/.test(binary.name) ? 1 : 0) +
    (binary.path.endsWith('src/main.rs') ? 1 : 0) -
    (OTHER_PURPOSE.test(binary.name) ? 6 : 0);
  return binaries.toSorted(
    (left, right) => score(right) - score(left) || left.name.localeCompare(right.name),
  );
}

async function rustPlan(server: RustServer): Promise<BuildPlan> {
  const { project, root, cargo, lock } = server;
  const serving = await rustArguments(server);
  const system = cargoSystemPackages(lock, Object.keys(cargo.dependencies));
  return planOf({
    language: 'rust',
    ...rustVersion(server),
    packageManager: { name: 'cargo', version: null },
    lockfile: lock === undefined ? null : join(root, 'Cargo.lock'),
    workspaceRoot: root,
    target: cargo.folder,
    aptPackages: { build: system.build, run: system.run },
    build: rustBuild(server),
    buildEnvironment: { CARGO_TARGET_DIR: '/tmp/target', CARGO_TERM_COLOR: 'never' },
    caches: [
      { id: 'cargo-registry', path: '/usr/local/cargo/registry' },
      { id: 'cargo-git', path: '/usr/local/cargo/git' },
    ],
    outputs: [
      { from: `/out/bin/${server.binary.name}`, to: `/usr/local/bin/${programName(server)}` },
    ],
    ...rustStart(server, serving),
    inputs: allInputs(project.hints.inputs, rustInputs(server.sources)),
    metadata: rustMetadata(server),
    confidence: server.transports.stdio === undefined ? 0.7 : 0.9,
    evidence: rustEvidence(server, serving, system),
    rejected: server.others.map(({ name }) => ({
      field: 'start',
      value: name,
      reason: `${server.binary.name} looks more like the server.`,
    })),
  });
}

/**
 * `cargo install` builds the one binary and puts it where it is told to. A toolchain file would
 * make rustup download another Rust than the image has.
 */
function rustBuild({ project, root, cargo, binary, lock }: RustServer): BuildPlan['build'] {
  const features = binary.requiredFeatures.join(',');
  const path = relativeTo(root, cargo.folder) ?? '.';
  const install = [
    'cargo',
    'install',
    '--path',
    path === '.' ? '.' : `./${path}`,
    '--root',
    '/out',
  ];
  if (lock !== undefined) install.push('--locked');
  if (features !== '') install.push('--features', features);
  const toolchain = ['rust-toolchain', 'rust-toolchain.toml'].filter((name) =>
    project.tree.files.includes(join(root, name)),
  );
  const forget = { run: ['rm', '-f', ...toolchain], folder: '.' };
  return [
    ...(toolchain.length > 0 ? [forget] : []),
    { run: [...install, '--bin', binary.name], folder: '.' },
  ];
}

function rustVersion({ cargo, channel }: RustServer): Pick<BuildPlan, 'languageVersion' | 'bases'> {
  const constraint = channel ?? cargo.rustVersion;
  const source = channel === undefined ? 'Cargo.toml' : 'rust-toolchain.toml';
  const nightly = channel?.startsWith('nightly') ?? false;
  // The program loads the glibc of its run image, which must not be older than that of the build.
  const pair = (build: string, suite: string): BasePair => ({ build, run: `debian:${suite}-slim` });
  return {
    languageVersion: { value: nightly ? 'nightly' : '1', constraint, source },
    bases: nightly
      ? [pair('rustlang/rust:nightly-bookworm-slim', 'bookworm')]
      : [pair('rust:1-slim-trixie', 'trixie'), pair('rust:1-slim-bookworm', 'bookworm')],
  };
}

function rustStart(
  server: RustServer,
  serving: ServingArguments | undefined,
): ServerStart & Pick<BuildPlan, 'alternatives'> {
  const transport = chosenTransport(server.transports, server.sources, serving);
  const start: ServerStart = {
    start: [`/usr/local/bin/${programName(server)}`],
    args: serving?.args ?? [],
    transport,
    environment: transport.kind === 'stdio' ? {} : { HOST: '0.0.0.0' },
    source: `binary ${server.binary.name} in ${join(server.cargo.folder, 'Cargo.toml')}`,
  };
  const bare = { ...start, args: [], source: 'without arguments' };
  return { ...start, alternatives: start.args.length > 0 ? [bare] : [] };
}

async function rustArguments(server: RustServer): Promise<ServingArguments | undefined> {
  const told = await servingArguments(server.project, programName(server));
  if (told) return told;
  for (const [path, text] of server.sources) {
    const command = SERVING_COMMAND.exec(SUBCOMMANDS.exec(text)?.[1] ?? '')?.[1];
    if (command !== undefined) return { args: [command.toLowerCase()], source: path };
  }
  return undefined;
}

function rustInputs(sources: Sources): DeclaredInput[] {
  const found = readInputs(sources, INPUTS);
  for (const [path, text] of sources) {
    for (const [, attributes = '', name = ''] of text.matchAll(POSITIONAL)) {
      if (NOT_POSITIONAL.test(attributes)) continue;
      found.push(inputFrom({ kind: 'argument', name, required: true, source: path }));
    }
  }
  return found;
}

function rustMetadata({ project, cargo }: RustServer): BuildPlan['metadata'] {
  const { name, description, author, license, dependencies } = cargo;
  return {
    name,
    version: cargo.version ?? project.gitVersion,
    description,
    author,
    license,
    dependencies,
  };
}

function rustEvidence(
  server: RustServer,
  serving: ServingArguments | undefined,
  system: SystemPackages,
): BuildPlan['evidence'] {
  const { cargo, binary, library, transports, channel } = server;
  const manifest = join(cargo.folder, 'Cargo.toml');
  const list = [
    evidenceOf('language', 'rust', manifest, 'It is the manifest of a Cargo package.'),
    evidenceOf('start', binary.name, binary.path, 'It is a binary target.'),
  ];
  if (library !== undefined) list.push(evidenceOf('server', library, manifest, 'An MCP crate.'));
  if (channel !== undefined) {
    const reason = 'Not downloaded: the Rust of the image builds what an older one builds.';
    list.push(evidenceOf('languageVersion', channel, 'rust-toolchain', reason));
  }
  const place = transports.stdio ?? transports.http ?? transports.sse;
  if (place !== undefined) {
    const kind = transports.stdio === undefined ? 'http' : 'stdio';
    list.push(evidenceOf('transport', kind, place, 'It calls what serves like this.'));
  }
  if (serving) {
    list.push(evidenceOf('args', serving.args.join(' '), serving.source, 'It serves with these.'));
  }
  for (const crate of system.crates) {
    list.push(evidenceOf('aptPackages', crate, 'Cargo.lock', 'This crate is built from C code.'));
  }
  return list;
}

async function toolchainChannel(project: Project, root: string): Promise<string | undefined> {
  const toml = await project.tree.read(join(root, 'rust-toolchain.toml'));
  const plain = await project.tree.read(join(root, 'rust-toolchain'));
  const channel = textAt(parseToml(toml ?? plain), 'toolchain', 'channel');
  return channel ?? /^[\w.-]+$/.exec(plain?.trim() ?? '')?.[0];
}

function programName({ binary }: RustServer): string {
  return fileName(binary.name);
}

function notAServer(project: Project, reason: string): Finding {
  const manifest = join(project.folder, 'Cargo.toml');
  const evidence = [evidenceOf('language', 'rust', manifest, 'It is a manifest of Cargo.')];
  return { kind: 'not_a_server', reason, evidence };
}

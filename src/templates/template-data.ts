import type { RenderablePlan, RenderableStep } from './plan-schema.js';
import { quoteProgram, quoteWord } from './quote.js';

/** What a template sees: values only, in the order in which they are written. */
export interface TemplateData {
  readonly language: string;
  readonly buildImage: string;
  readonly runImage: string;
  readonly aptBuild: readonly string[];
  readonly aptRun: readonly string[];
  readonly buildEnvironment: readonly Variable[];
  /** Of the final image: its own, the start's and HOME. */
  readonly runEnvironment: readonly Variable[];
  readonly caches: readonly {
    readonly id: string;
    readonly path: string;
    /** `shared` by builds at the same time, or `locked` by one. */
    readonly sharing: string;
  }[];
  readonly tools: readonly StepData[];
  readonly copies: readonly { readonly files: readonly string[]; readonly folder: string }[];
  readonly install: readonly StepData[];
  readonly build: readonly StepData[];
  readonly prune: readonly StepData[];
  readonly outputs: readonly { readonly from: string; readonly to: string }[];
  readonly workingDirectory: string;
  /** Null for stdio. */
  readonly port: number | null;
  /** A program for HEALTHCHECK; empty when the image surely has none. */
  readonly healthCheck: readonly string[];
  readonly labels: readonly Variable[];
  readonly start: readonly string[];
  readonly args: readonly string[];
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** A step as a line for /bin/sh. */
interface StepData {
  readonly command: string;
}

export function templateData(
  plan: RenderablePlan,
  labels: Readonly<Record<string, string>>,
): TemplateData {
  const [base] = plan.bases;
  const port = plan.transport.kind === 'stdio' ? null : plan.transport.port;
  return {
    language: plan.language,
    buildImage: base.build,
    runImage: base.run,
    aptBuild: sortedSet(plan.aptPackages.build),
    aptRun: sortedSet(plan.aptPackages.run),
    buildEnvironment: sortedVariables(plan.buildEnvironment),
    runEnvironment: sortedVariables({
      HOME: '/home/mcp',
      ...plan.runEnvironment,
      ...plan.environment,
    }),
    caches: plan.caches.map(({ id, path }) => ({ id, path, sharing: sharingOf(id) })),
    tools: plan.tools.map(stepData),
    copies: copiesByFolder(plan.manifests),
    install: plan.install.map(stepData),
    build: plan.build.map(stepData),
    prune: plan.prune.map(stepData),
    outputs: plan.outputs,
    workingDirectory: plan.workingDirectory,
    port,
    healthCheck: port === null ? [] : healthCheck(plan.language, port),
    labels: sortedVariables(labels),
    start: plan.start,
    args: plan.args,
  };
}

function sortedSet(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

function sortedVariables(variables: Readonly<Record<string, string>>): readonly Variable[] {
  return Object.keys(variables)
    .sort()
    .map((name) => ({ name, value: variables[name] ?? '' }));
}

function stepData(step: RenderableStep): StepData {
  const environment = sortedVariables(step.environment ?? {})
    .map(({ name, value }) => `${name}=${quoteWord(value)} `)
    .join('');
  const command = (words: readonly string[]): string =>
    `${environment}${quoteProgram(words[0] ?? '')}${words
      .slice(1)
      .map((word) => ` ${quoteWord(word)}`)
      .join('')}`;
  const run = command(step.run);
  const { otherwise } = step;
  const whole =
    otherwise === undefined
      ? run
      : `(${run} || ${noteOf(step.run, otherwise)}${command(otherwise)})`;
  return { command: step.folder === '.' ? whole : `cd ${folderWord(step.folder)} && ${whole}` };
}

/**
 * Caches whose tools keep them whole when several write at once: builds need not wait for each
 * other there. npm and uv write entries by their hash and move them into place; Go and cargo take
 * locks of their own.
 */
const CONCURRENT: ReadonlySet<string> = new Set([
  'npm',
  'pip',
  'uv',
  'pnpm',
  'go-modules',
  'go-build',
  'cargo-registry',
  'cargo-git',
]);

function sharingOf(id: string): string {
  return CONCURRENT.has(id) ? 'shared' : 'locked';
}

/** How a line of the build's log begins that tells that a step was replaced by another one. */
const NOTE = 'slipway: ';

/** Commands that only look whether a failure matters: they replace nothing. */
const CHECKS: ReadonlySet<string> = new Set(['true', 'test']);

/** Tells in the log that the second choice was taken: what it installs can differ. */
function noteOf(run: readonly string[], otherwise: readonly string[]): string {
  if (CHECKS.has(otherwise[0] ?? '')) return '';
  const text = `${NOTE}${run.join(' ')} failed; used instead: ${otherwise.join(' ')}`;
  return `echo ${quoteWord(text)} >&2 && `;
}

/** `cd -` and `cd -P` mean something of their own. */
function folderWord(folder: string): string {
  return quoteWord(folder.startsWith('-') ? `./${folder}` : folder);
}

/** One COPY for each folder: COPY puts all its sources into one. */
function copiesByFolder(manifests: readonly string[]): TemplateData['copies'] {
  const byFolder = new Map<string, string[]>();
  for (const path of sortedSet(manifests)) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const files = byFolder.get(folder);
    if (files === undefined) byFolder.set(folder, [path]);
    else files.push(path);
  }
  return [...byFolder].map(([folder, files]) => ({ files, folder: `./${folder}` }));
}

/** A connection is all that can be asked of any HTTP server; the runtime itself can make one. */
function healthCheck(language: RenderablePlan['language'], port: number): readonly string[] {
  if (language === 'node') {
    const script =
      `require('node:net').connect(${port}, '127.0.0.1')` +
      `.on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
    return ['node', '-e', script];
  }
  if (language === 'python') {
    const script = `import socket; socket.create_connection(('127.0.0.1', ${port}), 4).close()`;
    return ['python', '-c', script];
  }
  return [];
}

import { parsePush } from '../build/push-image.js';
import type { BuildResult, DockerBuildConfig, DockerfilePreference } from '../build/types.js';
import { invalidInput } from '../core/options.js';
import type { Builder } from '../tools/builder.js';
import { hearBuild, type BuildListener } from './build-listener.js';
import { printBuild } from './build-output.js';
import { buildFailureReport, buildReport } from './build-report.js';
import type { CliEnvironment } from './environment.js';
import { buildExitCode, buildFailureCode, EXIT } from './exit-code.js';
import { printError, printJson } from './output.js';
import { publish } from './publish.js';
import { type EngineFlags, engineOptions, milliseconds } from './run-options.js';

export interface BuildFlags extends EngineFlags {
  readonly ref?: string;
  readonly subdir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly arg?: readonly string[];
  readonly buildArg?: Readonly<Record<string, string>>;
  readonly dockerfile?: string;
  readonly context?: string;
  readonly prefer?: DockerfilePreference;
  readonly tag?: string;
  readonly push?: string;
  readonly timeout?: number;
  readonly platform?: string;
  readonly pull?: 'missing' | 'always';
  readonly probe: boolean;
  readonly printDockerfile?: boolean;
  readonly plan?: boolean;
  readonly json?: boolean;
}

/** `slipway build SOURCE`; gives the exit code. */
export async function runBuild(
  environment: CliEnvironment,
  source: string,
  flags: BuildFlags,
): Promise<number> {
  return build({ environment, source, flags, listener: hearBuild(environment) });
}

/** One command line. */
interface BuildCall {
  readonly environment: CliEnvironment;
  readonly source: string;
  readonly flags: BuildFlags;
  readonly listener: BuildListener;
}

async function build(call: BuildCall): Promise<number> {
  const { environment, flags, listener } = call;
  let builder: Builder | undefined;
  try {
    refuseContradictions(call);
    builder = environment.createBuilder(engineOptions(flags));
    const isBuilt = flags.plan !== true && flags.printDockerfile !== true;
    return await (isBuilt ? buildAndReport(call, builder) : describe(call, builder));
  } catch (error) {
    if (environment.signal.aborted) return EXIT.interrupted;
    const report = flags.json === true ? buildFailureReport(error, listener.heard()) : undefined;
    if (report !== undefined) printJson(environment.stdout, report);
    printError(environment, error, flags.json === true && report === undefined);
    return buildFailureCode(error);
  } finally {
    await builder?.close();
  }
}

/** What would make a long build be for nothing is told before it. */
function refuseContradictions({ source, flags }: BuildCall): void {
  if (flags.ref !== undefined && !isUrl(source)) {
    throw invalidInput('ref', 'is for a URL: a folder is built as it is', flags.ref);
  }
  parsePush({ registry: flags.push });
}

async function buildAndReport(call: BuildCall, builder: Builder): Promise<number> {
  const { environment, flags } = call;
  const result = await buildSource(call, builder);
  const published = await publish(environment, builder, result, flags.push);
  const report = buildReport(result, published);
  if (flags.json === true) printJson(environment.stdout, report);
  else printBuild(environment.stdout, report);
  if (published.failure === undefined) return buildExitCode(result.status);
  printError(environment, published.failure);
  return EXIT.failed;
}

async function buildSource(call: BuildCall, builder: Builder): Promise<BuildResult> {
  const { environment, source, flags } = call;
  const config = buildConfig(call);
  if (!isUrl(source)) return builder.buildImage({ ...config, repoPath: source });
  const { build: result } = await builder.deployFromGitHub({
    ...config,
    repositoryUrl: source,
    ref: flags.ref,
    token: tokenOf(environment),
  });
  return result;
}

/** What is known without an engine: the plan, or the text of the Dockerfile. */
async function describe(
  { environment, source, flags }: BuildCall,
  builder: Builder,
): Promise<number> {
  const { stdout, signal } = environment;
  const { ref, subdir } = flags;
  const timeoutMs = milliseconds(flags.timeout) ?? CLONE_MS;
  const token = tokenOf(environment);
  const checkout = isUrl(source)
    ? await builder.checkout({ url: source, ref, token, timeoutMs, signal })
    : undefined;
  const folder = checkout?.folder ?? source;
  try {
    if (flags.plan === true) {
      const detection = await builder.detect(folder, { subdir, signal });
      printJson(stdout, detection);
      return detection.kind === 'unsupported' ? EXIT.unsupported : EXIT.ok;
    }
    const wish = { subdir, signal };
    const { text, plan } = await builder.generateDockerfile('auto', folder, undefined, wish);
    if (flags.json === true) printJson(stdout, { dockerfile: text, plan });
    else stdout.write(text);
    return EXIT.ok;
  } finally {
    await checkout?.remove();
  }
}

/** A clone on its own, in milliseconds. */
const CLONE_MS = 300_000;

/** A variable that is set to nothing, as a CI system does without the secret, is no token. */
function tokenOf({ gitToken }: CliEnvironment): string | undefined {
  return gitToken === '' ? undefined : gitToken;
}

function buildConfig({
  environment: { signal },
  flags,
  listener: { onEvent },
}: BuildCall): Omit<DockerBuildConfig, 'repoPath'> {
  return {
    subdir: flags.subdir,
    env: flags.env,
    args: flags.arg,
    buildArgs: flags.buildArg,
    dockerfilePath: flags.dockerfile,
    contextPath: flags.context,
    prefer: flags.prefer,
    tag: flags.tag,
    platform: flags.platform,
    pull: flags.pull,
    probe: flags.probe,
    timeoutMs: milliseconds(flags.timeout),
    signal,
    onEvent,
  };
}

/** `https://…`, and also what is refused as a URL: `git@host:owner/repository`, `ssh://…`. */
function isUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source);
}

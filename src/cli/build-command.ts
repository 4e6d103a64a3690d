/** `slipway build`: a folder or a Git repository to an image that is proved to answer. */
import { type Command, Option } from 'commander';
import type { BuildResult, DockerBuildConfig, DockerfilePreference } from '../build/types.js';
import type { Builder } from '../tools/builder.js';
import { buildFailureReport, buildReport, type BuildReport } from './build-report.js';
import { buildProgressPrinter, printBuild } from './build-output.js';
import type { CliEnvironment } from './environment.js';
import { buildExitCode, buildFailureCode, EXIT } from './exit-code.js';
import { printError, printJson } from './output.js';
import {
  addEngineOptions,
  decimalNumber,
  type EngineFlags,
  engineOptions,
  milliseconds,
  nameAndValue,
} from './run-options.js';

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

/** Adds the command to the program. */
export function addBuildCommand(
  program: Command,
  environment: CliEnvironment,
  exit: (code: number) => void,
): void {
  addEngineOptions(program.command('build'))
    .description('build an image of an MCP server and prove that it answers')
    .usage('[options] FOLDER|URL')
    .argument('<source>', 'folder, or https URL of a Git repository')
    .option('--ref <ref>', 'branch, tag or commit of a URL (default: the default branch)')
    .option('--subdir <folder>', 'folder of the server, where there are several')
    .option('-e, --env <name=value>', 'variable to prove the server with; repeatable', nameAndValue)
    .option('--arg <argument>', 'argument to prove the server with; repeatable', oneMore)
    .option('--build-arg <name=value>', 'build argument; repeatable', nameAndValue)
    .option('--dockerfile <path>', 'use this Dockerfile of the repository only')
    .option('--context <path>', 'folder of its build context')
    .addOption(
      new Option('--prefer <which>', 'Dockerfile to use (default: auto)').choices([
        'auto',
        'repository',
        'generated',
      ]),
    )
    .option('--tag <reference>', 'name of the image (default: mcp-<server>:latest)')
    .option('--push <registry>', 'push the image there when it works')
    .option('--platform <platform>', 'e.g. linux/arm64')
    .addOption(
      new Option('--pull <when>', 'when base images are fetched (default: missing)').choices([
        'missing',
        'always',
      ]),
    )
    .option('--timeout <seconds>', 'time for the build (default: 600)', decimalNumber)
    .option('--no-probe', 'do not start the image')
    .option('--print-dockerfile', 'print the generated Dockerfile; build nothing')
    .option('--plan', 'print what was detected as JSON; build nothing')
    .option('--json', 'print the whole result as JSON')
    .action(async (source: string, flags: BuildFlags) => {
      exit(await build(environment, source, flags));
    });
}

async function build(
  environment: CliEnvironment,
  source: string,
  flags: BuildFlags,
): Promise<number> {
  let builder: Builder | undefined;
  try {
    builder = environment.createBuilder(engineOptions(flags));
    if (flags.plan === true || flags.printDockerfile === true) {
      return await describe(environment, builder, source, flags);
    }
    return await buildAndReport(environment, builder, source, flags);
  } catch (error) {
    if (environment.signal.aborted) return EXIT.interrupted;
    const report = flags.json === true ? buildFailureReport(error) : undefined;
    if (report !== undefined) printJson(environment.stdout, report);
    printError(environment, error, flags.json === true && report === undefined);
    return buildFailureCode(error);
  } finally {
    await builder?.close();
  }
}

async function buildAndReport(
  environment: CliEnvironment,
  builder: Builder,
  source: string,
  flags: BuildFlags,
): Promise<number> {
  const result = await buildSource(environment, builder, source, flags);
  const pushed = await push(environment, builder, result, flags);
  const report: BuildReport = buildReport(result, pushed);
  if (flags.json === true) printJson(environment.stdout, report);
  else printBuild(environment.stdout, report);
  return buildExitCode(result.status);
}

async function buildSource(
  environment: CliEnvironment,
  builder: Builder,
  source: string,
  flags: BuildFlags,
): Promise<BuildResult> {
  const config = buildConfig(environment, flags);
  if (!isUrl(source)) return builder.buildImage({ ...config, repoPath: source });
  const { build: result } = await builder.deployFromGitHub({
    ...config,
    repositoryUrl: source,
    ref: flags.ref,
    token: environment.gitToken,
  });
  return result;
}

async function push(
  { signal, stderr }: CliEnvironment,
  builder: Builder,
  { status, imageTag }: BuildResult,
  { push: registry }: BuildFlags,
): Promise<string | null> {
  const isPushed = status === 'works' || status === 'built';
  if (registry === undefined || imageTag === null || !isPushed) return null;
  const onEvent = buildProgressPrinter({ stderr });
  return (await builder.pushImage(imageTag, { registry, signal, onEvent })).digest;
}

/** What is known without an engine: the plan, or the text of the Dockerfile. */
async function describe(
  environment: CliEnvironment,
  builder: Builder,
  source: string,
  flags: BuildFlags,
): Promise<number> {
  const { stdout, signal, gitToken: token } = environment;
  const { ref, subdir } = flags;
  const checkout = isUrl(source)
    ? await builder.checkout({ url: source, ref, token, timeoutMs: CLONE_MS, signal })
    : undefined;
  const folder = checkout?.folder ?? source;
  try {
    if (flags.plan === true) {
      const detection = await builder.detect(folder, { subdir, signal });
      printJson(stdout, detection);
      return detection.kind === 'unsupported' ? EXIT.unsupported : EXIT.ok;
    }
    const { text } = await builder.generateDockerfile('auto', folder, undefined, { subdir, signal });
    stdout.write(text);
    return EXIT.ok;
  } finally {
    await checkout?.remove();
  }
}

/** A clone on its own, in milliseconds. */
const CLONE_MS = 300_000;

function buildConfig(
  { signal, stderr }: CliEnvironment,
  flags: BuildFlags,
): Omit<DockerBuildConfig, 'repoPath'> {
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
    onEvent: buildProgressPrinter({ stderr }),
  };
}

/** `https://…`, and also what is refused as a URL: `git@host:owner/repository`, `ssh://…`. */
function isUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source);
}

function oneMore(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

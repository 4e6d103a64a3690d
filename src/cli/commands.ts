import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { type Readable, addAbortSignal } from 'node:stream';
import { invalidInput } from '../core/options.js';
import { INPUT_LIMITS } from '../core/limits.js';
import type { CallOptions, DockerExecutionResult } from '../execution/types.js';
import type { Executor } from '../tools/executor.js';
import type { CliEnvironment, ServerOptions } from './environment.js';
import { EXIT, failureCode, runExitCode, runFailureCode } from './exit-code.js';
import {
  phasePrinter,
  printContainers,
  printError,
  printErrorLine,
  printJson,
  printRun,
} from './output.js';
import {
  type EngineFlags,
  type RunFlags,
  engineOptions,
  milliseconds,
  runConfig,
} from './run-options.js';

export interface PayloadFlags extends RunFlags {
  readonly path?: string;
}

export interface RepositoryFlags extends RunFlags {
  readonly ref?: string;
  readonly dockerfile?: string;
  readonly context?: string;
  readonly buildArg?: Readonly<Record<string, string>>;
  readonly buildTimeout?: number;
}

export interface JsonFlags extends EngineFlags {
  readonly json?: boolean;
}

/** `slipway run IMAGE [COMMAND...]` */
export function run(
  environment: CliEnvironment,
  image: string,
  command: readonly string[],
  flags: RunFlags,
): Promise<number> {
  return runWith(environment, flags, async (executor, options) => {
    const config = runConfig(flags, command, await stdinOf(environment, flags));
    return executor.executeContainer({ image, pull: flags.pull, ...config }, options);
  });
}

/** `slipway payload IMAGE FILE [COMMAND...]` */
export function payload(
  environment: CliEnvironment,
  [image, file]: readonly [image: string, file: string],
  command: readonly string[],
  flags: PayloadFlags,
): Promise<number> {
  return runWith(environment, flags, async (executor, options) => {
    const content = await payloadOf(environment, file);
    const payloadPath = flags.path ?? `/payload/${file === '-' ? 'stdin' : basename(file)}`;
    const config = runConfig(flags, command, await stdinOf(environment, flags));
    return executor.executeWithPayload(
      { image, pull: flags.pull, payload: content, payloadPath, ...config },
      options,
    );
  });
}

/** `slipway run-repo URL [COMMAND...]` */
export function runRepository(
  environment: CliEnvironment,
  repositoryUrl: string,
  command: readonly string[],
  flags: RepositoryFlags,
): Promise<number> {
  return runWith(environment, flags, async (executor, options) => {
    const build = {
      repositoryUrl,
      ref: flags.ref,
      dockerfilePath: flags.dockerfile,
      contextPath: flags.context,
      buildArgs: flags.buildArg,
      buildTimeoutMs: milliseconds(flags.buildTimeout),
    };
    const config = runConfig(flags, command, await stdinOf(environment, flags));
    return executor.buildAndExecuteGitHubRepo({ ...build, ...config }, options);
  });
}

/** `slipway ps` */
export function listContainers(environment: CliEnvironment, flags: JsonFlags): Promise<number> {
  return withExecutor(environment, flags, async (executor) => {
    const containers = await executor.listRunningContainers({ signal: environment.signal });
    if (flags.json === true) printJson(environment.stdout, containers);
    else printContainers(environment.stdout, containers);
    return EXIT.ok;
  });
}

/** `slipway stop CONTAINER` */
export function stop(
  environment: CliEnvironment,
  container: string,
  flags: JsonFlags & { readonly time?: number },
): Promise<number> {
  return withExecutor(environment, flags, async (executor) => {
    const { signal, stdout } = environment;
    const stopped = await executor.stopContainer(container, {
      graceMs: milliseconds(flags.time),
      signal,
    });
    if (flags.json === true) printJson(stdout, stopped);
    else stdout.write(`${stopped.containerId}${stopped.alreadyStopped ? ' (was stopped)' : ''}\n`);
    return EXIT.ok;
  });
}

/** `slipway pull IMAGE` */
export function pull(
  environment: CliEnvironment,
  image: string,
  flags: JsonFlags & { readonly platform?: string },
): Promise<number> {
  return withExecutor(environment, flags, async (executor) => {
    const { signal, stdout } = environment;
    const pulled = await executor.pullImage(image, {
      platform: flags.platform,
      signal,
      onEvent: phasePrinter(environment),
    });
    const upToDate = pulled.alreadyUpToDate ? ' (up to date)' : '';
    if (flags.json === true) printJson(stdout, pulled);
    else stdout.write(`${pulled.digest ?? pulled.id}${upToDate}\n`);
    return EXIT.ok;
  });
}

/** `slipway mcp` */
export async function serve(environment: CliEnvironment, options: ServerOptions): Promise<number> {
  try {
    return await environment.serveMcp(options);
  } catch (error) {
    printErrorLine(environment, error);
    return failureCode(error);
  }
}

async function runWith(
  environment: CliEnvironment,
  flags: RunFlags,
  work: (executor: Executor, options: CallOptions) => Promise<DockerExecutionResult>,
): Promise<number> {
  const options = { signal: environment.signal, onEvent: phasePrinter(environment) };
  const report = async (executor: Executor): Promise<number> => {
    const result = await work(executor, options);
    if (flags.json === true) printJson(environment.stdout, result);
    else printRun(environment, result);
    return runExitCode(result);
  };
  return withExecutor(environment, flags, report, runFailureCode);
}

/** Does the work with an executor that is closed after it, and turns a failure into a code. */
async function withExecutor(
  environment: CliEnvironment,
  flags: JsonFlags,
  work: (executor: Executor) => Promise<number>,
  codeOf: (error: unknown) => number = failureCode,
): Promise<number> {
  let executor: Executor | undefined;
  try {
    executor = environment.createExecutor(engineOptions(flags));
    return await work(executor);
  } catch (error) {
    if (environment.signal.aborted) return EXIT.interrupted;
    printError(environment, error, flags.json);
    return codeOf(error);
  } finally {
    await executor?.close();
  }
}

async function stdinOf(
  { stdin, signal }: CliEnvironment,
  flags: RunFlags,
): Promise<Uint8Array | undefined> {
  return flags.stdin === true ? readUpTo(stdin, INPUT_LIMITS.stdinBytes, signal) : undefined;
}

async function payloadOf({ stdin, signal }: CliEnvironment, file: string): Promise<Uint8Array> {
  if (file === '-') return readUpTo(stdin, INPUT_LIMITS.payloadBytes, signal);
  try {
    return await readUpTo(createReadStream(file), INPUT_LIMITS.payloadBytes, signal);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidInput('FILE', `cannot be read (${why})`, file);
  }
}

/** One chunk more than the limit is enough for the library to refuse it by its own rule. */
async function readUpTo(stream: Readable, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of addAbortSignal(signal, stream)) {
    const bytes = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
    chunks.push(bytes);
    size += bytes.byteLength;
    if (size > limit) break;
  }
  return Buffer.concat(chunks);
}

import { finished, type Readable } from 'node:stream';
import { deadline } from '../core/deadline.js';
import { SlipwayError, isSlipwayError } from '../core/errors.js';
import { BUILD_LOG_TAIL } from '../core/limits.js';
import { BuildTrace } from './build-trace.js';
import type { Custody } from './custody.js';
import { inspectImage } from './inspect-image.js';
import { jsonLines } from './json-lines.js';
import { connectionError, diskFull, engineLost, isDiskFull } from './map-error.js';
import type { BuildRequest, ImageFacts } from './ports.js';
import type { EngineStream, Transport } from './transport.js';

/** See `ImageStore.build`. */
export async function buildImage(
  dependencies: { readonly transport: Transport; readonly custody: Custody },
  request: BuildRequest,
): Promise<ImageFacts> {
  const { transport, custody } = dependencies;
  const { tag: name, owner } = request;
  const log = new LogTail();
  const limit = deadline(request.timeoutMs, () =>
    buildFailed({ why: `it did not end within ${request.timeoutMs / 1000} s` }, log),
  );
  const context = failureOf(request.context);
  const signals = [limit.signal, context, request.signal];
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  const trace = new BuildTrace(
    (progress) => request.onProgress?.(progress),
    (text) => log.add(text),
  );
  const labels = custody.claim({ kind: 'image', name, owner });
  try {
    const stream = await startBuild(transport, request, labels, signal);
    await follow(stream, trace, transport.endpoint);
    const facts = await builtImage(transport, request, trace, log);
    custody.made(name);
    return facts;
  } catch (error) {
    const failure: unknown = signal.aborted ? signal.reason : refusedBuild(error, log);
    // A builder that said why it failed has made nothing. One that was left may still finish.
    if (isSlipwayError(failure, 'BUILD_FAILED') && !signal.aborted) custody.release(name);
    else custody.abandon(name);
    throw failure;
  } finally {
    limit.clear();
    request.context.destroy();
  }
}

/** Aborts when a context cannot be read to its end, with its error. */
function failureOf(context: Readable): AbortSignal {
  const controller = new AbortController();
  finished(context, { writable: false }, (error) => {
    if (error !== null && error !== undefined) controller.abort(error);
  });
  return controller.signal;
}

function startBuild(
  transport: Transport,
  request: BuildRequest,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<EngineStream> {
  return transport.stream({
    method: 'POST',
    path: '/build',
    operation: 'build image',
    query: {
      t: request.tag,
      dockerfile: request.dockerfile,
      buildargs: JSON.stringify(request.buildArgs),
      labels: JSON.stringify(labels),
      networkmode: request.networkMode,
      memory: request.memoryBytes,
      memswap: request.memoryBytes,
      rm: true,
      forcerm: true,
      // BuildKit where the engine has it: its cache is no image that stays behind.
      version: 2,
    },
    body: request.context,
    contentType: 'application/x-tar',
    deadlineMs: request.timeoutMs,
    signal,
  });
}

async function follow(stream: EngineStream, trace: BuildTrace, endpoint: string): Promise<void> {
  try {
    for await (const line of jsonLines(stream.body)) trace.read(line);
  } catch (error) {
    throw connectionError(error, 'build image', endpoint);
  } finally {
    stream.body.destroy();
  }
  if (!stream.body.complete) throw engineLost('build image');
}

/** Success needs a proof: the builder named the image, and the engine has it under our tag. */
async function builtImage(
  transport: Transport,
  request: BuildRequest,
  trace: BuildTrace,
  log: LogTail,
): Promise<ImageFacts> {
  const { failure } = trace;
  if (failure !== undefined) {
    if (isDiskFull(failure.message)) throw diskFull(failure.message);
    throw buildFailed({ why: failure.message, step: trace.step, exitCode: failure.exitCode }, log);
  }
  const facts =
    trace.imageId === undefined ? undefined : await inspectImage(transport, request.tag);
  if (facts === undefined) throw engineLost('build image');
  return facts;
}

function refusedBuild(error: unknown, log: LogTail): unknown {
  if (!isSlipwayError(error, 'ENGINE_ERROR')) return error;
  return buildFailed({ why: error.context.detail, cause: error }, log);
}

interface Failure {
  readonly why: string;
  readonly step?: string | null;
  readonly exitCode?: number | null;
  readonly cause?: unknown;
}

function buildFailed(failure: Failure, logTail: LogTail): SlipwayError<'BUILD_FAILED'> {
  const { why, step = null, exitCode = null, cause } = failure;
  const log = logTail.text();
  const where = step === null ? '' : ` at step "${step}"`;
  const code = exitCode === null ? '' : ` (exit code ${exitCode})`;
  return new SlipwayError('BUILD_FAILED', {
    message: `Build failed${where}${code}: ${why.trim()}.`,
    hint: 'Correct the Dockerfile or the build arguments, then try again: finished steps are cached.',
    context: { step, exitCode, log },
    cause,
  });
}

/** The last lines of the log, bounded however much is written. */
class LogTail {
  #text = '';

  add(text: string): void {
    this.#text = (this.#text + text).slice(-BUILD_LOG_TAIL.characters);
  }

  text(): string {
    return this.#text.split('\n').slice(-BUILD_LOG_TAIL.lines).join('\n').trim();
  }
}

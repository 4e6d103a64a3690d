import { deadline } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import { invalidInput } from '../core/options.js';
import { parseImageReference, type NamedImage } from './image-reference.js';
import { inspectImage } from './inspect-image.js';
import { jsonLines } from './json-lines.js';
import { connectionError, diskFull, engineLost, isDiskFull } from './map-error.js';
import type { PulledImage, PullOptions } from './ports.js';
import { asPullFailure, pullFailed, pullReason } from './pull-failure.js';
import { PullStreamError, PullTracker } from './pull-progress.js';
import type { Transport } from './transport.js';

/** See `ImageStore.pull`. */
export async function pullImage(
  dependencies: { readonly transport: Transport; readonly logger: Logger },
  reference: string,
  options: PullOptions,
): Promise<PulledImage> {
  const { transport, logger } = dependencies;
  const parsed = named(reference);
  const before = await inspectImage(transport, reference, options.signal);
  const limit = deadline(options.timeoutMs, () =>
    pullFailed(reference, 'timeout', `no end within ${options.timeoutMs} ms`),
  );
  const signal =
    options.signal === undefined ? limit.signal : AbortSignal.any([options.signal, limit.signal]);
  try {
    const downloaded = await followPull(transport, parsed, options, signal);
    // The stream's end proves nothing: a broken connection can look the same.
    const after = await inspectImage(transport, reference, signal);
    if (after === undefined) {
      throw pullFailed(reference, 'unknown', 'the engine does not have it after the pull');
    }
    logger.debug('image.pulled', { image: reference, id: after.id });
    return { ...after, alreadyUpToDate: before?.id === after.id && !downloaded };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw asPullFailure(error, reference);
  } finally {
    limit.clear();
  }
}

function named(reference: string): NamedImage {
  const parsed = parseImageReference(reference);
  if (parsed.kind === 'name') return parsed;
  const hint = 'Pull it by its name, e.g. "python:3.13-slim".';
  throw invalidInput(
    'image',
    'must be a name: registries do not know ids of an engine',
    reference,
    hint,
  );
}

/** @returns whether anything was downloaded */
async function followPull(
  transport: Transport,
  reference: NamedImage,
  options: PullOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const operation = 'pull image';
  const { body } = await transport.stream({
    method: 'POST',
    path: '/images/create',
    operation,
    query: {
      fromImage: `${reference.registry}/${reference.repository}`,
      tag: reference.digest ?? reference.tag,
      platform: options.platform,
    },
    // Resolving the manifest comes before the headers and takes as long as the registry does.
    deadlineMs: options.timeoutMs,
    signal,
  });
  const tracker = new PullTracker();
  try {
    for await (const line of jsonLines(body)) {
      const progress = tracker.read(line);
      if (progress !== undefined) options.onProgress?.(progress);
    }
  } catch (error) {
    throw streamFailure(error, reference, transport.endpoint);
  } finally {
    body.destroy();
  }
  if (!body.complete) throw engineLost(operation);
  return tracker.downloaded;
}

function streamFailure(error: unknown, reference: NamedImage, endpoint: string): unknown {
  if (!(error instanceof PullStreamError)) return connectionError(error, 'pull image', endpoint);
  if (isDiskFull(error.message)) return diskFull(error.message);
  return pullFailed(reference.familiar, pullReason(error.message), error.message, error);
}

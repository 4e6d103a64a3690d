import { deadline } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import { invalidInput } from '../core/options.js';
import { usualPlatform } from '../core/platform.js';
import { parseImageReference, type NamedImage } from './image-reference.js';
import { inspectImage } from './inspect-image.js';
import { jsonLines } from './json-lines.js';
import { connectionError, diskFull, engineLost, isDiskFull } from './map-error.js';
import type { ImageFacts, PulledImage, PullOptions } from './ports.js';
import { asPullFailure, pullFailed, pullReason, withoutCredentials } from './pull-failure.js';
import { PullStreamError, PullTracker } from './pull-progress.js';
import type { CredentialsError } from './registry-auth/credentials-error.js';
import { findLogin } from './registry-auth/find-login.js';
import type { RegistryEnvironment } from './registry-auth/registry-auth.js';
import type { Transport } from './transport.js';

export interface PullDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Where credentials for registries are looked for. */
  readonly environment: RegistryEnvironment;
}

/** See `ImageStore.pull`. */
export async function pullImage(
  dependencies: PullDependencies,
  reference: string,
  options: PullOptions,
): Promise<PulledImage> {
  const { transport, logger } = dependencies;
  const parsed = named(reference);
  const before = await inspectImage(transport, reference, options.signal);
  const tooLate = (): Error =>
    pullFailed(reference, 'timeout', `no end within ${options.timeoutMs} ms`);
  const { signal, clear } = deadline(options.timeoutMs, tooLate, options.signal);
  let problem: CredentialsError | undefined;
  try {
    const login = await findLogin(parsed.registry, dependencies, signal);
    problem = login.problem;
    const call = { reference: parsed, login: login.header };
    const downloaded = await followPull(transport, call, options, signal);
    const after = await pulledImage(transport, reference, options.platform, signal);
    logger.debug('image.pulled', { image: reference, id: after.id });
    return { ...after, alreadyUpToDate: before?.id === after.id && !downloaded };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const failure = asPullFailure(error, reference);
    throw problem === undefined ? failure : withoutCredentials(failure, problem);
  } finally {
    clear();
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

/**
 * The image as it is on the engine now: the stream's end proves nothing, a broken connection can
 * look the same. And Docker 20.10 takes the only variant that a tag has, whatever was asked for.
 */
async function pulledImage(
  transport: Transport,
  reference: string,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const image = await inspectImage(transport, reference, signal);
  if (image === undefined) {
    throw pullFailed(reference, 'unknown', 'the engine does not have it after the pull');
  }
  if (platform === undefined || isFor(image, platform)) return image;
  throw pullFailed(reference, 'no_such_platform', `asked for ${platform}, got ${image.platform}`);
}

/** @returns whether anything was downloaded */
async function followPull(
  transport: Transport,
  { reference, login }: { readonly reference: NamedImage; readonly login: string | undefined },
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
    headers: login === undefined ? {} : { 'X-Registry-Auth': login },
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

/** Variants are not compared: many images do not tell theirs. */
function isFor(image: ImageFacts, platform: string): boolean {
  return machineOf(image.platform) === machineOf(platform);
}

function machineOf(platform: string): string {
  return usualPlatform(platform).split('/').slice(0, 2).join('/');
}

function streamFailure(error: unknown, reference: NamedImage, endpoint: string): unknown {
  if (!(error instanceof PullStreamError)) return connectionError(error, 'pull image', endpoint);
  if (isDiskFull(error.message)) return diskFull(error.message);
  return pullFailed(reference.familiar, pullReason(error.message), error.message, error);
}

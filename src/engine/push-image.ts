import { deadline } from '../core/deadline.js';
import { isSlipwayError } from '../core/errors.js';
import type { NamedImage } from './image-reference.js';
import { inspectImage } from './inspect-image.js';
import { jsonLines } from './json-lines.js';
import { connectionError, diskFull, engineLost, isDiskFull } from './map-error.js';
import type { PushedImage, PushOptions } from './ports.js';
import type { PullDependencies } from './pull-image.js';
import { pushFailed, pushReason, withoutPushLogin } from './push-failure.js';
import { PushStreamError, PushTracker } from './push-progress.js';
import type { CredentialsError } from './registry-auth/credentials-error.js';
import { findLogin } from './registry-auth/find-login.js';
import { noSuchImage, taggedName } from './tag-image.js';
import type { EngineStream, Transport } from './transport.js';

const OPERATION = 'push image';

/** `{}`: older engines refuse a push without the header. */
const ANONYMOUS = Buffer.from('{}').toString('base64');

/** See `ImageStore.push`. */
export async function pushImage(
  dependencies: PullDependencies,
  reference: string,
  options: PushOptions,
): Promise<PushedImage> {
  const { transport, logger } = dependencies;
  const name = taggedName(reference);
  const tooLate = (): Error =>
    pushFailed(name.familiar, 'timeout', `no end within ${options.timeoutMs} ms`);
  const { signal, clear } = deadline(options.timeoutMs, tooLate, options.signal);
  let problem: CredentialsError | undefined;
  try {
    const image = await inspectImage(transport, reference, signal);
    if (image === undefined) throw noSuchImage(name.familiar);
    const login = await findLogin(name.registry, dependencies, signal);
    problem = login.problem;
    const digest = await followPush(transport, { name, login: login.header }, options, signal);
    logger.debug('image.pushed', { image: name.familiar, digest });
    return {
      reference: name.familiar,
      digest: `${withoutTag(name)}@${digest}`,
      sizeBytes: image.sizeBytes,
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw problem === undefined ? error : withoutPushLogin(error, problem);
  } finally {
    clear();
  }
}

interface Push {
  readonly name: NamedImage;
  readonly login: string | undefined;
}

/** @returns the digest that the registry confirmed */
async function followPush(
  transport: Transport,
  push: Push,
  options: PushOptions,
  signal: AbortSignal,
): Promise<string> {
  const tracker = new PushTracker();
  try {
    const { body } = await startPush(transport, push, options, signal);
    for await (const line of jsonLines(body)) {
      const progress = tracker.read(line);
      if (progress !== undefined) options.onProgress?.(progress);
    }
    if (!body.complete) throw engineLost(OPERATION);
  } catch (error) {
    throw failure(error, push, transport.endpoint);
  }
  if (tracker.digest !== undefined) return tracker.digest;
  throw pushFailed(push.name.familiar, 'unknown', 'the registry did not confirm that it has it');
}

function startPush(
  transport: Transport,
  { name, login }: Push,
  { timeoutMs }: PushOptions,
  signal: AbortSignal,
): Promise<EngineStream> {
  return transport.stream({
    method: 'POST',
    path: `/images/${name.registry}/${name.repository}/push`,
    operation: OPERATION,
    query: { tag: name.tag },
    headers: { 'X-Registry-Auth': login ?? ANONYMOUS },
    // Some engines send no headers before the registry has answered.
    deadlineMs: timeoutMs,
    signal,
  });
}

/** Docker reports failures inside the stream, Podman some of them with a status. */
function failure(error: unknown, { name, login }: Push, endpoint: string): unknown {
  const refused = isSlipwayError(error, 'ENGINE_ERROR') ? error.context.detail : undefined;
  const detail = error instanceof PushStreamError ? error.message : refused;
  if (detail === undefined) return connectionError(error, OPERATION, endpoint);
  if (isDiskFull(detail)) return diskFull(detail);
  return pushFailed(name.familiar, pushReason(detail, login !== undefined), detail, error);
}

function withoutTag({ familiar, tag }: NamedImage): string {
  return tag === undefined ? familiar : familiar.slice(0, -(tag.length + 1));
}

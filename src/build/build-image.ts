/** From a prepared build to an image: an earlier one of the same content, or a build. */
import { createHash } from 'node:crypto';
import { DockerBuildError, isSlipwayError } from '../core/errors.js';
import type { SharedWork } from '../core/shared-work.js';
import type { BuiltImage, Engine, ImageFacts } from '../engine/ports.js';
import type { Policy } from '../policy/policy.js';
import { BuildNotes } from './build-notes.js';
import { BUILD_KEY_LABEL, buildKey } from './build-key.js';
import type { ResolvedBuild } from './build-options.js';
import { buildDateLabels } from './image-labels.js';
import type { BuildNetwork } from './network.js';
import type { PreparedBuild } from './prepare.js';
import { sendContext } from './send-context.js';

export interface ImageBuild {
  readonly engine: Engine;
  readonly policy: Policy;
  /** The installation's key. */
  readonly key: Uint8Array;
  readonly build: ResolvedBuild;
  readonly prepared: PreparedBuild;
  readonly labels: Readonly<Record<string, string>>;
  /** What the build needs beside the caller's own: certificates, proxies. */
  readonly network: BuildNetwork;
  readonly builds: SharedWork<BuiltImage>;
}

export interface MadeImage {
  readonly facts: ImageFacts;
  readonly cached: boolean;
  readonly warnings: readonly string[];
}

/**
 * The image of a prepared build. An engine that has one of the same content is not asked to build;
 * the same build asked for twice at the same time is made once.
 *
 * @throws {SlipwayError} `BUILD_FAILED`, `BUILD_REFUSED`
 */
export async function makeImage(input: ImageBuild): Promise<MadeImage> {
  const { engine, build } = input;
  const key = await keyOf(input);
  const earlier = await builtBefore(engine, key, build.signal);
  if (earlier !== undefined) {
    build.onEvent({ type: 'cached', imageId: earlier.id });
    return { facts: earlier, cached: true, warnings: [] };
  }
  const start = (signal: AbortSignal): Promise<BuiltImage> => sendBuild(input, key, signal);
  const image = await input.builds.run(key, start, build.signal).catch((error: unknown) => {
    throw plainly(error, input.network.plain);
  });
  return { facts: image, cached: false, warnings: image.warnings };
}

async function keyOf(input: ImageBuild): Promise<string> {
  const { prepared, build, labels, key } = input;
  const digests = Object.entries(build.secrets).map(
    ([id, secret]) => [id, createHash('sha256').update(secret).digest('hex')] as const,
  );
  return buildKey(
    {
      dockerfile: prepared.sent,
      dockerfilePath: prepared.dockerfilePath,
      contextDigest: await prepared.context.digest(),
      bases: prepared.bases,
      platform: build.platform,
      target: build.target,
      networkMode: build.networkMode,
      buildArgs: build.buildArgs,
      secretDigests: Object.fromEntries(digests),
      labels: { ...labels, ...build.labels },
    },
    key,
  );
}

/** The first of them: another image can have inherited the label by being built from it. */
async function builtBefore(
  engine: Engine,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ImageFacts | undefined> {
  const found = await engine.images.findByLabel({ [BUILD_KEY_LABEL]: key }, signal);
  const first = found.at(-1);
  return first === undefined ? undefined : engine.images.inspect(first.id, signal);
}

async function sendBuild(
  { engine, policy, build, prepared, labels, network }: ImageBuild,
  key: string,
  signal: AbortSignal,
): Promise<BuiltImage> {
  const notes = new BuildNotes();
  const image = await sendContext(engine.images, prepared.context, {
    dockerfile: prepared.dockerfilePath,
    buildArgs: { ...build.buildArgs, ...network.buildArgs },
    labels: { ...labels, ...build.labels, ...buildDateLabels(new Date()), [BUILD_KEY_LABEL]: key },
    target: build.target,
    platform: build.platform,
    // Base images are there already, and are the ones that the build's address names.
    pull: false,
    cacheFrom: build.cacheFrom,
    secrets: { ...build.secrets, ...network.secrets },
    networkMode: build.networkMode,
    memoryBytes: policy.limits.buildMemoryBytes,
    timeoutMs: build.timeoutMs,
    onProgress: ({ message, ...rest }) =>
      build.onEvent({ type: 'building', progress: { ...rest, message: network.plain(message) } }),
    onLog: (text) => {
      notes.add(text);
      build.onEvent({ type: 'log', text });
    },
    signal,
  });
  return { ...image, warnings: [...notes.all, ...image.warnings] };
}

/** The failed step as people know it, without what was written into the Dockerfile for this build. */
function plainly(error: unknown, plain: (step: string) => string): unknown {
  if (!isSlipwayError(error, 'BUILD_FAILED')) return error;
  const { message, hint, cause, context } = error;
  const step = context.step === null ? null : plain(context.step);
  return new DockerBuildError('BUILD_FAILED', {
    message: plain(message),
    hint,
    context: { ...context, step, log: plain(context.log) },
    cause,
  });
}

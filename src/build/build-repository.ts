import { posix } from 'node:path';
import { now } from '../core/deadline.js';
import { isSlipwayError } from '../core/errors.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { silentLogger, type Logger } from '../core/logger.js';
import type { EngineFacts, ImageFacts, ImageStore } from '../engine/ports.js';
import type { RepositoryBuilder, RepositoryBuildRequest } from '../engine/repository-builder.js';
import type { Checkout, Git } from '../git/clone.js';
import type { Policy } from '../policy/policy.js';
import type { BaseWish } from './base-images.js';
import { packContext, resolveContext } from './context.js';
import { isThere, readDockerfile } from './dockerfile-file.js';
import { buildNetwork, type BuildNetwork, type NetworkSettings } from './network.js';
import type { PreparedBuild } from './prepare.js';
import { refuseRemoteAdds } from './remote-add.js';
import type { ContextLimits } from './scan-context.js';
import { sendContext } from './send-context.js';
import { withKnownSyntax } from './syntax-directive.js';

/** What a repository build needs of the layers below. */
export interface RepositoryBuilderOptions {
  readonly git: Pick<Git, 'clone'>;
  /** As `ConnectEngine`, of which no more is needed. */
  readonly connect: (signal?: AbortSignal) => Promise<BuildEngine>;
  /** Writes a Dockerfile for a checkout without a usable one. @default none is written */
  readonly generate?: GenerateBuild | undefined;
  /** Which images may be used, also for reading a Dockerfile. @default no reader is looked at */
  readonly policy?: Policy | undefined;
  /** Certificates and proxies of build steps. @default none */
  readonly network?: (() => Promise<NetworkSettings>) | undefined;
  /** What may be sent to the engine. @default 200 MiB, 20,000 entries */
  readonly limits?: ContextLimits | undefined;
  readonly logger?: Logger | undefined;
}

interface BuildEngine {
  readonly facts: Pick<EngineFacts, 'builder' | 'flavor'>;
  readonly images: Pick<ImageStore, 'build' | 'inspect' | 'pull'>;
}

/** What a Dockerfile is written from. */
export interface GenerateRequest {
  readonly folder: string;
  /** Where the server is; relative to the folder. */
  readonly subdir: string;
  readonly name: string;
  readonly images: BuildEngine['images'];
  readonly adapt: BuildNetwork['adapt'];
  readonly signal: AbortSignal | undefined;
}

/** @throws {SlipwayError} `NOT_A_SERVER`, `INVALID_INPUT`, `PULL_FAILED` */
export type GenerateBuild = (request: GenerateRequest) => Promise<PreparedBuild>;

/** What is sent. */
type Sendable = Pick<PreparedBuild, 'context' | 'dockerfilePath'>;

/** The Dockerfile that is used when the caller names none. */
const USUAL = 'Dockerfile';

export function createRepositoryBuilder(options: RepositoryBuilderOptions): RepositoryBuilder {
  const { git, connect, logger = silentLogger } = options;
  return {
    buildRepository: async (request) => {
      const ends = now() + request.timeoutMs;
      const { repositoryUrl: url, ref, timeoutMs, signal } = request;
      // Before the clone, which would be for nothing without an engine.
      const engine = await connect(signal);
      request.onStage('cloning');
      const checkout = await git.clone({ url, ref, timeoutMs, signal });
      try {
        const network = await networkOf(options, engine);
        const job = { options, engine, network, checkout, request, ends };
        return { image: await buildCheckout(job), commit: checkout.commit };
      } finally {
        await removeCheckout(checkout, logger);
      }
    },
  };
}

interface Job {
  readonly options: RepositoryBuilderOptions;
  readonly engine: BuildEngine;
  readonly network: BuildNetwork;
  readonly checkout: Checkout;
  readonly request: RepositoryBuildRequest;
  /** On the monotonic clock. */
  readonly ends: number;
}

/** The repository's own Dockerfile first; where it names none and that one fails, a written one. */
async function buildCheckout(job: Job): Promise<ImageFacts> {
  const { checkout, request, options } = job;
  const folder = await resolveContext(checkout.folder, request.contextPath);
  const isNamed = request.dockerfilePath !== undefined || options.generate === undefined;
  const path = request.dockerfilePath ?? USUAL;
  if (!isNamed && !(await isThere(folder, path))) return buildGenerated(job, folder);
  try {
    return await send(job, await prepareOwn(job, folder, path));
  } catch (error) {
    const isItsFault =
      isSlipwayError(error, 'BUILD_FAILED') || isSlipwayError(error, 'BUILD_REFUSED');
    if (isNamed || !isItsFault) throw error;
    return await buildGenerated(job, folder, error);
  }
}

/** Everything that can be refused is refused here, before the engine hears of it. */
async function prepareOwn(job: Job, folder: string, path: string): Promise<Sendable> {
  const { options, network, request } = job;
  const { contextBytes: bytes, contextEntries: entries } = INPUT_LIMITS;
  const limits = options.limits ?? { bytes, entries };
  const dockerfile = await readDockerfile(folder, path);
  refuseRemoteAdds(dockerfile.text, path, request.buildArgs);
  const adapted = network.adapt(await readableText(dockerfile.text, path, job));
  // An unchanged one is sent as it is, with its byte order mark if it has one.
  const made = adapted === dockerfile.text ? {} : { [path]: adapted };
  return {
    dockerfilePath: path,
    context: await packContext(folder, { dockerfile: path, made, limits, signal: request.signal }),
  };
}

async function readableText(text: string, path: string, job: Job): Promise<string> {
  const { policy, logger } = job.options;
  if (policy === undefined) return text;
  const wish: BaseWish = {
    images: job.engine.images,
    policy,
    pull: 'missing',
    platform: undefined,
    onPull: () => undefined,
    signal: job.request.signal,
  };
  const readable = await withKnownSyntax(text, path, wish);
  for (const warning of readable.warnings) logger?.warn('repository.dockerfile', { warning });
  return readable.text;
}

/** Where nothing can be written either, the error is the one about the repository's own Dockerfile. */
async function buildGenerated(job: Job, folder: string, failure?: unknown): Promise<ImageFacts> {
  const { checkout, request, engine, network, options } = job;
  const { contextPath: subdir, repositoryUrl, signal } = request;
  try {
    const name = posix.basename(repositoryUrl).replace(/\.git$/, '');
    const { images } = engine;
    const wish = { folder: checkout.folder, subdir, name, images, adapt: network.adapt, signal };
    const prepared = await options.generate?.(wish);
    if (prepared !== undefined) return await send(job, prepared);
  } catch (error) {
    const isChoice = failure !== undefined && isSlipwayError(error, 'INVALID_INPUT');
    if (!isChoice && !isSlipwayError(error, 'NOT_A_SERVER')) throw error;
  }
  throw failure ?? (await missingDockerfile(folder));
}

async function missingDockerfile(folder: string): Promise<unknown> {
  return readDockerfile(folder, USUAL).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function send({ engine, network, request, ends, options }: Job, sendable: Sendable) {
  const { context, dockerfilePath } = sendable;
  options.logger?.debug('repository.packed', { entries: context.entries, bytes: context.bytes });
  return sendContext(engine.images, context, {
    dockerfile: dockerfilePath,
    tag: request.tag,
    buildArgs: { ...request.buildArgs, ...network.buildArgs },
    owner: request.owner,
    labels: {},
    pull: false,
    cacheFrom: [],
    secrets: network.secrets,
    // Nearly every Dockerfile installs packages.
    networkMode: 'default',
    memoryBytes: request.memoryBytes,
    timeoutMs: left(ends),
    onProgress: request.onStage,
    signal: request.signal,
  });
}

async function networkOf(
  { network, logger }: RepositoryBuilderOptions,
  { facts }: BuildEngine,
): Promise<BuildNetwork> {
  const settings = (await network?.()) ?? { certificates: [], proxies: {} };
  const made = buildNetwork(settings, { keepCertificates: false }, facts);
  for (const warning of made.warnings) logger?.warn('repository.network', { warning });
  return made;
}

/** Milliseconds until `ends`, at least one: the engine's own timer then ends the build. */
function left(ends: number): number {
  return Math.max(1, Math.round(ends - now()));
}

async function removeCheckout(checkout: Checkout, logger: Logger): Promise<void> {
  await checkout.remove().catch((error: unknown) => {
    logger.warn('repository.cleanup_pending', { error: String(error) });
  });
}

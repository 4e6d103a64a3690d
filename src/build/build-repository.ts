import { now } from '../core/deadline.js';
import { isSlipwayError } from '../core/errors.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { silentLogger, type Logger } from '../core/logger.js';
import type { ImageFacts, ImageStore } from '../engine/ports.js';
import type { RepositoryBuilder, RepositoryBuildRequest } from '../engine/repository-builder.js';
import type { Checkout, Git } from '../git/clone.js';
import { packContext, resolveContext, type BuildContext } from './context.js';
import { readDockerfile } from './dockerfile-file.js';
import type { ContextLimits } from './scan-context.js';

/** What a repository build needs of the layers below. */
export interface RepositoryBuilderOptions {
  readonly git: Pick<Git, 'clone'>;
  /** As `ConnectEngine`, of which no more is needed. */
  readonly connect: (signal?: AbortSignal) => Promise<{ readonly images: Builder }>;
  /** What may be sent to the engine. @default 200 MiB, 20,000 entries */
  readonly limits?: ContextLimits | undefined;
  readonly logger?: Logger | undefined;
}

type Builder = Pick<ImageStore, 'build'>;

export function createRepositoryBuilder(options: RepositoryBuilderOptions): RepositoryBuilder {
  const { git, connect, logger = silentLogger } = options;
  const { contextBytes: bytes, contextEntries: entries } = INPUT_LIMITS;
  const limits = options.limits ?? { bytes, entries };
  return {
    buildRepository: async (request) => {
      const ends = now() + request.timeoutMs;
      const { repositoryUrl: url, ref, timeoutMs, signal } = request;
      // Before the clone, which would be for nothing without an engine.
      const { images } = await connect(signal);
      request.onStage('cloning');
      const checkout = await git.clone({ url, ref, timeoutMs, signal });
      try {
        const context = await prepare(checkout, request, limits);
        logger.debug('repository.packed', { entries: context.entries, bytes: context.bytes });
        const image = await build(images, context, { ...request, timeoutMs: left(ends) });
        return { image, commit: checkout.commit };
      } finally {
        await removeCheckout(checkout, logger);
      }
    },
  };
}

/** Everything that can be refused is refused here, before the engine hears of it. */
async function prepare(
  checkout: Checkout,
  { contextPath, dockerfilePath, signal }: RepositoryBuildRequest,
  limits: ContextLimits,
): Promise<BuildContext> {
  const folder = await resolveContext(checkout.folder, contextPath);
  const dockerfile = await readDockerfile(folder, dockerfilePath);
  return packContext(folder, { dockerfile: dockerfile.path, limits, signal });
}

async function build(
  images: Builder,
  { stream }: BuildContext,
  request: RepositoryBuildRequest,
): Promise<ImageFacts> {
  let broken: unknown;
  stream.on('error', (error) => {
    broken = error;
  });
  try {
    return await images.build({
      context: stream,
      dockerfile: request.dockerfilePath,
      tag: request.tag,
      buildArgs: request.buildArgs,
      owner: request.owner,
      // Nearly every Dockerfile installs packages.
      networkMode: 'default',
      memoryBytes: request.memoryBytes,
      timeoutMs: request.timeoutMs,
      onProgress: request.onStage,
      signal: request.signal,
    });
  } catch (error) {
    // To the engine a context that breaks off is a lost connection. We know why it did.
    throw isSlipwayError(broken, 'BUILD_REFUSED') ? broken : error;
  } finally {
    stream.destroy();
  }
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

/** Joins ports and adapters; nothing else. */
import { createRepositoryBuilder, type GenerateBuild } from './build/build-repository.js';
import { networkOf } from './build/network.js';
import type { FolderGuard } from './core/folder-guard.js';
import { silentLogger, type Logger } from './core/logger.js';
import { engineConnector } from './engine/connect.js';
import { folderGuard } from './engine/guardian.js';
import type { ConnectEngine, Parking } from './engine/ports.js';
import { DockerExecutor } from './execution/docker-executor.js';
import { parseWarm, withinPolicy, type WarmOptions } from './execution/warm.js';
import { createGit } from './git/clone.js';
import { describeCheckout } from './git/describe.js';
import {
  resolvePolicy,
  type Policy,
  type PolicyOptions,
  type PresetName,
} from './policy/policy.js';

/** How an executor is made. */
export interface DockerExecutorOptions {
  /**
   * The engine: `unix:///…`, `npipe:////./pipe/…`, `tcp://host:2376`, `ssh://user@host`.
   * @default found as the docker client finds it, then the usual sockets (`docs/engines.md`)
   */
  readonly dockerHost?: string | undefined;
  /** What callers may do: a preset, or a preset and what differs from it. @default standard */
  readonly policy?: PresetName | PolicyOptions | undefined;
  /** @default silent */
  readonly logger?: Logger | undefined;
  /**
   * Containers that are started ahead of time, each for one run: `true` has one wait for every
   * kind of run that was used lately, a list of images has them wait from the beginning on; see
   * `docs/parked.md`.
   * @default false
   */
  readonly warm?: boolean | readonly string[] | WarmOptions | undefined;
}

/**
 * An executor on the engine of this machine. Nothing is connected until the first call, or to
 * have containers wait for the images of `warm`.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a policy, or a `warm`, that is not valid
 */
export function createDockerExecutor(options: DockerExecutorOptions = {}): DockerExecutor {
  const warm = parseWarm(options.warm);
  return joinExecutor(options, warm?.parking, warm?.images);
}

/**
 * As `createDockerExecutor`, with containers parked as said, as far as the policy permits it.
 *
 * @param images containers wait for these on every engine that is connected
 */
export function joinExecutor(
  options: Omit<DockerExecutorOptions, 'warm'>,
  wanted: Parking | undefined,
  images: readonly string[] = [],
): DockerExecutor {
  const { dockerHost, logger = silentLogger } = options;
  const policy = resolvePolicy(options.policy);
  const parking = wanted && withinPolicy(wanted, policy);
  const onConnected = (): void => images.forEach((image) => void warmUp(executor, image, logger));
  const connect = engineConnector({ dockerHost, logger, parking, onConnected });
  const guard = folderGuard(logger);
  const git = createGit({ hosts: policy.repositories.hosts, guard, logger });
  const generate = lazyGenerator(policy, guard);
  const network = async () => networkOf(process.env);
  const repositories = createRepositoryBuilder({
    git,
    connect,
    generate,
    network,
    policy,
    logger,
  });
  const executor = new DockerExecutor({ connect, policy, repositories, logger });
  if (images.length > 0) lookForEngine(connect, images, logger);
  return executor;
}

/** Whether there is one by now: containers that are to wait are not made by the first call. */
function lookForEngine(connect: ConnectEngine, images: readonly string[], logger: Logger): void {
  connect().catch((error: unknown) => {
    for (const image of images) logger.warn('warm.failed', { image, reason: String(error) });
  });
}

/** Has a container wait for an image, or says why none does. */
async function warmUp(executor: DockerExecutor, image: string, logger: Logger): Promise<void> {
  const { waiting, reason } = await executor
    .park({ image })
    .catch((error: unknown) => ({ waiting: 0, reason: String(error) }));
  if (waiting === 0) logger.warn('warm.failed', { image, reason });
}

/** What finds out about repositories and writes Dockerfiles is loaded when one has none. */
function lazyGenerator(policy: Policy, guard: FolderGuard): GenerateBuild {
  return async (request) => {
    const [{ generateBuilds }, { DETECTORS }] = await Promise.all([
      import('./build/generate-build.js'),
      import('./detection/detectors.js'),
    ]);
    const describe = (folder: string) => describeCheckout(folder, guard);
    const generate = generateBuilds({ policy, detectors: DETECTORS, describe });
    return generate(request);
  };
}

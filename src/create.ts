/** Joins ports and adapters; nothing else. */
import { createRepositoryBuilder, type GenerateBuild } from './build/build-repository.js';
import { networkOf } from './build/network.js';
import type { FolderGuard } from './core/folder-guard.js';
import { silentLogger, type Logger } from './core/logger.js';
import { engineConnector } from './engine/connect.js';
import { folderGuard } from './engine/guardian.js';
import type { Parking } from './engine/ports.js';
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
  const executor = joinExecutor(options, warm?.parking);
  for (const image of warm?.images ?? []) {
    executor.park({ image }).catch((error: unknown) => {
      options.logger?.warn('warm.failed', { image, error: String(error) });
    });
  }
  return executor;
}

/** As `createDockerExecutor`, with containers parked as said, as far as the policy permits it. */
export function joinExecutor(
  options: Omit<DockerExecutorOptions, 'warm'>,
  wanted: Parking | undefined,
): DockerExecutor {
  const { dockerHost, logger = silentLogger } = options;
  const policy = resolvePolicy(options.policy);
  const parking = wanted && withinPolicy(wanted, policy);
  const connect = engineConnector({ dockerHost, logger, parking });
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
  return new DockerExecutor({ connect, policy, repositories, logger });
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

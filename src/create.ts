/** Joins ports and adapters; nothing else. */
import { join } from 'node:path';
import { createRepositoryBuilder } from './build/build-repository.js';
import { DockerBuilder } from './build/docker-builder.js';
import { generateBuilds } from './build/generate-build.js';
import { networkOf } from './build/network.js';
import { proofStore } from './build/proof-store.js';
import { silentLogger, type Logger } from './core/logger.js';
import { engineConnector } from './engine/connect.js';
import { DETECTORS } from './detection/detectors.js';
import { installationKey, stateFolder } from './engine/installation-key.js';
import { DockerExecutor } from './execution/docker-executor.js';
import { serverContainers } from './execution/server-container.js';
import { createGit } from './git/clone.js';
import { describeCheckout } from './git/describe.js';
import { resolvePolicy, type PolicyOptions, type PresetName } from './policy/policy.js';

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
}

/**
 * An executor on the engine of this machine. Nothing is connected until the first call.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a policy that is not valid
 */
export function createDockerExecutor(options: DockerExecutorOptions = {}): DockerExecutor {
  const { dockerHost, logger = silentLogger } = options;
  const policy = resolvePolicy(options.policy);
  const connect = engineConnector({ dockerHost, logger });
  const git = createGit({ hosts: policy.repositories.hosts, logger });
  const generate = generateBuilds({ policy, detectors: DETECTORS, describe: describeCheckout });
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

/** How a builder is made. */
export interface DockerBuilderOptions extends DockerExecutorOptions {
  /**
   * Where certificates (`NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`) and proxies (`HTTPS_PROXY` …) of
   * builds are looked for. @default process.env
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * A builder on the engine of this machine. Nothing is connected until the first call.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a policy that is not valid
 */
export function createDockerBuilder(options: DockerBuilderOptions = {}): DockerBuilder {
  const { dockerHost, logger = silentLogger, environment = process.env } = options;
  const policy = resolvePolicy(options.policy);
  return new DockerBuilder({
    connect: engineConnector({ dockerHost, logger }),
    policy,
    git: createGit({ hosts: policy.repositories.hosts, logger }),
    detectors: DETECTORS,
    describe: describeCheckout,
    specOf: (engine) => serverContainers(policy, engine.facts),
    key: async () => installationKey(),
    network: async () => networkOf(environment),
    proofs: proofStore(join(stateFolder(process.env), 'proofs')),
    logger,
  });
}

/** Joins ports and adapters of the builder; nothing else. Apart from the executor: it loads far more. */
import { join } from 'node:path';
import { DockerBuilder } from './build/docker-builder.js';
import { networkOf } from './build/network.js';
import { proofStore } from './build/proof-store.js';
import { silentLogger } from './core/logger.js';
import type { DockerExecutorOptions } from './create.js';
import { DETECTORS } from './detection/detectors.js';
import { engineConnector } from './engine/connect.js';
import { folderGuard } from './engine/guardian.js';
import { installationKey, stateFolder } from './engine/installation-key.js';
import { serverContainers } from './execution/server-container.js';
import { createGit } from './git/clone.js';
import { describeCheckout } from './git/describe.js';
import { resolvePolicy } from './policy/policy.js';

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
  const guard = folderGuard(logger);
  return new DockerBuilder({
    connect: engineConnector({ dockerHost, logger }),
    policy,
    git: createGit({ hosts: policy.repositories.hosts, guard, logger }),
    detectors: DETECTORS,
    describe: (folder) => describeCheckout(folder, guard),
    specOf: (engine) => serverContainers(policy, engine.facts),
    key: async () => installationKey(),
    network: async () => networkOf(environment),
    proofs: proofStore(join(stateFolder(process.env), 'proofs')),
    logger,
  });
}

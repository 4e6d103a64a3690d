/** `ContainerRuntime` over the Docker Engine API. */
import { removeContainer } from './container-calls.js';
import { listContainers } from './container-list.js';
import type { ContainerRuntime } from './ports.js';
import { runContainer, type RunDependencies } from './run-container.js';
import { stopContainer } from './stop-container.js';

export function createContainerRuntime(dependencies: RunDependencies): ContainerRuntime {
  const { transport, key } = dependencies;
  return {
    run: (spec, observer, signal) => runContainer(dependencies, spec, observer, signal),
    list: (options) => listContainers(transport, key, options),
    stop: (id, options) => stopContainer(transport, id, options),
    remove: (id) => removeContainer(transport, id),
  };
}

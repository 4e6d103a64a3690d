/** `ContainerRuntime` over the Docker Engine API. */
import { removeContainer } from './container-calls.js';
import { listContainers } from './container-list.js';
import { containerLogs } from './container-logs.js';
import { containerExit, containerState } from './container-state.js';
import { watchStats } from './container-stats.js';
import { openContainer } from './open-container.js';
import type { OwnedContainerDependencies } from './owned-container.js';
import type { ContainerRuntime } from './ports.js';
import { runContainer } from './run-container.js';
import { startContainer } from './start-container.js';
import { stopContainer } from './stop-container.js';

export interface ContainerRuntimeDependencies extends OwnedContainerDependencies {
  /** Verifies the labels of our own containers. */
  readonly key: Uint8Array;
}

export function createContainerRuntime(
  dependencies: ContainerRuntimeDependencies,
): ContainerRuntime {
  const { transport, key } = dependencies;
  return {
    run: (spec, observer, signal) => runContainer(dependencies, spec, observer, signal),
    start: (spec, signal) => startContainer(dependencies, spec, signal),
    open: (spec, observer, signal) => openContainer(dependencies, spec, observer, signal),
    state: (id, signal) => containerState(transport, id, signal),
    exited: (id, signal) => containerExit(transport, id, signal),
    logs: (id, range) => containerLogs(transport, id, range),
    watchStats: (id, signal) => watchStats(transport, id, signal),
    list: (options) => listContainers(transport, key, options),
    stop: (id, options) => stopContainer(transport, id, options),
    remove: (id) => removeContainer(transport, id),
  };
}

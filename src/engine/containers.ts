/** `ContainerRuntime` over the Docker Engine API. */
import { removeContainer } from './container-calls.js';
import { listContainers } from './container-list.js';
import { containerLogs } from './container-logs.js';
import { containerExit, containerState } from './container-state.js';
import { watchStats } from './container-stats.js';
import { openContainer } from './open-container.js';
import type { OwnedContainerDependencies } from './owned-container.js';
import { ParkedRuns } from './parked/parked-runs.js';
import type { ContainerRuntime, Parking } from './ports.js';
import { runFresh } from './run-fresh.js';
import { startContainer } from './start-container.js';
import { stopContainer } from './stop-container.js';

export interface ContainerRuntimeDependencies extends OwnedContainerDependencies {
  /** Verifies the labels of our own containers. */
  readonly key: Uint8Array;
  /** Undefined parks none. */
  readonly parking?: Parking | undefined;
}

export function createContainerRuntime(
  dependencies: ContainerRuntimeDependencies,
): ContainerRuntime {
  const { transport, key, parking } = dependencies;
  const parked = parking === undefined ? undefined : new ParkedRuns(dependencies, parking);
  return {
    run: (spec, observer, signal) => {
      const call = { spec, observer, signal };
      return parked?.run(call) ?? runFresh(dependencies, call);
    },
    park: async (spec, count) =>
      (await parked?.park(spec, count)) ?? { waiting: 0, reason: 'no containers are parked' },
    settled: async () => parked?.settled(),
    close: async () => parked?.close(),
    start: (spec, signal) => startContainer(dependencies, spec, signal),
    open: (spec, observer, signal) => openContainer(dependencies, spec, observer, signal),
    state: (id, signal) => containerState(transport, id, signal),
    exited: (id, signal) => containerExit(transport, id, signal),
    logs: (id, range) => containerLogs(transport, id, range),
    watchStats: (id, signal) => watchStats(transport, id, signal),
    list: async (options) => {
      const all = await listContainers(transport, key, options);
      return all.filter(({ id }) => parked?.waiting.has(id) !== true);
    },
    stop: (id, options) => stopContainer(transport, id, options),
    remove: (id) => removeContainer(transport, id),
  };
}

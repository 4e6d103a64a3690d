import { inspectContainer, waitForExit } from './container-calls.js';
import { hasStatus } from './map-error.js';
import type { ContainerState } from './ports.js';
import type { InspectedContainer } from './replies.js';
import type { Transport } from './transport.js';

/** See `ContainerRuntime.state`. */
export async function containerState(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): Promise<ContainerState | undefined> {
  return unlessGone(async () => stateOf((await inspectContainer(transport, id, signal)).State));
}

/** See `ContainerRuntime.exited`. */
export async function containerExit(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): Promise<number | null> {
  const exitCode = await unlessGone(async () => {
    await waitForExit(transport, id, signal);
    return (await inspectContainer(transport, id, signal)).State.ExitCode;
  });
  return exitCode ?? null;
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

function stateOf(state: InspectedContainer['State']): ContainerState {
  const ended = !state.Running && state.Status !== 'created';
  return {
    running: state.Running,
    exitCode: ended ? state.ExitCode : null,
    health: healthOf(state.Health?.Status),
    healthOutput: state.Health?.Log.at(-1)?.Output ?? '',
  };
}

function healthOf(status: string | undefined): ContainerState['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

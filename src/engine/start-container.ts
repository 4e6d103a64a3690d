import type { Duplex } from 'node:stream';
import { OwnedContainer, type OwnedContainerDependencies } from './owned-container.js';
import type { ContainerSpec, StartedContainer } from './ports.js';
import type { Transport } from './transport.js';

/** See `ContainerRuntime.start`. */
export async function startContainer(
  dependencies: OwnedContainerDependencies,
  spec: ContainerSpec,
  signal?: AbortSignal,
): Promise<StartedContainer> {
  signal?.throwIfAborted();
  const container = new OwnedContainer(dependencies, spec);
  let input: Duplex | undefined;
  const remove = (): ReturnType<StartedContainer['remove']> => {
    input?.destroy();
    return container.remove();
  };
  try {
    const id = await container.create();
    signal?.throwIfAborted();
    if (spec.stdin !== undefined) input = await sendInput(dependencies.transport, id, spec.stdin);
    await container.start(id);
    signal?.throwIfAborted();
    return { id, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Input only: nobody reads the output of a container that is started and left, and an attached
 * output that is not read would block it. The connection lasts as long as the program reads.
 */
async function sendInput(transport: Transport, id: string, stdin: Uint8Array): Promise<Duplex> {
  const socket = await transport.hijack({
    method: 'POST',
    path: `/containers/${id}/attach`,
    operation: 'attach to container',
    query: { stream: 1, stdin: 1, detachKeys: '' },
    deadlineMs: transport.deadlines.queryMs,
  });
  // A program may end without having read it.
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(stdin);
  return socket;
}

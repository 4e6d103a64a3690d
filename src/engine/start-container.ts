import type { Duplex } from 'node:stream';
import { OwnedContainer, type OwnedContainerDependencies } from './owned-container.js';
import type { ContainerSpec, StartedContainer } from './ports.js';
import { stopContainer } from './stop-container.js';
import type { Transport } from './transport.js';

/** See `ContainerRuntime.start`. */
export async function startContainer(
  dependencies: OwnedContainerDependencies,
  spec: ContainerSpec,
  signal?: AbortSignal,
): Promise<StartedContainer> {
  signal?.throwIfAborted();
  const transport = dependencies.transport.forOneRun();
  const container = new OwnedContainer({ ...dependencies, transport }, spec);
  let input: Duplex | undefined;
  try {
    const id = await container.create();
    signal?.throwIfAborted();
    if (spec.stdin !== undefined) input = await sendInput(transport, id, spec.stdin);
    await container.start(id);
    signal?.throwIfAborted();
    return { id, end: (graceMs) => end(transport, { id, container, input }, graceMs) };
  } catch (error) {
    input?.destroy();
    await container.remove();
    throw error;
  }
}

interface Started {
  readonly id: string;
  readonly container: OwnedContainer;
  readonly input: Duplex | undefined;
}

/** An engine that could not stop it is not waited for again as long: the removal kills too. */
async function end(
  transport: Transport,
  { id, container, input }: Started,
  graceMs: number,
): ReturnType<StartedContainer['end']> {
  input?.destroy();
  const { killMs, changeMs } = transport.deadlines;
  const deadlineMs = await stopContainer(transport, id, { graceMs }).then(
    () => changeMs,
    () => killMs,
  );
  return container.remove(deadlineMs);
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

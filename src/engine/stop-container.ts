import { LATE, within } from '../core/deadline.js';
import { inspectContainer, killContainer, waitForExit } from './container-calls.js';
import { engineTimeout, hasStatus } from './map-error.js';
import type { StopOptions } from './ports.js';
import type { Transport } from './transport.js';

/**
 * TERM, grace, KILL, each with its own bound: the engine's own stop would hang with a hung
 * container, and obeys an image's STOPSIGNAL, which may be one that stops nothing. An abort ends
 * the waiting; the signal that was sent stays sent.
 *
 * @returns false when the container was not running any more
 */
export async function stopContainer(
  transport: Transport,
  id: string,
  options: StopOptions,
): Promise<boolean> {
  const { graceMs, signal } = options;
  if (!(await isRunning(transport, id, signal))) return false;
  const over = new AbortController();
  const onAbort = (): void => over.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const exited = waitForExit(transport, id, over.signal).catch((error: unknown) => {
    // Its owner may remove it at once: gone is stopped.
    if (!over.signal.aborted && !hasStatus(error, 404)) throw error;
  });
  // Handled below, where it is awaited: a failure may come before that.
  exited.catch(() => undefined);
  try {
    if (await endedBy('SIGTERM', graceMs)) return true;
    const { killMs } = transport.deadlines;
    if (await endedBy('SIGKILL', killMs * 2)) return true;
    throw engineTimeout('stop container', killMs * 2);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    over.abort();
  }

  async function endedBy(kind: 'SIGTERM' | 'SIGKILL', waitMs: number): Promise<boolean> {
    if (waitMs === 0) return false;
    await killContainer(transport, id, kind);
    const ended = (await within(exited, waitMs)) !== LATE;
    signal?.throwIfAborted();
    return ended;
  }
}

async function isRunning(transport: Transport, id: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await inspectContainer(transport, id, signal)).State.Running;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

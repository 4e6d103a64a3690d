/** The single calls on one container, with their deadlines and with what counts as success. */
import { delay, now } from '../core/deadline.js';
import { isSlipwayError } from '../core/errors.js';
import { longCall } from './long-call.js';
import { engineTimeout, hasStatus } from './map-error.js';
import { inspected, readReply, type InspectedContainer } from './replies.js';
import type { Transport } from './transport.js';

/** A wait is ended by the run's own timeout; this only keeps it from being endless. */
const WAIT_DEADLINE_MS = 2 ** 31 - 1;
const RETRY_MS = 250;

/** @param container full id, or a name that Slipway made */
export async function inspectContainer(
  transport: Transport,
  container: string,
  signal?: AbortSignal,
): Promise<InspectedContainer> {
  const operation = 'inspect container';
  const reply = await transport.json({
    method: 'GET',
    path: `/containers/${container}/json`,
    operation,
    deadlineMs: transport.deadlines.queryMs,
    signal,
  });
  return readReply(inspected, reply, operation);
}

/** Sends a signal. A container that is not running, gone, or an engine that is late is no error. */
export async function killContainer(
  transport: Transport,
  id: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  await transport
    .json({
      method: 'POST',
      path: `/containers/${id}/kill`,
      operation: 'kill container',
      query: { signal },
      deadlineMs: transport.deadlines.killMs,
    })
    .catch(() => undefined);
}

/** Removes a container with its anonymous volumes. Absent, or being removed already, is success. */
export async function removeContainer(
  transport: Transport,
  container: string,
  deadlineMs: number = transport.deadlines.changeMs,
): Promise<void> {
  try {
    await longCall(transport, {
      method: 'DELETE',
      path: `/containers/${container}`,
      operation: 'remove container',
      query: { force: true, v: true },
      deadlineMs,
    });
  } catch (error) {
    if (hasStatus(error, 404)) return;
    if (hasStatus(error, 409)) return goneSoon(transport, container);
    throw error;
  }
}

/** Somebody else removes it: wait until it is gone. */
async function goneSoon(transport: Transport, container: string): Promise<void> {
  const { reconnectMs } = transport.deadlines;
  const giveUp = now() + reconnectMs;
  for (;;) {
    try {
      await inspectContainer(transport, container);
    } catch (error) {
      if (hasStatus(error, 404)) return;
      throw error;
    }
    if (now() > giveUp) throw engineTimeout('remove container', reconnectMs);
    await delay(RETRY_MS);
  }
}

/**
 * Resolves once the container is not running. The answer of `wait` is only a hint (it can come
 * early, and a lost connection can look like anything): the state is read from `inspect`.
 *
 * @returns whether the engine was out of reach meanwhile, so that it may have ended the program
 * @throws {SlipwayError} when the engine cannot be asked for `deadlines.reconnectMs`, or the
 * container is gone
 */
export async function waitForExit(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): Promise<{ readonly interrupted: boolean }> {
  let lostSince: number | undefined;
  let interrupted = false;
  for (;;) {
    try {
      await waitOnce(transport, id, signal);
      const { State: state } = await inspectContainer(transport, id, signal);
      if (!state.Running) return { interrupted };
      lostSince = undefined;
    } catch (error) {
      if (signal?.aborted === true || hasStatus(error, 404)) throw error;
      if (isSlipwayError(error, 'ENGINE_TIMEOUT')) throw error;
      interrupted ||= !isSlipwayError(error, 'ENGINE_ERROR');
      lostSince ??= now();
      if (now() - lostSince > transport.deadlines.reconnectMs) throw error;
    }
    await delay(RETRY_MS, signal);
  }
}

async function waitOnce(transport: Transport, id: string, signal?: AbortSignal): Promise<void> {
  await transport.json({
    method: 'POST',
    path: `/containers/${id}/wait`,
    operation: 'wait for container',
    query: { condition: 'not-running' },
    deadlineMs: WAIT_DEADLINE_MS,
    signal,
  });
}

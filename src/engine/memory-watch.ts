/**
 * Whether memory ran out, where the engine's flag is not enough. On a busy engine its `oom` event
 * comes after the end of the container (up to 0.2 s were seen on 20.10), and then the flag stays
 * unset for good. An engine keeps its last 256 events, so they are asked for when a container has
 * ended, and heard on while it is removed.
 */
import { LATE, now, within } from '../core/deadline.js';
import { jsonLines } from './json-lines.js';
import type { EngineFacts } from './ports.js';
import { engineEvent, type InspectedContainer } from './replies.js';
import { mayHaveRunOutOfMemory, ranOutOfMemory } from './run-verdict.js';
import type { Transport } from './transport.js';

/** How long after the end of a container that SIGKILL ended an event is waited for. */
const LATE_EVENT_MS = 500;
/** As the engine writes it. */
const SIGKILL = '9';

export interface MemoryWatch {
  /** Ends the watch. Never rejects. */
  verdict(): Promise<boolean>;
}

export interface EndedContainer {
  readonly id: string;
  readonly facts: InspectedContainer;
  readonly killedByUs: boolean;
}

/** Begins at once; what is heard until `verdict` is asked for counts. */
export function watchMemory(
  transport: Transport,
  flavor: EngineFacts['flavor'],
  { id, facts, killedByUs }: EndedContainer,
): MemoryWatch {
  const told = facts.State.OOMKilled || killedByUs || facts.HostConfig.Memory === 0;
  // Podman has no such event.
  if (told || flavor === 'podman') {
    return { verdict: () => Promise.resolve(ranOutOfMemory(facts, killedByUs, 'unheard')) };
  }
  const over = new AbortController();
  const heard = hearEvent(transport, id, over.signal);
  const waitUntil = now() + (mayHaveRunOutOfMemory(facts) ? LATE_EVENT_MS : 0);
  return {
    verdict: async () => {
      const answer = await within(heard, Math.max(waitUntil - now(), 0));
      over.abort();
      return ranOutOfMemory(facts, killedByUs, answer === LATE ? 'nothing' : answer);
    },
  };
}

/** The first that counts; `unheard` when the engine could not be asked, or not to the end. */
async function hearEvent(
  transport: Transport,
  id: string,
  signal: AbortSignal,
): Promise<'oom' | 'killed' | 'unheard'> {
  try {
    const { body } = await transport.stream({
      method: 'GET',
      path: '/events',
      operation: 'read events',
      // Without a beginning, only what comes from now on.
      query: { since: 1, filters: JSON.stringify({ container: [id], event: ['oom', 'kill'] }) },
      deadlineMs: transport.deadlines.queryMs,
      signal,
    });
    for await (const value of jsonLines(body)) {
      const { Action: action, Actor: actor } = engineEvent.parse(value);
      if (actor.ID !== id) continue;
      if (action === 'oom') return 'oom';
      if (action === 'kill' && actor.Attributes['signal'] === SIGKILL) return 'killed';
    }
  } catch {
    // An engine that cannot be asked leaves the exit code to tell.
  }
  return 'unheard';
}

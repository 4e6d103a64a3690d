import type { Agent } from 'node:http';

/** An agent that keeps connections between requests. */
export interface KeepingAgent {
  /** Leads to the same engine, with a new connection for every request. */
  readonly unkept: Agent;
}

/** As Node's own agent: an idle connection is kept for five seconds. */
export const KEEP = { keepAlive: true, scheduling: 'lifo', timeout: 5000 } as const;

export function isKeeping(agent: unknown): agent is KeepingAgent {
  return typeof agent === 'object' && agent !== null && 'unkept' in agent;
}

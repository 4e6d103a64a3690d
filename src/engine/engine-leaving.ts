/**
 * An engine that is being stopped. It takes no new connections but answers on, on those it has:
 * it ends the programs itself, and refuses requests with whatever part of it closed first.
 */
import { engineLost, hasStatus } from './map-error.js';
import { pingEngine } from './negotiate.js';
import type { InspectedContainer } from './replies.js';
import { mayBeEndedByEngine } from './run-verdict.js';
import type { Transport } from './transport.js';

export async function isLeaving(transport: Transport): Promise<boolean> {
  return pingEngine(transport).then(
    () => false,
    () => true,
  );
}

/** @param interrupted whether the engine was out of reach while the program ran */
export async function endedByEngine(
  transport: Transport,
  facts: InspectedContainer,
  interrupted: boolean,
): Promise<boolean> {
  return mayBeEndedByEngine(facts) && (interrupted || isLeaving(transport));
}

/** What a request failed with, or that the engine is leaving where this is why. */
export async function refusedOrLeaving(
  transport: Transport,
  operation: string,
  error: unknown,
): Promise<unknown> {
  const leaving = hasStatus(error, 500) && (await isLeaving(transport));
  return leaving ? engineLost(operation, error) : error;
}

import { delay, now } from '../core/deadline.js';
import { engineTimeout } from './map-error.js';
import { pingEngine } from './negotiate.js';
import type { EngineCall, Transport } from './transport.js';

/**
 * As `Transport.json`, for what can take long because it touches the disk: it is waited for as
 * long as the engine answers pings meanwhile, and not until the deadline when it hangs.
 *
 * @throws {SlipwayError}
 */
export async function longCall(
  transport: Transport,
  call: Omit<EngineCall, 'signal'>,
): Promise<unknown> {
  const over = new AbortController();
  const hung = new AbortController();
  const began = now();
  void untilSilent(transport, over.signal).then(() =>
    hung.abort(engineTimeout(call.operation, Math.round(now() - began))),
  );
  try {
    return await transport.json({ ...call, signal: hung.signal });
  } finally {
    over.abort();
  }
}

/** Resolves when a ping is not answered, or at the end. */
async function untilSilent(transport: Transport, over: AbortSignal): Promise<void> {
  const { probeAfterMs, probeMs } = transport.deadlines;
  for (;;) {
    await delay(probeAfterMs, over);
    if (over.aborted) return;
    try {
      await pingEngine(transport, over, probeMs);
    } catch {
      return;
    }
  }
}

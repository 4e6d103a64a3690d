/** Waits for a server's parked container, which only the engine can be asked about from outside. */
import { setTimeout as pause } from 'node:timers/promises';
import { containersWith } from './engine-view.mjs';

const LONGEST_MS = 10_000;
const LOOK_MS = 50;

/**
 * @param {import('./engine-view.mjs').Endpoint} endpoint
 * @param {string} label of the containers of that server
 * @returns {Promise<boolean>} whether one waits, and nothing else of that server is left
 */
export async function oneWaits(endpoint, label) {
  const began = performance.now();
  while (performance.now() - began < LONGEST_MS) {
    const states = (await containersWith(endpoint, label)).map(({ state }) => state);
    if (states.length === 1 && states[0] === 'running') return true;
    await pause(LOOK_MS);
  }
  return false;
}

/** Measures several ways to do the same thing side by side, so that what else the machine does falls on all. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Before each, so that all begin on a machine that has rested as long: what was used a moment
 * before is in the caches of the processor, and of what waits behind a server that cannot be seen.
 */
const REST_MS = 150;

/**
 * One way to do the thing.
 *
 * @typedef {object} Contestant
 * @property {string} id
 * @property {() => Promise<unknown>} run what is timed; rejects when it did not do the thing
 * @property {number} [series] how often it runs without a pause, each one timed. 1 unless given
 * @property {() => Promise<unknown>} [calm] before and after, not timed: nothing goes on in the background then
 */

/**
 * Every contestant once without counting, then in turn, each round beginning with another.
 *
 * @param {readonly Contestant[]} contestants
 * @param {number} rounds
 * @returns {Promise<Record<string, number[]>>} milliseconds by id, in the order measured
 */
export async function alternate(contestants, rounds) {
  /** @type {Record<string, number[]>} */
  const times = {};
  for (const contestant of contestants) {
    times[contestant.id] = [];
    await series(contestant);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of rotated(contestants, round)) {
      times[contestant.id]?.push(...(await series(contestant)));
    }
  }
  return times;
}

/**
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} milliseconds
 */
export async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** @param {Contestant} contestant */
async function series({ run, series: length = 1, calm }) {
  /** @type {number[]} */
  const times = [];
  await calm?.();
  await pause(REST_MS);
  for (let index = 0; index < length; index += 1) times.push(await timed(run));
  await calm?.();
  return times;
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} by
 * @returns {T[]}
 */
function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

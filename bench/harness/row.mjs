/** What a suite tells: rows of figures, each by itself or as a ratio to another one. Pure. */
import { summary } from './statistics.mjs';

/**
 * @typedef {'ms' | 's' | 'MiB' | 'runs/s' | 'MiB/s'} Unit
 *
 * @typedef {object} Goal what is aimed at: of the ratio, or of the median where there is none
 * @property {number} [atMost]
 * @property {number} [atLeast]
 *
 * @typedef {object} Row
 * @property {string} id for programs
 * @property {string} name for people
 * @property {Unit} unit
 * @property {number} median
 * @property {number | null} p95 null where there are too few to tell
 * @property {number} n
 * @property {number | null} ratio of the medians, to the row that `base` of the table names
 * @property {Goal | null} goal
 * @property {readonly number[]} samples in the order measured
 *
 * @typedef {object} Table
 * @property {string} id
 * @property {string} title
 * @property {string | null} base name of the row that ratios are to
 * @property {readonly Row[]} rows
 * @property {readonly string[]} notes
 */

/** Below this many samples the 95th percentile is the largest one or next to it: no figure. */
const P95_SAMPLES = 10;

/**
 * @param {object} given
 * @param {string} given.id
 * @param {string} given.name
 * @param {Unit} given.unit
 * @param {readonly number[]} given.samples at least one
 * @param {readonly number[] | undefined} [given.base] what the ratio is to
 * @param {Goal} [given.goal]
 * @returns {Row}
 */
export function row({ id, name, unit, samples, base, goal }) {
  const { median, p95, n } = summary(samples);
  const ratio = base === undefined ? null : median / summary(base).median;
  const told = n < P95_SAMPLES ? null : p95;
  return { id, name, unit, median, p95: told, n, ratio, goal: goal ?? null, samples };
}

/**
 * @param {Row} measured
 * @returns {boolean | null} null without a goal
 */
export function reached({ goal, ratio, median }) {
  if (goal === null) return null;
  const figure = ratio ?? median;
  return figure <= (goal.atMost ?? Infinity) && figure >= (goal.atLeast ?? -Infinity);
}

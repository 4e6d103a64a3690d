/** What a list of measured times is told as. Pure. */

/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} p95
 * @property {number} n
 */

/**
 * @param {readonly number[]} samples at least one
 * @returns {Summary}
 */
export function summary(samples) {
  return { median: median(samples), p95: percentile(samples, 95), n: samples.length };
}

/**
 * @param {readonly number[]} samples at least one
 * @returns {number} the middle one; of an even number, the mean of the two in the middle
 */
export function median(samples) {
  const sorted = inOrder(samples);
  const half = sorted.length / 2;
  const upper = at(sorted, Math.floor(half));
  return Number.isInteger(half) ? (at(sorted, half - 1) + upper) / 2 : upper;
}

/**
 * @param {readonly number[]} samples at least one
 * @param {number} percent above 0, at most 100
 * @returns {number} the smallest sample that so many percent do not exceed (nearest rank)
 */
export function percentile(samples, percent) {
  const sorted = inOrder(samples);
  return at(sorted, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1));
}

/**
 * @param {readonly number[]} samples
 * @returns {number[]}
 */
function inOrder(samples) {
  if (samples.length === 0) throw new Error('nothing was measured');
  return samples.toSorted((one, other) => one - other);
}

/**
 * @param {readonly number[]} sorted
 * @param {number} index
 * @returns {number}
 */
function at(sorted, index) {
  return sorted[index] ?? Number.NaN;
}

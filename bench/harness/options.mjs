/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';

/**
 * How much is measured.
 *
 * @typedef {object} Scale
 * @property {number} rounds of single calls
 * @property {number} fewRounds of what takes seconds
 * @property {number} burst runs at once
 * @property {number} inARow runs of each worker without a pause
 * @property {number} outputBytes
 */

/**
 * @typedef {object} BenchOptions
 * @property {boolean} quick
 * @property {Scale} scale
 * @property {readonly string[]} only names of suites; all when empty
 * @property {string} out folder for results
 * @property {boolean} build whether `src` is compiled first
 */

const MIB = 1024 ** 2;

/** @type {Scale} */
const FULL = { rounds: 20, fewRounds: 3, burst: 50, inARow: 8, outputBytes: 1024 * MIB };
/**
 * Enough to see that everything works; the figures say little.
 *
 * @type {Scale}
 */
const QUICK = { rounds: 2, fewRounds: 1, burst: 8, inARow: 2, outputBytes: 64 * MIB };

/**
 * @param {readonly string[]} args
 * @param {readonly string[]} suites the names there are
 * @returns {BenchOptions}
 * @throws {Error} with what is wrong
 */
export function benchOptions(args, suites) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      out: { type: 'string', default: '.bench' },
      'no-build': { type: 'boolean', default: false },
    },
  });
  const only = values.only.flatMap((names) => names.split(','));
  const unknown = only.find((name) => !suites.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown} is not known; there are ${suites.join(', ')}.`);
  }
  const scale = values.quick ? QUICK : FULL;
  const rounds = values.rounds === undefined ? scale.rounds : wholeNumber(values.rounds);
  const { quick, out } = values;
  return { quick, scale: { ...scale, rounds }, only, out, build: !values['no-build'] };
}

/**
 * @param {string} text
 * @returns {number}
 */
function wholeNumber(text) {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new Error(`--rounds must be a whole number from 1 to 9999, not ${text}.`);
}

import type { CliEnvironment } from './environment.js';

const PREFIX = 'SLIPWAY_';

/** Every variable with our prefix that something of ours reads. */
const KNOWN = [
  'ALLOWED_HOSTS',
  'GIT_TOKEN',
  'HTTP',
  'HTTP_TOKEN',
  'LOG_LEVEL',
  'NO_BUILD',
  'NO_NETWORK',
  'NO_WARM',
  'OUTPUT_DIR',
  'POLICY',
  'PRESET',
  'READ_ONLY',
  'TOOLS',
  'TOOLSETS',
  'WARM',
  // Of the scripts and tests of a checkout, whose servers inherit them.
  'ENGINE_HOME',
  'FAULT_SEED',
  'KILLS',
].map((name) => `${PREFIX}${name}`);

/** Variables of single tests and measurements. */
const DEVELOPMENT = [`${PREFIX}TEST_`, `${PREFIX}BENCH_`];

/**
 * A variable with our prefix that nobody reads, and the known one that is most like it. A switch
 * that is misspelled would not restrict anything, and nobody would see it.
 */
export function misspelledVariable(
  variables: CliEnvironment['variables'],
): { readonly name: string; readonly nearest: string } | undefined {
  const name = Object.keys(variables).find((one) => one.startsWith(PREFIX) && !isKnown(one));
  return name === undefined ? undefined : { name, nearest: nearestOf(name) };
}

function isKnown(name: string): boolean {
  return KNOWN.includes(name) || DEVELOPMENT.some((prefix) => name.startsWith(prefix));
}

function nearestOf(name: string): string {
  const shown = name.slice(0, COMPARED_CHARACTERS);
  const [nearest = ''] = [...KNOWN].sort((a, b) => distance(shown, a) - distance(shown, b));
  return nearest;
}

/** The work grows with the length of the name. */
const COMPARED_CHARACTERS = 64;

/** How many characters have to be put in, taken out or changed: the distance of Levenshtein. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let taken = 1; taken <= from.length; taken += 1) {
    const next = [taken];
    for (let at = 1; at <= to.length; at += 1) {
      const change = (row[at - 1] ?? 0) + (to[at - 1] === from[taken - 1] ? 0 : 1);
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

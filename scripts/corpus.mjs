/**
 * `npm run corpus -- --set FILE --repos FOLDER`: builds and proves every repository of a list, each
 * from a checkout in the folder, with the command line as users have it, and prints what came of
 * it: a table, three scores, times and sizes.
 *
 * The list is JSON, an array of objects with `repo` (`owner/name`), `subdir`, `expected_outcome`
 * (`bare`, `dummy`, `real`, `unsupported`) and `test_input` (`{ args, env }` or null). A checkout is
 * `FOLDER/owner/name` or `FOLDER/owner+name`.
 *
 * Options: `--only TEXT` takes entries whose name holds it; `--prefer WHICH` is handed on;
 * `--again` builds each a second time, unchanged; `--keep` leaves the images; `--out FILE` writes
 * all results as JSON.
 *
 * Exit code 0: all as expected; 1: some not; 2: not like this.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { engineUp } from './engine/index.mjs';
import { readSet } from './corpus/read-set.mjs';
import { scores, table } from './corpus/report.mjs';
import { runEntry } from './corpus/run-entry.mjs';
import { build, install, requireNode } from './support/project.mjs';

/** @typedef {import('./corpus/run-entry.mjs').EntryResult} EntryResult */

const USAGE = 'Usage: npm run corpus -- --set FILE --repos FOLDER [--only TEXT] [--prefer WHICH]';

const { values } = parseArgs({
  options: {
    set: { type: 'string' },
    repos: { type: 'string' },
    only: { type: 'string' },
    prefer: { type: 'string' },
    again: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    out: { type: 'string' },
    'skip-build': { type: 'boolean', default: false },
  },
});
if (values.set === undefined || values.repos === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  process.exitCode = await main(values.set, values.repos);
}

/**
 * @param {string} set
 * @param {string} repos
 */
async function main(set, repos) {
  requireNode();
  const entries = readSet(set, repos).filter(({ name }) => name.includes(values.only ?? ''));
  if (!values['skip-build']) {
    await install();
    await build();
  }
  const images = imagesFor(entries);
  const { dockerHost } = await engineUp({ log: console.error, images });
  /** @type {EntryResult[]} */
  const results = [];
  for (const entry of entries) {
    console.error(`> ${entry.name}`);
    const { prefer, again, keep } = values;
    const result = await runEntry(entry, { dockerHost, prefer, again, keep });
    results.push(result);
    console.error(`  ${result.verdict}: ${result.explanation}`);
    if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(results, null, 2));
  }
  console.log(`\n${table(results)}\n\n${scores(results)}`);
  return results.every(({ asExpected }) => asExpected) ? 0 : 1;
}

/**
 * Base images that only some languages need: they take minutes to make where Docker Hub cannot be
 * reached.
 *
 * @param {readonly { language: string }[]} entries
 * @returns {string[]} groups of images, as the engine's script names them
 */
function imagesFor(entries) {
  const groups = new Map([
    ['go', 'golang'],
    ['rust', 'rust'],
    ['java', 'maven'],
  ]);
  const wanted = entries.flatMap(({ language }) => groups.get(language.toLowerCase()) ?? []);
  return [...new Set(wanted)];
}

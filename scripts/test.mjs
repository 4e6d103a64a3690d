/**
 * `npm test`: everything it needs is set up first (dependencies, build, engine), then all tests
 * run on the real engine. Arguments are passed on: `npm test -- tests/unit`.
 *
 * The last line is `N passed, N failed, N skipped`.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { engineUp } from './engine/index.mjs';
import { ensurePrograms, TEST_PROGRAMS } from './engine/packages.mjs';
import { createSteps } from './engine/steps.mjs';
import { differences, traces } from './support/traces.mjs';
import { bin, build, install, requireNode, root, runProgram } from './support/project.mjs';

const RESULTS = path.join(root, '.vitest', 'results.json');

requireNode();
await install();
console.log('> Building');
await build();
const engine = await engineUp({ log: console.log, images: needsGo() ? ['golang'] : [] });
await ensurePrograms(TEST_PROGRAMS, createSteps(console.log));
console.log(`> Testing on ${engine.dockerHost}`);
rmSync(RESULTS, { force: true });
const endpoint = {
  dockerHost: engine.dockerHost,
  ...(engine.certPath ? { certPath: engine.certPath } : {}),
};
const before = await traces(endpoint);
const env = { ...process.env, DOCKER_HOST: engine.dockerHost, REQUIRE_DOCKER: '1' };
const error = await runProgram(bin('vitest'), ['run', ...process.argv.slice(2)], { env }).then(
  () => undefined,
  String,
);
const { passed, failed, skipped } = readResults();
const left = differences(before, await traces(endpoint));
// Another suite on the same engine is no fault of this one: only CI, which is alone, insists.
const untidy = left.length > 0 && process.env['CI'] !== undefined;
console.log(
  left.length === 0
    ? 'The engine is as it was before.'
    : `Changed on the engine:\n${left.join('\n')}`,
);
if (error !== undefined) console.log(error);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = error === undefined && failed === 0 && passed > 0 && !untidy ? 0 : 1;

/** The base image of the server in Go takes a minute to make: only for the tests that build it. */
function needsGo() {
  const chosen = process.argv.slice(2);
  return chosen.length === 0 || chosen.some((one) => /integration/.test(one));
}

function readResults() {
  try {
    /** @type {unknown} */
    const results = JSON.parse(readFileSync(RESULTS, 'utf8'));
    const count = (/** @type {string} */ name) => countOf(results, name);
    return {
      passed: count('numPassedTests'),
      failed: count('numFailedTests'),
      skipped: count('numPendingTests') + count('numTodoTests'),
    };
  } catch (cause) {
    console.log(`vitest left no results: ${String(cause)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/**
 * @param {unknown} results
 * @param {string} name
 * @returns {number}
 */
function countOf(results, name) {
  /** @type {unknown} */
  const value =
    typeof results === 'object' && results !== null ? Reflect.get(results, name) : undefined;
  if (typeof value !== 'number') throw new Error(`${name} is missing`);
  return value;
}

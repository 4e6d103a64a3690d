import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../engine/commands.mjs';
import { messageOf } from '../engine/errors.mjs';
import { readIfThere } from '../engine/files.mjs';
import { parseJson, textAt, valueAt } from '../engine/json.mjs';
import { bin, root } from '../support/project.mjs';
import { DOCKER_SUITES, INTEGRATION_SUITES } from './catalog.mjs';

/**
 * What the tests said of one engine.
 *
 * @typedef {object} Verdict
 * @property {string[]} passed full names
 * @property {string[]} failed full names
 * @property {number} skipped
 */

/** What a contract suite imports when it runs on a real engine, not on the scripted one. */
const ON_REAL_ENGINE = './real-engine.js';
const CONTRACT = 'tests/contract';

/** These would lead the tests, or git and ssh in them, to another engine. */
const OTHER_ENGINES = ['DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'];

/**
 * Runs the suites on the engine at `dockerHost`.
 *
 * @param {import('./catalog.mjs').MatrixEngine} engine
 * @param {string} dockerHost
 * @param {string} results the file for vitest's report
 * @param {import('../engine/steps.mjs').Log} say
 * @returns {Promise<Verdict>}
 */
export async function runSuites(engine, dockerHost, results, say) {
  rmSync(results, { force: true });
  const projects = ['--project', 'contract', '--project', 'integration'];
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const argv = [bin('vitest'), 'run', ...projects, ...report, ...suites(engine)];
  /** @type {NodeJS.ProcessEnv} */
  const env = { DOCKER_HOST: dockerHost };
  for (const name of OTHER_ENGINES) env[name] = undefined;
  const error = await run(argv, { cwd: root, env, onLine: say }).then(() => '', messageOf);
  const written = readIfThere(results);
  if (written === '') throw new Error(`vitest left no results.\n${error}`);
  return verdictOf(parseJson(written));
}

/**
 * @param {import('./catalog.mjs').MatrixEngine} engine
 * @returns {string[]}
 */
function suites({ program }) {
  const contract = readdirSync(join(root, CONTRACT))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${CONTRACT}/${name}`)
    .filter((file) => readFileSync(join(root, file), 'utf8').includes(ON_REAL_ENGINE));
  const all = [...contract, ...INTEGRATION_SUITES];
  return program === 'podman' ? all.filter((file) => !DOCKER_SUITES.includes(file)) : all;
}

/**
 * @param {unknown} report
 * @returns {Verdict}
 */
function verdictOf(report) {
  const files = listAt(report, 'testResults');
  const tests = files.flatMap((file) => listAt(file, 'assertionResults'));
  const named = (/** @type {string} */ status) =>
    tests
      .filter((test) => textAt(test, 'status') === status)
      .map((test) => textAt(test, 'fullName'));
  // A file that cannot even be loaded has no tests, and must not count as nothing.
  const broken = files
    .filter((file) => textAt(file, 'status') === 'failed')
    .filter((file) => listAt(file, 'assertionResults').length === 0)
    .map((file) => `${textAt(file, 'name')}: ${textAt(file, 'message')}`);
  const [passed, failed] = [named('passed'), [...named('failed'), ...broken]];
  return { passed, failed, skipped: tests.length - passed.length - named('failed').length };
}

/**
 * @param {unknown} value
 * @param {string} key
 * @returns {unknown[]}
 */
function listAt(value, key) {
  const found = valueAt(value, key);
  return Array.isArray(found) ? found : [];
}

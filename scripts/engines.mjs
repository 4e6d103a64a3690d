/**
 * `npm run test:engines`: the contract suites, and some integration suites, on other versions of
 * Docker and on Podman, each from its Debian suite and in namespaces of its own.
 * `npm run test:engines -- docker-28.5 podman-5.4` takes only these. Needs root or sudo on Debian
 * or Ubuntu.
 *
 * Exit code 0: each engine did what is expected of it; 1: one did not; 2: not like this.
 */
import { dirname, join } from 'node:path';
import { withCleanup } from './engine/cleanup.mjs';
import { pull } from './engine/docker-hub.mjs';
import { engineVersion } from './engine/engine-api.mjs';
import { messageOf } from './engine/errors.mjs';
import { engineUp } from './engine/index.mjs';
import { withLock } from './engine/lock.mjs';
import { ensurePrograms, IMAGE_PROGRAMS } from './engine/packages.mjs';
import { enginePaths } from './engine/paths.mjs';
import { createSteps } from './engine/steps.mjs';
import { ENGINES, IMAGES } from './engines/catalog.mjs';
import { startIsolated, stopIsolated } from './engines/isolated-engine.mjs';
import { ensureMirror } from './engines/mirror.mjs';
import { isAsExpected, matrix } from './engines/report.mjs';
import { ensureRootFolder } from './engines/root-folder.mjs';
import { runSuites } from './engines/suites.mjs';
import { install, requireNode } from './support/project.mjs';

/**
 * @typedef {import('./engines/catalog.mjs').MatrixEngine} MatrixEngine
 * @typedef {import('./engines/report.mjs').Row} Row
 */

/** Beside the private engine's folder: what is unpacked there stays for the next time. */
const HOME = join(dirname(enginePaths().home), 'engines');

const steps = createSteps(console.log);
const names = process.argv.slice(2);
const unknown = names.filter((name) => !ENGINES.some((engine) => engine.name === name));
if (unknown.length > 0) {
  console.error(`There is no engine ${unknown.join(', ')}.`);
  console.error(`Usage: npm run test:engines [-- NAME...], of: ${known()}`);
  process.exitCode = 2;
} else {
  process.exitCode = await withLock(join(HOME, 'lock'), steps.note, main);
}

async function main() {
  requireNode();
  await install();
  const source = await engineUp({ steps });
  await ensurePrograms(IMAGE_PROGRAMS, steps);
  const registry = await ensureMirror(source, steps);
  /** @type {Row[]} */
  const rows = [];
  for (const engine of ENGINES) {
    if (names.length > 0 && !names.includes(engine.name)) continue;
    rows.push(await rowOf(engine, registry));
  }
  console.log(`\n${matrix(rows)}`);
  return rows.every(isAsExpected) ? 0 : 1;
}

/**
 * @param {MatrixEngine} engine
 * @param {{ address: string, config: string }} registry
 * @returns {Promise<Row>} also when the engine cannot even be started: the others are still tested
 */
async function rowOf(engine, registry) {
  const row = { engine, version: '-', apiVersion: '-', verdict: null, error: '' };
  const state = join(HOME, engine.name);
  const root = join(HOME, 'roots', engine.suite);
  try {
    await ensureRootFolder(engine.suite, root, steps);
    return await withCleanup(
      async () => {
        const endpoint = await steps.step(`Starting ${engine.name}`, () =>
          startIsolated(engine, { root, state, registry }),
        );
        Object.assign(row, await engineVersion(endpoint));
        for (const image of IMAGES) await pull(endpoint, image, () => {});
        const verdict = await steps.step(`Testing ${engine.name} (${row.version})`, (say) =>
          runSuites(engine, endpoint.dockerHost, join(state, 'results.json'), say),
        );
        return { ...row, verdict };
      },
      () => stopIsolated(engine, state),
    );
  } catch (error) {
    return { ...row, error: messageOf(error) };
  }
}

/** @returns {string} */
function known() {
  return ENGINES.map((engine) => engine.name).join(', ');
}

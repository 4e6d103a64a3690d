import { existsSync } from 'node:fs';
import { imagesOnRequest } from './catalog.mjs';
import { mirrorOfRunning, startEngine, stopEngine } from './daemon.mjs';
import { isDockerHubReachable } from './docker-hub.mjs';
import { findEngine } from './find.mjs';
import { ensureImages } from './images.mjs';
import { withLock } from './lock.mjs';
import { assertPrivateEnginePossible, ENGINE_PROGRAMS, ensurePrograms } from './packages.mjs';
import { IMAGE_PROGRAMS, REGISTRY_PROGRAMS } from './packages.mjs';
import { assertSocketPathsFit, enginePaths } from './paths.mjs';
import { removeRecord, writeRecord } from './record.mjs';
import { startRegistry, stopRegistry } from './registry.mjs';
import { createSteps } from './steps.mjs';

export { engineStatus } from './status.mjs';

/**
 * What other scripts call to have an engine: see engineUp.
 *
 * @typedef {import('./record.mjs').EngineRecord} EngineRecord
 * @typedef {import('./paths.mjs').EnginePaths} EnginePaths
 * @typedef {import('./steps.mjs').Steps} Steps
 * @typedef {object} EngineOptions
 * @property {import('./steps.mjs').Log} [log] gets each line of progress
 * @property {Steps} [steps] instead of `log`, for a terminal
 * @property {NodeJS.ProcessEnv} [env]
 *
 * @typedef {import('./catalog.mjs').CatalogImage[]} CatalogImages
 */

/**
 * Finds an engine, or starts a private one, and makes sure that it has the images of the catalog.
 * Takes a fraction of a second when all of that is so.
 *
 * @param {EngineOptions & { images?: string[] }} [options] `images`: what else to make available,
 *   as imagesOnRequest takes it
 * @returns {Promise<EngineRecord>}
 * @throws {import('./errors.mjs').EngineSetupError} with what to do about it
 */
export async function engineUp(options = {}) {
  const { log = () => {}, steps = createSteps(log), env = process.env } = options;
  const onRequest = imagesOnRequest(options.images ?? []);
  const paths = enginePaths(env);
  return withLock(paths.lock, steps.note, async () => {
    const found = await findEngine(paths, env);
    const record = await (found && !found.private
      ? useEngine(found, onRequest, steps)
      : startPrivateEngine(paths, { running: found !== null, onRequest }, steps));
    writeRecord(paths, record);
    return record;
  });
}

/**
 * Ends the private engine, its containers and the registry, and waits until they are gone. What it
 * stored stays. An engine that was only found is left alone.
 *
 * @param {EngineOptions} [options]
 * @returns {Promise<{ name: string, pid: number }[]>} what was ended
 */
export function engineDown({ log = () => {}, steps = createSteps(log), env = process.env } = {}) {
  const paths = enginePaths(env);
  return withLock(paths.lock, steps.note, () =>
    steps.step('Ending the private Docker engine and its registry', async () => {
      const ended = await stopEngine(paths);
      const registry = await stopRegistry(paths);
      removeRecord(paths);
      return registry === null ? ended : [...ended, { name: 'docker-registry', pid: registry }];
    }),
  );
}

/**
 * Starts the registry on loopback alone, for tests beside an engine that is not ours. `engineDown`
 * ends it.
 *
 * @param {EngineOptions} [options]
 * @returns {Promise<string>} host:port
 */
export function registryUp({ log = () => {}, steps = createSteps(log), env = process.env } = {}) {
  const paths = enginePaths(env);
  return withLock(paths.lock, steps.note, async () => {
    await ensurePrograms(REGISTRY_PROGRAMS, steps);
    return startRegistry(paths, mirrorOfRunning(paths) ?? null);
  });
}

/**
 * @param {import('./find.mjs').FoundEngine} found
 * @param {CatalogImages} onRequest
 * @param {Steps} steps
 * @returns {Promise<EngineRecord>}
 */
async function useEngine(found, onRequest, steps) {
  const images = await ensureImages(found, null, steps, onRequest);
  return { ...found, images, registry: null };
}

/**
 * @param {EnginePaths} paths
 * @param {{ running: boolean, onRequest: CatalogImages }} state
 * @param {Steps} steps
 * @returns {Promise<EngineRecord>}
 */
async function startPrivateEngine(paths, { running, onRequest }, steps) {
  assertSocketPathsFit(paths);
  if (!running) assertPrivateEnginePossible();
  const registry = await startMirror(paths, steps);
  if (!running) {
    await ensurePrograms(ENGINE_PROGRAMS, steps);
    await steps.step(`Starting a private Docker engine in ${paths.home}`, () =>
      startEngine(paths, registry),
    );
  }
  const endpoint = { dockerHost: paths.endpoint };
  const images = await ensureImages(endpoint, registry, steps, onRequest);
  return { ...endpoint, images, registry, private: true };
}

/**
 * @param {EnginePaths} paths
 * @param {Steps} steps
 * @returns {Promise<string | null>} the address of the mirror, null where Docker Hub needs none
 */
async function startMirror(paths, steps) {
  const required = mirrorOfRunning(paths);
  if (required === null) return null;
  const usedBefore = required !== undefined || existsSync(paths.registryRoot);
  if (!usedBefore && (await isDockerHubReachable())) return null;
  // With everything that will be needed: one run of apt is faster than three.
  await ensurePrograms([...ENGINE_PROGRAMS, ...REGISTRY_PROGRAMS, ...IMAGE_PROGRAMS], steps);
  return startRegistry(paths, required ?? null);
}

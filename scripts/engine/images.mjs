import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOG, references } from './catalog.mjs';
import { isDockerHubReachable, pull } from './docker-hub.mjs';
import { callForMessages, inspectImage, tagImage, untagImage } from './engine-api.mjs';
import { ensurePrograms, IMAGE_PROGRAMS } from './packages.mjs';
import { registryHas } from './registry.mjs';
import { isStandIn } from './stand-ins/kit.mjs';
import { withTemporaryFolder } from './temporary.mjs';

/**
 * @typedef {import('./engine-api.mjs').Endpoint} Endpoint
 * @typedef {import('./steps.mjs').Steps} Steps
 * @typedef {import('./catalog.mjs').CatalogImage} CatalogImage
 *
 * @typedef {object} ImageState
 * @property {string} reference
 * @property {boolean} inEngine
 * @property {boolean} standIn
 * @property {boolean | null} inMirror null when there is no mirror
 */

/**
 * @param {Endpoint} endpoint
 * @param {string | null} mirror
 * @param {CatalogImage[]} [images]
 * @returns {Promise<ImageState[]>} each image under each of its names
 */
export function imageStates(endpoint, mirror, images = CATALOG) {
  const all = images.flatMap(references);
  return Promise.all(all.map((reference) => imageState(endpoint, mirror, reference)));
}

/**
 * Makes every image of the catalog available: pulled from Docker Hub where that can be reached,
 * else as a stand-in. What is there already stays as it is.
 *
 * @param {Endpoint} endpoint
 * @param {string | null} mirror
 * @param {Steps} steps
 * @param {CatalogImage[]} [onRequest] more images to make available
 * @returns {Promise<'docker-hub' | 'stand-ins'>} what the images are now
 */
export async function ensureImages(endpoint, mirror, steps, onRequest = []) {
  const images = [...CATALOG, ...onRequest];
  const before = await imageStates(endpoint, mirror, images);
  const missing = before.filter(({ inEngine, inMirror }) => !inEngine && !inMirror);
  if (missing.length > 0) {
    if (await isDockerHubReachable()) await pullAll(endpoint, missing, steps);
    else await makeStandIns(endpoint, images, missing, steps);
  }
  if (mirror) await shareThroughMirror(endpoint, mirror, images, steps);
  const after = await imageStates(endpoint, mirror, images);
  return after.some(({ standIn }) => standIn) ? 'stand-ins' : 'docker-hub';
}

/**
 * @param {Endpoint} endpoint
 * @param {ImageState[]} missing
 * @param {Steps} steps
 */
async function pullAll(endpoint, missing, steps) {
  for (const { reference } of missing) {
    await steps.step(`Pulling ${reference} from Docker Hub`, (say) =>
      pull(endpoint, reference, say),
    );
  }
}

/**
 * @param {Endpoint} endpoint
 * @param {CatalogImage[]} images
 * @param {ImageState[]} missing
 * @param {Steps} steps
 */
async function makeStandIns(endpoint, images, missing, steps) {
  steps.note('Docker Hub cannot be reached: making stand-ins for its images from Debian and npm.');
  await ensurePrograms(IMAGE_PROGRAMS, steps);
  const names = new Set(missing.map(({ reference }) => reference));
  await withTemporaryFolder(async (folder) => {
    /** @type {Map<string, Promise<void>>} */
    const made = new Map();
    for (const image of images) {
      const first = references(image)[0] ?? '';
      if (!references(image).some((reference) => names.has(reference))) continue;
      const base = made.get(image.base ?? '') ?? Promise.resolve();
      made.set(
        first,
        base.then(() => makeStandIn(endpoint, image, folder, steps)),
      );
    }
    await Promise.all(made.values());
  });
}

/**
 * @param {Endpoint} endpoint
 * @param {CatalogImage} image
 * @param {string} parent
 * @param {Steps} steps
 */
async function makeStandIn(endpoint, image, parent, steps) {
  const [first = '', ...others] = references(image);
  const folder = join(parent, first.replace(':', '-'));
  mkdirSync(folder);
  await steps.step(`Making a stand-in for ${first}`, async (say) => {
    await image.make({ endpoint, folder, say }, first);
    for (const other of others) {
      const [name = '', tag = ''] = other.split(':');
      await tagImage(endpoint, first, name, tag);
    }
  });
}

/**
 * Brings mirror and engine to the same state: what was made is pushed, and what the engine lacks
 * (or has only as made, without the digest that a pull records) is pulled as anybody would.
 *
 * @param {Endpoint} endpoint
 * @param {string} mirror
 * @param {CatalogImage[]} images
 * @param {Steps} steps
 */
async function shareThroughMirror(endpoint, mirror, images, steps) {
  const states = await imageStates(endpoint, mirror, images);
  const unshared = states.filter(({ inEngine, inMirror }) => !inEngine || !inMirror);
  if (unshared.length === 0) return;
  await steps.step('Sharing the images through the mirror on loopback', async (say) => {
    const share = async (/** @type {ImageState} */ { reference, inMirror }) => {
      if (!inMirror) await push(endpoint, mirror, reference, say);
      await pull(endpoint, reference, say);
    };
    await Promise.all(unshared.map(share));
  });
}

/**
 * @param {Endpoint} endpoint
 * @param {string} mirror
 * @param {string} reference
 * @param {import('./steps.mjs').Log} say
 */
export async function push(endpoint, mirror, reference, say) {
  const [image = '', tag = ''] = reference.split(':');
  // A mirror is asked for Docker Hub's full names, and official images are under library/.
  const name = `${mirror}/library/${image}`;
  await tagImage(endpoint, reference, name, tag);
  // The engine insists on the header, also for a registry without accounts.
  const headers = { 'X-Registry-Auth': Buffer.from('{}').toString('base64url') };
  try {
    await callForMessages(endpoint, `/images/${name}/push`, { query: { tag }, headers }, say);
  } finally {
    await untagImage(endpoint, `${name}:${tag}`);
  }
}

/**
 * @param {Endpoint} endpoint
 * @param {string | null} mirror
 * @param {string} reference
 * @returns {Promise<ImageState>}
 */
async function imageState(endpoint, mirror, reference) {
  const [name = '', tag = ''] = reference.split(':');
  const [image, inMirror] = await Promise.all([
    inspectImage(endpoint, reference),
    mirror ? registryHas(mirror, name, tag) : null,
  ]);
  return { reference, inEngine: image !== null, standIn: isStandIn(image), inMirror };
}

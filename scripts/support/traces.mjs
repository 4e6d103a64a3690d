/**
 * What a test run could leave behind, as lines that can be compared: containers, images, volumes
 * and networks of the engine, and our folders for temporary files.
 */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { call, text } from '../engine/engine-api.mjs';
import { parseJson, textAt, valueAt } from '../engine/json.mjs';

/**
 * @param {import('../engine/engine-api.mjs').Endpoint} endpoint
 * @returns {Promise<string[]>}
 */
export async function traces(endpoint) {
  const [containers, images, volumes, networks] = await Promise.all([
    listed(endpoint, '/containers/json?all=1'),
    listed(endpoint, '/images/json'),
    listed(endpoint, '/volumes', 'Volumes'),
    listed(endpoint, '/networks'),
  ]);
  return [
    ...containers.map((one) => `container ${textAt(one, 'Id')}`),
    ...images.map(
      (one) => `image ${textAt(one, 'Id')} ${JSON.stringify(valueAt(one, 'RepoTags'))}`,
    ),
    ...volumes.map((one) => `volume ${textAt(one, 'Name')}`),
    ...networks.map((one) => `network ${textAt(one, 'Name')}`),
    ...temporaryFolders().map((name) => `temporary folder ${name}`),
  ].sort();
}

function temporaryFolders() {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('slipway-'));
}

/**
 * @param {import('../engine/engine-api.mjs').Endpoint} endpoint
 * @param {string} path
 * @param {string} [member] where the list is, when it is not the answer itself
 * @returns {Promise<unknown[]>}
 */
async function listed(endpoint, path, member) {
  const reply = parseJson(await text(await call(endpoint, 'GET', path)));
  const list = member === undefined ? reply : valueAt(reply, member);
  /** @type {unknown[]} */
  const found = Array.isArray(list) ? list : [];
  return found;
}

/**
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {string[]} what is new, with `+`, and what is gone, with `-`
 */
export function differences(before, after) {
  const added = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`);
  const removed = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  return [...added, ...removed];
}

/** What is on the engine, seen without any code of Slipway's; and the removal of what the bench made. */
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { call, callForMessages, text } from '../../scripts/engine/engine-api.mjs';
import { parseJson, textAt, valueAt } from '../../scripts/engine/json.mjs';

/**
 * @typedef {import('../../scripts/engine/engine-api.mjs').Endpoint} Endpoint
 */

/**
 * Containers with a label, in whatever state. A container has the labels of its image.
 *
 * @param {Endpoint} endpoint
 * @param {string} label `name=value`
 * @returns {Promise<{ id: string, state: string }[]>}
 */
export async function containersWith(endpoint, label) {
  const query = { all: 'true', filters: JSON.stringify({ label: [label] }) };
  const list = parseJson(await text(await call(endpoint, 'GET', '/containers/json', { query })));
  return asList(list).map((one) => ({ id: textAt(one, 'Id'), state: textAt(one, 'State') }));
}

/**
 * @param {Endpoint} endpoint
 * @param {string} id
 * @param {'json' | 'stats'} what
 * @returns {Promise<unknown>}
 */
export async function containerFacts(endpoint, id, what) {
  const query = { stream: 'false' };
  return parseJson(await text(await call(endpoint, 'GET', `/containers/${id}/${what}`, { query })));
}

/**
 * Another name for the files of an image, with labels and a command of its own: what is made from
 * it, by whomever, is found by the labels.
 *
 * @param {Endpoint} endpoint
 * @param {{ tag: string, base: string, labels: Record<string, string>, command: readonly string[] }} image
 */
export async function deriveImage(endpoint, { tag, base, labels, command }) {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const lines = [`FROM ${base}`, `LABEL ${pairs.join(' ')}`, `CMD ${JSON.stringify(command)}`];
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, `${lines.join('\n')}\n`);
  archive.finalize();
  await callForMessages(endpoint, '/build', {
    query: { t: tag, networkmode: 'none', rm: '1', forcerm: '1' },
    headers: { 'Content-Type': 'application/x-tar' },
    body: Readable.from(archive),
  });
}

/**
 * Removes every container and image with the label.
 *
 * @param {Endpoint} endpoint
 * @param {string} label
 */
export async function removeAllWith(endpoint, label) {
  for (const { id } of await containersWith(endpoint, label)) {
    await removed(endpoint, `/containers/${id}`, { force: 'true', v: 'true' });
  }
  const query = { filters: JSON.stringify({ label: [label] }) };
  const list = parseJson(await text(await call(endpoint, 'GET', '/images/json', { query })));
  for (const image of asList(list)) {
    await removed(endpoint, `/images/${textAt(image, 'Id')}`, { force: 'true' });
  }
}

/**
 * @param {Endpoint} endpoint
 * @param {string} path
 * @param {Record<string, string>} query
 */
async function removed(endpoint, path, query) {
  const response = await call(endpoint, 'DELETE', path, { query }).catch(
    (/** @type {Error} */ error) => {
      // Somebody else was quicker, or is at it.
      if (!/with (?:404|409)/.test(error.message)) throw error;
    },
  );
  response?.resume();
}

/**
 * @param {unknown} value
 * @returns {unknown[]}
 */
function asList(value) {
  return Array.isArray(value) ? value : [];
}

/**
 * @param {unknown} value
 * @param {...string} keys
 * @returns {number}
 */
export function numberAt(value, ...keys) {
  const found = valueAt(value, ...keys);
  if (typeof found === 'number') return found;
  throw new Error(`the engine's answer has no number ${keys.join('.')}`);
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInto } from '../commands.mjs';
import { callForMessages } from '../engine-api.mjs';
import { textAt } from '../json.mjs';

/**
 * What every recipe works with.
 *
 * @typedef {object} Kit
 * @property {import('../engine-api.mjs').Endpoint} endpoint the engine that gets the image
 * @property {string} folder an empty folder of its own
 * @property {import('../steps.mjs').Log} say the detail that progress shows
 */

/** The label that tells a stand-in from the image whose name it has. */
const TITLE_LABEL = 'org.opencontainers.image.title';
const TITLE_START = 'Slipway stand-in for ';

/** As in the official images; the engine sets none for an image without a base. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * @param {string} reference
 * @returns {string} a Dockerfile line, also usable as a change of an import
 */
export function titleLabel(reference) {
  return `LABEL ${TITLE_LABEL}="${TITLE_START}${reference}"`;
}

/**
 * @param {unknown} image what inspect says of it
 * @returns {boolean}
 */
export function isStandIn(image) {
  return textAt(image, 'Config', 'Labels', TITLE_LABEL).startsWith(TITLE_START);
}

/**
 * Builds an image from a folder with the engine's classic builder, the one that every engine has
 * and that needs no session.
 *
 * @param {Kit} kit
 * @param {string} context
 * @param {string} reference
 * @param {string[]} dockerfile
 */
export async function build({ endpoint, say }, context, reference, dockerfile) {
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
  const query = { t: reference, networkmode: 'none', rm: '1', forcerm: '1' };
  const headers = { 'Content-Type': 'application/x-tar' };
  // Whoever made the folder, its files belong to root in the image.
  const tar = ['tar', '--owner=0', '--group=0', '--numeric-owner', '-C', context, '-c', '.'];
  await runInto(tar, (body) => callForMessages(endpoint, '/build', { query, headers, body }, say));
}

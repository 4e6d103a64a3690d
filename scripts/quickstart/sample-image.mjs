/**
 * An image to pull with visible progress. Where the loopback registry runs, one of our own is put
 * into it: 16 MiB that are always the same, so that the registry keeps them once. Elsewhere it is
 * an image of Docker Hub.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { callForMessages, inspectImage, untagImage } from '../engine/engine-api.mjs';

const NAME = 'slipway/quickstart';
const TAG = '1';
const SIZE = 16 * 1024 * 1024;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ reference: string, allow: string[], remove: () => Promise<void> }>}
 */
export async function sampleImage(env) {
  const registry = env['QUICKSTART_REGISTRY'];
  if (registry === undefined) {
    return { reference: 'hello-world:latest', allow: [], remove: async () => undefined };
  }
  const endpoint = { dockerHost: env['DOCKER_HOST'] ?? '' };
  const reference = `${registry}/${NAME}:${TAG}`;
  const remove = async () => {
    if ((await inspectImage(endpoint, reference)) !== null) await untagImage(endpoint, reference);
  };
  await publish(endpoint, registry);
  await remove();
  return { reference, allow: [`${registry}/*/*`], remove };
}

/**
 * @param {import('../engine/engine-api.mjs').Endpoint} endpoint
 * @param {string} registry
 */
async function publish(endpoint, registry) {
  const archive = pack();
  archive.entry({ name: 'data', mtime: new Date(0) }, sameBytes());
  archive.finalize();
  const name = `${registry}/${NAME}`;
  await callForMessages(endpoint, '/images/create', {
    query: { fromSrc: '-', repo: name, tag: TAG },
    headers: { 'Content-Type': 'application/x-tar' },
    body: await buffer(archive),
  });
  // The engine insists on the header, also for a registry without accounts.
  const headers = { 'X-Registry-Auth': Buffer.from('{}').toString('base64url') };
  await callForMessages(endpoint, `/images/${name}/push`, { query: { tag: TAG }, headers });
}

/** Bytes that do not compress, the same ones every time. */
function sameBytes() {
  /** @type {Buffer[]} */
  const blocks = [];
  for (let at = 0, hash = Buffer.alloc(0); at < SIZE; at += 64) {
    hash = createHash('sha512').update(hash).update(String(at)).digest();
    blocks.push(hash);
  }
  return Buffer.concat(blocks);
}

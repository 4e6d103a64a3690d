import https from 'node:https';
import { callForMessages } from './engine-api.mjs';

const V2_ENDPOINT = 'https://registry-1.docker.io/v2/';
const TIMEOUT_MS = 3_000;

/**
 * @returns {Promise<boolean>} whether Docker Hub answers at all; 401 is what it answers strangers
 */
export function isDockerHubReachable() {
  return new Promise((resolve) => {
    const request = https.get(V2_ENDPOINT, (response) => {
      response.resume();
      resolve(true);
    });
    // Not request.setTimeout: a name server that does not answer must count as well.
    const timer = setTimeout(() => request.destroy(new Error('too slow')), TIMEOUT_MS);
    request.once('error', () => resolve(false));
    request.once('close', () => clearTimeout(timer));
  });
}

/**
 * @param {import('./engine-api.mjs').Endpoint} endpoint
 * @param {string} reference
 * @param {import('./steps.mjs').Log} say
 */
export async function pull(endpoint, reference, say) {
  const [fromImage = '', tag = 'latest'] = reference.split(':');
  await callForMessages(endpoint, '/images/create', { query: { fromImage, tag } }, say);
}

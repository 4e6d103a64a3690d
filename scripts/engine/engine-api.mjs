import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { EngineSetupError } from './errors.mjs';
import { parseJson, textAt } from './json.mjs';

/**
 * The few calls of the Docker Engine API that these scripts need, over a Unix socket, a Windows
 * pipe or TCP. No version in the paths: every engine then answers with its own.
 *
 * @typedef {object} Endpoint
 * @property {string} dockerHost as in DOCKER_HOST
 * @property {string} [certPath] folder with ca.pem, cert.pem and key.pem, as in DOCKER_CERT_PATH
 *
 * @typedef {object} CallOptions
 * @property {Record<string, string | string[]>} [query]
 * @property {import('node:stream').Readable | Buffer} [body]
 * @property {Record<string, string>} [headers]
 * @property {number} [timeoutMs] until the head of the answer; none unless given
 */

const PING_TIMEOUT_MS = 2_000;

/**
 * @param {Endpoint} endpoint
 * @param {number} [timeoutMs]
 * @returns {Promise<boolean>} whether a container engine answers there
 */
export async function ping(endpoint, timeoutMs = PING_TIMEOUT_MS) {
  try {
    const response = await send(endpoint, 'GET', '/_ping', { timeoutMs });
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

/**
 * @param {Endpoint} endpoint
 * @returns {Promise<{ version: string, apiVersion: string }>}
 */
export async function engineVersion(endpoint) {
  const response = await call(endpoint, 'GET', '/version');
  const version = parseJson(await text(response));
  return { version: textAt(version, 'Version'), apiVersion: textAt(version, 'ApiVersion') };
}

/**
 * @param {Endpoint} endpoint
 * @param {string} reference
 * @returns {Promise<unknown>} what inspect says; null when the engine has no such image
 */
export async function inspectImage(endpoint, reference) {
  const response = await send(endpoint, 'GET', `/images/${encodeName(reference)}/json`);
  const body = await text(response);
  if (response.statusCode === 404) return null;
  if (response.statusCode !== 200) throw refusal('GET', `/images/${reference}`, response, body);
  return parseJson(body);
}

/**
 * @param {Endpoint} endpoint
 * @param {string} reference
 * @param {string} name the new name, without a tag
 * @param {string} tag
 */
export async function tagImage(endpoint, reference, name, tag) {
  const path = `/images/${encodeName(reference)}/tag`;
  (await call(endpoint, 'POST', path, { query: { repo: name, tag } })).resume();
}

/**
 * Takes a name away from an image; the image itself stays while it has another name.
 *
 * @param {Endpoint} endpoint
 * @param {string} reference
 */
export async function untagImage(endpoint, reference) {
  const path = `/images/${encodeName(reference)}`;
  (await call(endpoint, 'DELETE', path, { query: { noprune: 'true' } })).resume();
}

/**
 * A call whose answer is a stream of JSON messages. A failure arrives as a message inside a
 * stream that began with status 200, so every message is looked at.
 *
 * @param {Endpoint} endpoint
 * @param {string} path
 * @param {CallOptions} options
 * @param {(status: string) => void} [onStatus]
 */
export async function callForMessages(endpoint, path, options, onStatus) {
  const response = await call(endpoint, 'POST', path, options);
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    if (!line.trim()) continue;
    const message = parseJson(line);
    const error = textAt(message, 'error');
    if (error) throw new EngineSetupError(`The engine answered: ${error.trim()}`);
    const parts = ['status', 'stream', 'progress'].map((key) => textAt(message, key).trim());
    onStatus?.(parts.filter(Boolean).join(' '));
  }
}

/**
 * @param {Endpoint} endpoint
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @returns {Promise<http.IncomingMessage>} an answer below 400
 */
export async function call(endpoint, method, path, options = {}) {
  const response = await send(endpoint, method, path, options);
  if ((response.statusCode ?? 500) < 400) return response;
  throw refusal(method, path, response, await text(response));
}

/**
 * @param {Endpoint} endpoint
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @returns {Promise<http.IncomingMessage>}
 */
function send(endpoint, method, path, { query = {}, body, headers = {}, timeoutMs } = {}) {
  const { client, ...where } = connection(endpoint);
  const search = searchOf(query);
  return new Promise((resolve, reject) => {
    const request = client.request({ ...where, method, path: path + search, headers }, resolve);
    const abort = () => request.destroy(new Error(`no answer within ${timeoutMs} ms`));
    const timer = timeoutMs ? setTimeout(abort, timeoutMs) : undefined;
    request.once('close', () => clearTimeout(timer));
    request.once('response', () => clearTimeout(timer));
    request.once('error', (cause) =>
      reject(new EngineSetupError(`${endpoint.dockerHost}: ${cause.message}`, { cause })),
    );
    if (body === undefined || Buffer.isBuffer(body)) request.end(body);
    // The request's own 'error' event reports a failure of the connection.
    else pipeline(body, request).catch(reject);
  });
}

/**
 * @param {Endpoint} endpoint
 * @returns {{ client: typeof http | typeof https } & https.RequestOptions}
 */
function connection({ dockerHost, certPath }) {
  if (dockerHost.startsWith('unix://')) {
    return { client: http, socketPath: dockerHost.slice('unix://'.length) };
  }
  if (dockerHost.startsWith('npipe://')) {
    const pipe = dockerHost.slice('npipe://'.length).replaceAll('/', '\\');
    return { client: http, socketPath: pipe };
  }
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  const where = { host: url.hostname, port: url.port || (certPath ? 2376 : 2375) };
  if (!certPath) return { client: http, ...where };
  const pem = (/** @type {string} */ name) => readFileSync(join(certPath, name));
  return { client: https, ...where, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') };
}

/**
 * @param {Record<string, string | string[]>} query
 * @returns {string}
 */
function searchOf(query) {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value].flat().map((one) => `${key}=${encodeURIComponent(one)}`),
  );
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

/**
 * The slashes of an image name are part of the path.
 *
 * @param {string} reference
 * @returns {string}
 */
function encodeName(reference) {
  return reference.split('/').map(encodeURIComponent).join('/');
}

/**
 * @param {http.IncomingMessage} response
 * @returns {Promise<string>}
 */
export async function text(response) {
  response.setEncoding('utf8');
  let all = '';
  for await (const chunk of response) all += chunk;
  return all;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {http.IncomingMessage} response
 * @param {string} body
 */
function refusal(method, path, response, body) {
  return new EngineSetupError(
    `The engine refused ${method} ${path} with ${response.statusCode}: ${body.trim()}`,
  );
}

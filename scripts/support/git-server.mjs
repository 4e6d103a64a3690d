import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { createBareRepository, gitEnvironment } from './git-repository.mjs';

/**
 * A real Git server on the loopback address: `git http-backend` behind Node's HTTP server, which
 * is how Git is served over "smart HTTP" everywhere. It can also misbehave, in one way at a time.
 *
 * @typedef {import('node:http').IncomingMessage} Request
 * @typedef {import('node:http').ServerResponse} Response
 *
 * @typedef {{ kind: 'status', status: number }
 *   | { kind: 'redirect', to: string }
 *   | { kind: 'stall', afterBytes: number }
 *   | { kind: 'cut', afterBytes: number }
 *   | { kind: 'trickle', bytes: number, everyMs: number }
 *   | { kind: 'flood' }} Fault
 * `status` and `redirect` answer every request; the others are about the reply that carries the
 * objects: it stops, it breaks, it is slow, or it is messages without end.
 *
 * @typedef {import('./git-repository.mjs').RepositoryContent & { path?: string, fault?: Fault | undefined, token?: string }} ServeOptions
 * With a `token`, the repository is private: who does not send it with basic authentication is
 * refused, and told what was sent, as no decent server does.
 *
 * @typedef {object} ServedRepository
 * @property {string} url what to clone
 * @property {string} origin `http://127.0.0.1:port`
 * @property {Record<string, string>} commits branch name to commit id
 * @property {string[]} requests method and path of every request, in order
 * @property {(string | undefined)[]} logins the `Authorization` header of every request, in order
 * @property {Promise<void>} faultReached resolves when a `stall`, `cut`, `trickle` or `flood` begins
 * @property {() => Promise<void>} close
 */

const DEFAULT_PATH = '/owner/repository.git';

/**
 * @param {ServeOptions} options
 * @returns {Promise<ServedRepository>}
 */
export async function serveRepository(options) {
  const repository = await createBareRepository(options);
  const path = options.path ?? DEFAULT_PATH;
  /** @type {string[]} */
  const requests = [];
  /** @type {(string | undefined)[]} */
  const logins = [];
  const fault = observed(options.fault);
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    logins.push(request.headers.authorization);
    if (options.token !== undefined && !isLoggedIn(request, options.token)) {
      return refuseLogin(request, response);
    }
    serve({ request, response, path, folder: repository.folder, fault }).catch(() =>
      response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${portOf(server)}`;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await repository.remove();
  };
  const { commits } = repository;
  const { reached: faultReached } = fault;
  return { url: origin + path, origin, commits, requests, logins, faultReached, close };
}

/**
 * @typedef {{ fault: Fault | undefined, reach: () => void, reached: Promise<void> }} ObservedFault
 * @typedef {object} Exchange
 * @property {Request} request
 * @property {Response} response
 * @property {string} path where the repository is
 * @property {string} folder
 * @property {ObservedFault} fault
 */

/**
 * @param {Fault | undefined} fault
 * @returns {ObservedFault}
 */
function observed(fault) {
  /** @type {() => void} */
  let reach = () => undefined;
  /** @type {Promise<void>} */
  const reached = new Promise((resolve) => (reach = resolve));
  return { fault, reach, reached };
}

/** @param {import('node:http').Server} server */
function portOf(server) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

/** @param {Exchange} exchange */
async function serve(exchange) {
  const { request, response, path, fault } = exchange;
  if (fault.fault?.kind === 'status') return refuse(response, fault.fault.status);
  if (fault.fault?.kind === 'redirect') {
    response.writeHead(301, { location: fault.fault.to + (request.url ?? '') });
    return void response.end();
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (!url.pathname.startsWith(`${path}/`)) return refuse(response, 404);
  const body = await readAll(request);
  const carriesObjects = request.method === 'POST' && !plainBody(request, body).includes('ls-refs');
  await runBackend(exchange, url, { body, fault: carriesObjects ? fault : observed(undefined) });
}

/**
 * @param {Response} response
 * @param {number} status
 */
function refuse(response, status) {
  const ask = status === 401 ? { 'www-authenticate': 'Basic realm="repositories"' } : {};
  response.writeHead(status, ask);
  response.end();
}

/**
 * @param {Request} request
 * @param {Buffer} body
 */
function plainBody(request, body) {
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/**
 * @param {Request} request
 * @param {string} token
 */
function isLoggedIn(request, token) {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
  const [, password] = Buffer.from(credentials, 'base64').toString().split(':');
  return scheme === 'Basic' && password === token;
}

/**
 * Repeats what was sent, encoded and in plain text, where git shows it to its user.
 *
 * @param {Request} request
 * @param {Response} response
 */
function refuseLogin(request, response) {
  const sent = request.headers.authorization ?? '';
  const plain = Buffer.from(sent.replace('Basic ', ''), 'base64').toString();
  response.writeHead(sent === '' ? 401 : 403, {
    'www-authenticate': 'Basic realm="repositories"',
    'content-type': 'text/plain; charset=utf-8',
  });
  response.end(`You sent ${sent}, which is ${plain}\n`);
}

/**
 * Runs `git http-backend`, a CGI program (RFC 3875): the request in environment and stdin, header
 * lines and body of the reply on stdout.
 *
 * @param {Exchange} exchange
 * @param {URL} url
 * @param {{ body: Buffer, fault: ObservedFault }} call
 */
async function runBackend({ request, response, path, folder }, url, { body, fault }) {
  if (fault.fault?.kind === 'flood') return flood(response, fault);
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnvironment(),
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: url.pathname.slice(path.length),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  response.on('close', () => child.kill());
  const reply = await readAll(child.stdout);
  const { status, headers, content } = splitReply(reply);
  response.writeHead(status, headers);
  await send(response, content, fault);
}

/**
 * @param {Buffer} reply
 * @returns {{ status: number, headers: Record<string, string>, content: Buffer }}
 */
function splitReply(reply) {
  const end = reply.indexOf('\r\n\r\n');
  const lines = reply.subarray(0, end).toString().split('\r\n');
  /** @type {Record<string, string>} */
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status = '200', ...rest } = headers;
  return { status: Number.parseInt(status, 10), headers: rest, content: reply.subarray(end + 4) };
}

/**
 * @param {Response} response
 * @param {Buffer} content
 * @param {ObservedFault} observedFault
 */
async function send(response, content, { fault, reach }) {
  if (fault === undefined || !('afterBytes' in fault || fault.kind === 'trickle')) {
    return void response.end(content);
  }
  if (fault.kind === 'trickle') {
    reach();
    return trickle(response, content, fault);
  }
  response.write(content.subarray(0, fault.afterBytes), () => {
    if (fault.kind === 'cut') response.destroy();
    reach();
  });
}

/**
 * @param {Response} response
 * @param {Buffer} content
 * @param {{ bytes: number, everyMs: number }} pace
 */
function trickle(response, content, { bytes, everyMs }) {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(content.subarray(sent, sent + bytes));
    sent += bytes;
    if (sent < content.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}

/**
 * Messages for the user (band 2 of the pack protocol) for as long as somebody reads them.
 *
 * @param {Response} response
 * @param {ObservedFault} observedFault
 */
async function flood(response, { reach }) {
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
  reach();
  await pipeline(Readable.from(endlessMessages()), response);
}

function* endlessMessages() {
  yield packetLine('packfile\n');
  const message = packetLine(`\u0002${'x'.repeat(60_000)}\n`);
  while (true) yield message;
}

/** @param {string} text */
function packetLine(text) {
  return `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
}

/**
 * @param {AsyncIterable<Buffer>} stream
 * @returns {Promise<Buffer>}
 */
async function readAll(stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

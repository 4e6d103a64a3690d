/**
 * A program of its own: the guardian. It waits until the process that started it is gone (its
 * stdin ends, however that process died) and removes what that process had made on an engine, and
 * its temporary folders.
 *
 * It is written in JavaScript, with nothing but Node, because it has to run from the sources and
 * from the package, start fast and stay small. One JSON message a line comes in on stdin:
 *
 *   { op: 'engine', id, connection }                        where an engine is
 *   { op: 'hold', engine, kind, name, signature, made }     about to be made, or made
 *   { op: 'hold', kind: 'folder', name }                    made
 *   { op: 'made', name }                                    it exists
 *   { op: 'release', name }                                 it is gone
 *
 * @typedef {object} Ssh see `SshLogin` of `ssh/ssh-process.ts`
 * @property {string[]} script
 * @property {string[]} command
 * @property {Record<string, string>} env
 *
 * @typedef {object} Connection
 * @property {string} [socketPath]
 * @property {string} [host]
 * @property {number} [port]
 * @property {Ssh} [ssh]
 * @property {{ ca?: string, cert?: string, key?: string, verify: boolean }} [tls] PEM
 *
 * @typedef {{ kind: 'folder', name: string }} Folder an absolute path
 *
 * @typedef {object} Held
 * @property {number} engine
 * @property {'container' | 'image'} kind
 * @property {string} name in the form that goes into a path
 * @property {string} signature the label that only the thing we mean has
 * @property {boolean} made it was seen to exist; until then it can still appear
 *
 * @typedef {{ op: 'engine', id: number, connection: Connection }
 *   | ({ op: 'hold' } & (Held | Folder))
 *   | { op: 'made' | 'release', name: string }} Message
 */

const SIGNATURE = 'io.slipway.signature';

/** An engine that restarts is back by then, and a request that was under way is carried out. */
const GIVE_UP_MS = 30_000;
const REQUEST_MS = 10_000;
/** As long as our parent gave a login. */
const LOGIN_MS = 25_000;
/** A host that refuses a login is not to be asked again and again. */
const NEXT_LOGIN_MS = 10_000;
/** Quick at first: usually the engine is there, and only a request is still under way. */
const QUICK_ROUNDS = 8;
const QUICK_MS = 250;
const SLOW_MS = 1000;

/** @type {Map<number, Connection>} */
const engines = new Map();
/** @type {Map<string, Held>} */
const held = new Map();
/** @type {Set<string>} */
const folders = new Set();
/** Sockets that lead to engines behind ssh, and how each is ended. @type {Map<Ssh, Tunnel>} */
const tunnels = new Map();
/** @typedef {{ socketPath: Promise<string>, end: () => void }} Tunnel */

/** @param {string} line */
function read(line) {
  /** @type {unknown} */
  const message = JSON.parse(line);
  if (!isMessage(message)) return;
  if (message.op === 'engine') engines.set(message.id, message.connection);
  else if (message.op === 'hold') hold(message);
  else if (message.op === 'release') {
    held.delete(message.name);
    folders.delete(message.name);
  } else {
    const thing = held.get(message.name);
    if (thing) thing.made = true;
  }
}

/** @param {Held | Folder} thing */
function hold(thing) {
  if (thing.kind === 'folder') folders.add(thing.name);
  else held.set(thing.name, thing);
}

/**
 * @param {unknown} value
 * @returns {value is Message}
 */
function isMessage(value) {
  return typeof value === 'object' && value !== null && 'op' in value;
}

/** A git that is ended at the same time may still write into them. */
async function removeFolders() {
  if (folders.size === 0) return;
  const { rm } = await import('node:fs/promises');
  const how = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  await Promise.all([...folders].map((folder) => rm(folder, how).catch(() => undefined)));
}

async function removeHeld() {
  const giveUp = performance.now() + GIVE_UP_MS;
  for (let round = 0; held.size > 0 && performance.now() < giveUp; round += 1) {
    if (round > 0) await pause(round < QUICK_ROUNDS ? QUICK_MS : SLOW_MS);
    // An image can only be removed once no container uses it.
    await removeAll('container');
    await removeAll('image');
  }
  for (const { end } of tunnels.values()) end();
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** @param {Held['kind']} kind */
async function removeAll(kind) {
  const things = [...held.values()].filter((thing) => thing.kind === kind);
  await Promise.all(
    things.map(async (thing) => {
      const gone = await remove(thing).catch(() => false);
      if (gone) held.delete(thing.name);
    }),
  );
}

/**
 * @param {Held} thing
 * @returns {Promise<boolean>} whether there is nothing more to do
 */
async function remove(thing) {
  const path = `/${thing.kind}s/${thing.name}`;
  const found = await ask(thing, 'GET', `${path}/json`);
  if (found.status === 404) return thing.made;
  if (found.status !== 200) return false;
  /** @type {unknown} */
  const facts = JSON.parse(found.body);
  // Somebody else's thing under this name is not ours to touch.
  if (valueAt(facts, ['Config', 'Labels', SIGNATURE]) !== thing.signature) return true;
  thing.made = true;
  const id = String(valueAt(facts, ['Id']));
  const target = thing.kind === 'image' ? path : `/containers/${id}?force=true&v=true`;
  const { status } = await ask(thing, 'DELETE', target);
  return status < 300 || status === 404;
}

/**
 * @param {unknown} value
 * @param {readonly string[]} keys
 * @returns {unknown}
 */
function valueAt(value, keys) {
  const [key, ...more] = keys;
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return valueAt(Reflect.get(value, key), more);
}

/**
 * @param {Held} thing
 * @param {string} method
 * @param {string} path
 * @returns {Promise<{ status: number, body: string }>}
 */
async function ask({ engine }, method, path) {
  const connection = engines.get(engine);
  if (!connection) throw new Error('an engine we were not told of');
  const { tls, ssh, ...address } = connection;
  const tunnel = ssh ? (tunnels.get(ssh) ?? (await openTunnel(ssh))) : undefined;
  const place = tunnel ? { socketPath: await tunnel.socketPath } : address;
  // Loaded only now: until the end, this program is nothing but a list in memory.
  const { request } = tls ? await import('node:https') : await import('node:http');
  const { verify = true, ...material } = tls ?? {};
  const signal = AbortSignal.timeout(REQUEST_MS);
  const options = { ...place, ...material, rejectUnauthorized: verify, agent: false, signal };
  return new Promise((resolve, reject) => {
    const call = request({ ...options, method, path }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => (body += text));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

/**
 * Logs in, as our parent did: its ssh ended with it.
 *
 * @param {Ssh} ssh
 * @returns {Promise<Tunnel>}
 */
async function openTunnel(ssh) {
  const [{ spawn }, { mkdtempSync }, { tmpdir }] = await Promise.all([
    import('node:child_process'),
    import('node:fs'),
    import('node:os'),
  ]);
  // Others of the same engine may have been here meanwhile.
  const known = tunnels.get(ssh);
  if (known) return known;
  const folder = mkdtempSync(`${tmpdir()}/slipway-ssh-${process.pid}-`);
  const child = spawn('/bin/sh', [...ssh.script, folder, ...ssh.command], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: ssh.env,
  });
  const end = () => void child.stdin.end();
  const late = setTimeout(end, LOGIN_MS);
  /** @type {Promise<string>} */
  const socketPath = new Promise((resolve, reject) => {
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      told += text;
      if (!/^slipway-socket ready /m.test(told)) return;
      clearTimeout(late);
      resolve(`${folder}/engine.sock`);
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(late);
      setTimeout(() => tunnels.delete(ssh), NEXT_LOGIN_MS).unref();
      reject(new Error('ssh ended'));
    });
  });
  child.stdin.on('error', () => undefined);
  const tunnel = { socketPath, end };
  tunnels.set(ssh, tunnel);
  return tunnel;
}

// Whoever ends a whole group of processes ends our parent as well, and then we are needed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) read(line);
});
process.stdin.on('error', () => process.stdin.destroy());
process.stdin.on('close', () => {
  void removeFolders();
  void removeHeld();
});

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asRoot, run } from '../engine/commands.mjs';
import { ping } from '../engine/engine-api.mjs';
import { writeWithFolder } from '../engine/files.mjs';
import { startDaemon, stopDaemon } from '../engine/processes.mjs';

/**
 * An engine in namespaces of its own, with an unpacked Debian as its root. Its state folder has
 * the same path inside and outside, so its socket can be reached from outside. It never sees the
 * host's network: two engines there take each other's bridge and rules.
 *
 * @typedef {import('./catalog.mjs').MatrixEngine} MatrixEngine
 * @typedef {import('../engine/processes.mjs').Daemon} Daemon
 * @typedef {object} Place
 * @property {string} root the unpacked Debian
 * @property {string} state
 * @property {{ address: string, config: string }} registry the one whose images it can pull
 */

const IN_NAMESPACES = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child'];

/**
 * The first process of the namespaces: when it ends, all others are ended and all mounts are gone.
 * It waits instead of becoming the engine because it has to reap what containers leave behind.
 */
const FIRST_PROCESS = `
set -eu
root=$1 state=$2 registry=$3
shift 3
# A container makes "/" private first, for which it has to be a mount.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root$state"
mount --bind "$state" "$root$state"
chroot "$root" ip link set lo up
# There is no way out of this network: the registry has to run inside, on the same files.
docker-registry serve "$registry" &
chroot "$root" "$@" &
wait $!
`;

/**
 * @param {MatrixEngine} engine
 * @param {Place} place
 * @returns {Promise<import('../engine/engine-api.mjs').Endpoint>}
 */
export async function startIsolated({ program }, place) {
  const { root, state, registry } = place;
  await removeData(state);
  mkdirSync(state, { recursive: true });
  const command = program === 'podman' ? podman(place) : dockerd(place);
  const first = ['sh', '-c', FIRST_PROCESS, 'sh', root, state, registry.config];
  const endpoint = { dockerHost: `unix://${socketIn(state)}` };
  await startDaemon(
    daemonOf(program, state),
    [...IN_NAMESPACES, ...first, ...command],
    async () => {
      await openSocket(socketIn(state));
      return ping(endpoint);
    },
  );
  return endpoint;
}

/**
 * Ends the engine and with it everything that it started and mounted.
 *
 * @param {MatrixEngine} engine
 * @param {string} state
 */
export async function stopIsolated({ program }, state) {
  await stopDaemon(daemonOf(program, state));
  // It ends by itself after the engine; this waits for that.
  await stopDaemon(daemonOf('unshare', state));
  await removeData(state);
}

/**
 * @param {Place} place
 * @returns {string[]}
 */
function dockerd({ state, registry }) {
  const argv = ['dockerd', '--host', `unix://${socketIn(state)}`, '--data-root', dataIn(state)];
  argv.push('--pidfile', '/run/dockerd.pid', '--registry-mirror', `http://${registry.address}`);
  // There is nothing to forward to, and not every kernel has the rules of every version.
  argv.push('--iptables=false', '--ip6tables=false');
  return argv;
}

/**
 * @param {Place} place
 * @returns {string[]}
 */
function podman({ state, registry }) {
  const config = join(state, 'containers.conf');
  const registries = join(state, 'registries.conf');
  // Not crun, which refuses a machine with both versions of cgroups.
  const engine = ['runtime = "runc"', 'cgroup_manager = "cgroupfs"', 'events_logger = "file"'];
  // Its own defaults are more than some machines permit.
  const containers = ['default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]'];
  const lines = ['[containers]', ...containers, '[engine]', ...engine, ''];
  writeWithFolder(config, lines.join('\n'));
  writeWithFolder(registries, registriesOf(registry.address));
  const environment = [`CONTAINERS_CONF=${config}`, `CONTAINERS_REGISTRIES_CONF=${registries}`];
  const argv = ['podman', '--root', dataIn(state), '--runroot', '/run/podman'];
  argv.push('system', 'service', '--time', '0', `unix://${socketIn(state)}`);
  return ['env', ...environment, ...argv];
}

/**
 * @param {string} mirror
 * @returns {string} TOML; JSON strings are TOML strings
 */
function registriesOf(mirror) {
  return [
    'unqualified-search-registries = ["docker.io"]',
    '[[registry]]',
    'location = "docker.io"',
    '[[registry.mirror]]',
    `location = ${JSON.stringify(mirror)}`,
    'insecure = true',
    '',
  ].join('\n');
}

/**
 * @param {string} name of the program
 * @param {string} state
 * @returns {Daemon}
 */
function daemonOf(name, state) {
  const [pidFile, logFile] = [join(state, 'namespaces.pid'), join(state, 'log')];
  return { name, pidFile, logFile, mark: `unix://${socketIn(state)}` };
}

/**
 * The engine runs as root, and whoever started it has to be able to talk to it.
 *
 * @param {string} socket
 */
async function openSocket(socket) {
  const user = process.getuid?.() ?? 0;
  if (user !== 0 && existsSync(socket)) await run(asRoot(['chown', String(user), socket]));
}

/**
 * Every run begins with an empty engine.
 *
 * @param {string} state
 */
async function removeData(state) {
  await run(asRoot(['rm', '-rf', '--one-file-system', dataIn(state), socketIn(state)]));
}

/**
 * @param {string} state
 */
function socketIn(state) {
  return join(state, 'docker.sock');
}

/**
 * @param {string} state
 */
function dataIn(state) {
  return join(state, 'data');
}

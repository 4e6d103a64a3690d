import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { asRoot, findProgram, searchPath } from './commands.mjs';
import { ping } from './engine-api.mjs';
import { writeWithFolder } from './files.mjs';
import { endLeftoverContainers } from './leftovers.mjs';
import { argumentsOf, removePidFile, runningPid } from './processes.mjs';
import { startDaemon, stopDaemon, untilAnswers } from './processes.mjs';

/**
 * The private engine: dockerd with a containerd of its own. dockerd would start one by itself, but
 * only on machines where no other containerd runs; with our own it is the same on all.
 *
 * @typedef {import('./paths.mjs').EnginePaths} EnginePaths
 * @typedef {import('./processes.mjs').Daemon} Daemon
 */

const MIRROR_OPTION = '--registry-mirror';

/**
 * @param {EnginePaths} paths
 * @returns {Daemon}
 */
export function dockerdDaemon(paths) {
  const { dockerdPid: pidFile, dockerdLog: logFile } = paths;
  return { name: 'dockerd', pidFile, logFile, mark: pidFile };
}

/**
 * @param {EnginePaths} paths
 * @returns {Daemon}
 */
export function containerdDaemon(paths) {
  const { containerdPid: pidFile, containerdLog: logFile, containerdConfig: mark } = paths;
  return { name: 'containerd', pidFile, logFile, mark };
}

/**
 * @param {EnginePaths} paths
 * @param {string | null} mirror host:port of the registry to ask before Docker Hub
 */
export async function startEngine(paths, mirror) {
  const containerd = containerdDaemon(paths);
  if (runningPid(containerd) === null) await startContainerd(paths, containerd);
  const dockerd = dockerdDaemon(paths);
  const answers = () => ping({ dockerHost: paths.endpoint });
  if (runningPid(dockerd) !== null) {
    // It runs and did not answer the ping: it is still starting, or stuck.
    return untilAnswers(dockerd, answers);
  }
  await removePidFile(dockerd);
  // A new dockerd ends the containers of a killed one anyway, and waits ten seconds for each.
  await endLeftoverContainers(paths);
  const argv = [findProgram('dockerd') ?? 'dockerd', ...dockerdArguments(paths, mirror)];
  const path = searchPath(iptablesFolder(paths));
  // dockerd writes its pid file itself, and refuses to start when it is already written.
  await startDaemon({ ...dockerd, pidFile: '/dev/null' }, argv, answers, { path });
}

/**
 * @param {EnginePaths} paths
 * @returns {string | null | undefined} the mirror that the running engine was started with, null
 *   when it was started without one, undefined when it does not run
 */
export function mirrorOfRunning(paths) {
  const pid = runningPid(dockerdDaemon(paths));
  if (pid === null) return undefined;
  const argv = argumentsOf(pid);
  const mirror = argv[argv.indexOf(MIRROR_OPTION) + 1];
  return argv.includes(MIRROR_OPTION) && mirror ? mirror.slice('http://'.length) : null;
}

/**
 * @param {EnginePaths} paths
 * @returns {Promise<{ name: string, pid: number }[]>} what was ended
 */
export async function stopEngine(paths) {
  /** @type {{ name: string, pid: number }[]} */
  const ended = [];
  // dockerd first: it stops its containers, for which it needs containerd.
  for (const daemon of [dockerdDaemon(paths), containerdDaemon(paths)]) {
    const pid = await stopDaemon(daemon);
    if (pid !== null) ended.push({ name: daemon.name, pid });
  }
  const leftovers = await endLeftoverContainers(paths);
  return [...ended, ...leftovers.map((pid) => ({ name: 'left over by a killed engine', pid }))];
}

/**
 * @param {EnginePaths} paths
 * @param {Daemon} daemon
 */
async function startContainerd(paths, daemon) {
  mkdirSync(paths.execRoot, { recursive: true });
  writeWithFolder(paths.containerdConfig, containerdConfiguration(paths));
  const program = findProgram('containerd') ?? 'containerd';
  const isListening = () => Promise.resolve(existsSync(paths.containerdSocket));
  await startDaemon(daemon, [program, '--config', paths.containerdConfig], isListening);
}

/**
 * @param {EnginePaths} paths
 * @returns {string} TOML; JSON strings are TOML strings
 */
function containerdConfiguration({ dataRoot, execRoot, containerdSocket }) {
  return [
    'version = 2',
    `root = ${JSON.stringify(join(dataRoot, 'containerd'))}`,
    `state = ${JSON.stringify(join(execRoot, 'containerd'))}`,
    // Kubernetes' half of containerd: not used, and it wants network plugins.
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = ${JSON.stringify(containerdSocket)}`,
    '',
  ].join('\n');
}

/**
 * @param {EnginePaths} paths
 * @param {string | null} mirror
 * @returns {string[]}
 */
function dockerdArguments(paths, mirror) {
  const argv = ['--host', paths.endpoint, '--pidfile', paths.dockerdPid];
  argv.push('--data-root', paths.dataRoot, '--exec-root', paths.execRoot);
  argv.push('--containerd', paths.containerdSocket);
  // BuildKit uses a mirror only when it is there from the start, not after a reload.
  if (mirror) argv.push(MIRROR_OPTION, `http://${mirror}`);
  // Without root, the socket must be open to the user who started the engine.
  if (process.getgid && process.getuid?.() !== 0) argv.push('--group', String(process.getgid()));
  return argv;
}

/**
 * Some kernels only have the old iptables interface while the distribution's `iptables` speaks the
 * new one. dockerd then gets the old program under the plain name, and nobody else does.
 *
 * @param {EnginePaths} paths
 * @returns {string | undefined} a folder for the front of dockerd's PATH
 */
function iptablesFolder(paths) {
  const legacy = findProgram('xtables-legacy-multi');
  if (!legacy || canListRules('iptables') || !canListRules('iptables-legacy')) return undefined;
  mkdirSync(paths.bin, { recursive: true });
  for (const name of ['iptables', 'ip6tables', 'iptables-save', 'iptables-restore']) {
    rmSync(join(paths.bin, name), { force: true });
    symlinkSync(legacy, join(paths.bin, name));
  }
  return paths.bin;
}

/**
 * @param {string} program
 * @returns {boolean}
 */
function canListRules(program) {
  const path = findProgram(program);
  if (!path) return false;
  const [command = '', ...args] = asRoot([path, '--table', 'nat', '--list', '--numeric']);
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asRoot, run, searchPath, tail } from './commands.mjs';
import { EngineSetupError } from './errors.mjs';
import { readIfThere } from './files.mjs';

/**
 * A daemon of ours. A pid proves nothing (the machine may have been restarted since), so what makes
 * a process ours is its program and `mark`, an argument that only our daemon has.
 *
 * @typedef {object} Daemon
 * @property {string} name the name of the program
 * @property {string} pidFile
 * @property {string} logFile
 * @property {string} mark
 */

const POLL_MS = 50;
/** Until a program that was started must be seen among the processes, on a busy machine. */
const APPEAR_MS = 3_000;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const KILL_TIMEOUT_MS = 5_000;

/** Writes its own pid and becomes the daemon, so that the pid is right under sudo as well. */
const WRITE_PID_AND_BECOME = 'echo $$ > "$0" && exec "$@"';

/**
 * @param {Daemon} daemon
 * @returns {number | null} its pid while it runs
 */
export function runningPid(daemon) {
  const recorded = Number.parseInt(readIfThere(daemon.pidFile), 10);
  if (isProcessOf(daemon, recorded)) return recorded;
  // A lost or wrong pid file must not leave a daemon behind that nobody ends any more.
  return allPids().find((pid) => isProcessOf(daemon, pid)) ?? null;
}

/**
 * Starts a daemon that outlives this process and has nothing of this terminal, and waits until it
 * answers.
 *
 * @param {Daemon} daemon
 * @param {string[]} argv
 * @param {() => Promise<boolean>} answers
 * @param {{ root?: boolean, path?: string }} [options] path: the PATH it gets
 */
export async function startDaemon(daemon, argv, answers, { root = true, path } = {}) {
  const { pidFile, logFile } = daemon;
  mkdirSync(dirname(logFile), { recursive: true });
  // sudo itself stays on this terminal, where it may have to ask for the password.
  const detached = ['setsid', '--fork', 'env', `PATH=${path ?? searchPath()}`];
  const command = [...detached, 'sh', '-c', WRITE_PID_AND_BECOME, pidFile, ...argv];
  const log = openSync(logFile, 'w');
  const [program = '', ...args] = root ? asRoot(command) : command;
  const child = spawn(program, args, { stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  await once(child, 'exit');
  if (child.exitCode !== 0) throw startFailure(daemon, 'could not be started');
  await untilAnswers(daemon, answers);
}

/**
 * @param {Daemon} daemon
 * @param {() => Promise<boolean>} answers
 */
export async function untilAnswers(daemon, answers) {
  const startedAt = performance.now();
  while (!(await answers())) {
    const waited = performance.now() - startedAt;
    if (waited > APPEAR_MS && runningPid(daemon) === null) throw startFailure(daemon, 'ended');
    if (waited > START_TIMEOUT_MS) throw startFailure(daemon, 'does not answer');
    await delay(POLL_MS);
  }
}

/**
 * Ends a daemon by its recorded pid and waits until it is gone.
 *
 * @param {Daemon} daemon
 * @returns {Promise<number | null>} the pid that was ended, null when it was not running
 */
export async function stopDaemon(daemon) {
  const pid = runningPid(daemon);
  if (pid !== null) await endProcess(daemon, pid);
  await removePidFile(daemon);
  return pid;
}

/**
 * dockerd refuses to start while its pid file names any living process, even a stranger.
 *
 * @param {Daemon} daemon
 */
export async function removePidFile({ pidFile }) {
  if (existsSync(pidFile)) await run(asRoot(['rm', '-f', pidFile]));
}

/**
 * @param {number[]} pids
 * @param {'TERM' | 'KILL'} name
 */
export async function sendSignal(pids, name) {
  if (pids.length === 0) return;
  // One may have ended by itself in between; what counts is that it is gone afterwards.
  await run(asRoot(['kill', `-${name}`, ...pids.map(String)])).catch(() => undefined);
}

/**
 * @param {Daemon} daemon
 * @param {number} pid
 */
async function endProcess(daemon, pid) {
  await sendSignal([pid], 'TERM');
  if (await isGone(daemon, pid, STOP_TIMEOUT_MS)) return;
  await sendSignal([pid], 'KILL');
  if (await isGone(daemon, pid, KILL_TIMEOUT_MS)) return;
  throw new EngineSetupError(`${daemon.name} (pid ${pid}) does not end, not even by SIGKILL.`);
}

/**
 * @param {number} pid
 * @returns {string[]} its arguments, the program first; none when there is no such process
 */
export function argumentsOf(pid) {
  return readIfThere(`/proc/${pid}/cmdline`).split('\0');
}

/** @returns {number[]} of every process, none where there is no /proc */
export function allPids() {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * @param {Daemon} daemon
 * @param {number} pid
 * @returns {boolean}
 */
function isProcessOf({ name, mark }, pid) {
  const [program = '', ...args] = argumentsOf(pid);
  return basename(program) === name && args.includes(mark);
}

/**
 * @param {Daemon} daemon
 * @param {number} pid
 * @param {number} timeoutMs
 * @returns {Promise<boolean>}
 */
async function isGone(daemon, pid, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  while (isProcessOf(daemon, pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/**
 * @param {Daemon} daemon
 * @param {string} what
 */
function startFailure({ name, logFile }, what) {
  const log = tail(readIfThere(logFile)) || '(empty)';
  return new EngineSetupError(
    `${name} ${what}. The end of its log, ${logFile}:\n${log}\n` +
      'Correct what the log names and run this again; `engine down` clears what is left over.',
  );
}

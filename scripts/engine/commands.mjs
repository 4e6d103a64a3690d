import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineSetupError } from './errors.mjs';

/**
 * Daemons and package tools live in the sbin folders, which an ordinary user's PATH lacks on
 * Debian.
 */
const SBIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** How much of a failed command's output an error quotes. */
const QUOTED_LINES = 15;
const QUOTED_COMMAND = 100;

const END_MS = 3_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const runningChildren = new Set();

/**
 * @param {string} [first] a folder that goes before all others
 * @returns {string}
 */
export function searchPath(first) {
  const folders = (process.env['PATH'] ?? '').split(':');
  return [first, ...folders, ...SBIN_FOLDERS].filter(Boolean).join(':');
}

/**
 * @param {string} name
 * @returns {string | null} the full path of a program, or null when there is none
 */
export function findProgram(name) {
  const candidates = searchPath()
    .split(':')
    .map((folder) => join(folder, name));
  return candidates.find(isExecutable) ?? null;
}

/**
 * What to put before a command so that it runs as root: nothing for root, sudo for others.
 *
 * @returns {string[] | null} null when this user cannot become root
 */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!findProgram('sudo')) return null;
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n'];
  // sudo asks for the password on the terminal itself.
  return process.stdin.isTTY ? ['sudo'] : null;
}

/**
 * @param {string[]} argv
 * @returns {string[]} the same command, as root
 */
export function asRoot(argv) {
  const prefix = rootPrefix();
  if (prefix) return [...prefix, ...argv];
  throw new EngineSetupError(`Needs root or sudo: ${argv.join(' ')}`, { exitCode: 2 });
}

/**
 * Runs a program to its end and returns what it printed on stdout.
 *
 * @param {string[]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
 * @returns {Promise<string>}
 */
export async function run(argv, { cwd, env, onLine } = {}) {
  const child = start(argv, { ...(cwd ? { cwd } : {}), env: commandEnv(env) });
  let stdout = '';
  let all = '';
  const gather = (/** @type {string} */ text) => {
    all += text;
    onLine?.(lastLine(text));
  };
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stdout += text));
  child.stdout.on('data', gather);
  child.stderr.setEncoding('utf8').on('data', gather);
  await ended(child, argv, () => all);
  return stdout;
}

/**
 * Runs a program and hands its stdout over as a stream, for output too large to hold.
 *
 * @param {string[]} argv
 * @param {(stdout: import('node:stream').Readable) => Promise<void>} consume
 */
export async function runInto(argv, consume) {
  const child = start(argv, { env: commandEnv() });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stderr += text));
  await Promise.all([ended(child, argv, () => stderr), consume(child.stdout)]);
}

/**
 * Ends the programs that run now, and waits until they are gone: for a bounded time, because one
 * that runs under sudo may not be ours to end.
 */
export async function endRunningCommands() {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    if (runningChildren.size === 0) return;
    const ends = [...runningChildren].map((child) => once(child, 'close'));
    for (const child of runningChildren) child.kill(signal);
    await Promise.race([Promise.allSettled(ends), delay(END_MS, undefined, { ref: false })]);
  }
}

/**
 * @param {string} text
 * @returns {string} its last lines, for an error message
 */
export function tail(text, lines = QUOTED_LINES) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/**
 * @param {string[]} argv
 * @param {{ cwd?: string, env: NodeJS.ProcessEnv }} options
 */
function start([program = '', ...args], options) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  runningChildren.add(child);
  child.once('close', () => runningChildren.delete(child));
  return child;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string[]} argv
 * @param {() => string} output
 * @returns {Promise<void>}
 */
function ended(child, argv, output) {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new EngineSetupError(`Cannot run ${argv[0]}: ${cause.message}`, { cause })),
    );
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      reject(new EngineSetupError(`\`${shortened(argv)}\` ${how}:\n${tail(output())}`));
    });
  });
}

/**
 * @param {string[]} argv
 * @returns {string}
 */
function shortened(argv) {
  const line = argv.join(' ');
  return line.length > QUOTED_COMMAND ? `${line.slice(0, QUOTED_COMMAND)}…` : line;
}

/**
 * @param {NodeJS.ProcessEnv} [extra]
 * @returns {NodeJS.ProcessEnv}
 */
function commandEnv(extra) {
  return { ...process.env, PATH: searchPath(), ...extra };
}

/**
 * @param {string} text
 * @returns {string}
 */
function lastLine(text) {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

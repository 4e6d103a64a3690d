import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withCleanup } from './cleanup.mjs';
import { readIfThere } from './files.mjs';

/**
 * Two `up` at the same time would install, start and make everything twice. The second waits for
 * the first and then finds everything there. The lock is a file with its owner's pid, so that a
 * killed owner locks nobody out.
 */
const POLL_MS = 100;

/**
 * @template T
 * @param {string} file
 * @param {(line: string) => void} note
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, note, work) {
  mkdirSync(dirname(file), { recursive: true });
  let announced = false;
  while (!tryTake(file)) {
    if (removedStale(file)) continue;
    if (!announced) note(`Waiting for another engine command (pid ${ownerOf(file).pid}) to end`);
    announced = true;
    await delay(POLL_MS);
  }
  return withCleanup(work, () => rm(file, { force: true }));
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function tryTake(file) {
  // Written first and then linked: nobody can see the lock without its owner.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${startTimeOf(process.pid)}\n`);
  try {
    linkSync(own, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function removedStale(file) {
  const { pid, startTime } = ownerOf(file);
  const lives = isAlive(pid) && startTimeOf(pid) === startTime;
  if (!lives) rmSync(file, { force: true });
  return !lives;
}

/**
 * @param {string} file
 * @returns {{ pid: number, startTime: string }}
 */
function ownerOf(file) {
  const [pid, startTime = ''] = readIfThere(file).trim().split(' ');
  return { pid: Number(pid), startTime };
}

/**
 * @param {number} pid
 * @returns {boolean}
 */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, and lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Tells a process from a later one with the same pid.
 *
 * @param {number} pid
 * @returns {string} empty where there is no /proc
 */
function startTimeOf(pid) {
  // The program name, field 2, may contain spaces: count from its closing parenthesis.
  const fields = readIfThere(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return fields[19] ?? '';
}

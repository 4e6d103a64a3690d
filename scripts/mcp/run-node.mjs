import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Ends a program that hangs. A healthy one takes seconds. */
const LONGEST_MS = 120_000;

/**
 * @typedef {object} ProgramEnd
 * @property {string} end `exit code N`, or the signal that ended it
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a JavaScript program to its end, without input.
 *
 * @param {string} node
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env all it gets
 * @returns {Promise<ProgramEnd>}
 */
export async function runNode(node, args, env) {
  const child = spawn(node, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  /** @type {Promise<string>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { end, stdout, stderr };
}

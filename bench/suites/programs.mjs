/** The programs that are run, and how to see that they were. */

/**
 * @typedef {object} Program
 * @property {string} id
 * @property {string} title
 * @property {string} image
 * @property {readonly string[]} command
 * @property {string} output
 */

/** @type {Program} */
export const TRUE = {
  id: 'true',
  title: 'busybox: true',
  image: 'busybox:1.36',
  command: ['true'],
  output: '',
};

/** @type {Program} */
export const PYTHON = {
  id: 'python',
  title: 'python: print(1)',
  image: 'python:3.13-slim',
  command: ['python3', '-c', 'print(1)'],
  output: '1\n',
};

/**
 * Failed runs are quick: they must not count.
 *
 * @param {import('slipway').DockerExecutionResult} result
 * @param {Program} program
 * @param {'parked' | 'cold'} [path]
 */
export function check(result, program, path) {
  expectOutput(result.stdout, program);
  const { status, exitCode } = result;
  if (status !== 'exited' || exitCode !== 0) throw new Error(`it ended with ${status} ${exitCode}`);
  if (path === undefined || result.path.kind === path) return;
  throw new Error(`it ran ${result.path.kind}, not ${path}: ${result.path.reason}`);
}

/**
 * @param {string} output
 * @param {Program} program
 */
export function expectOutput(output, program) {
  if (output === program.output) return;
  throw new Error(`it wrote ${JSON.stringify(output.slice(0, 200))}`);
}

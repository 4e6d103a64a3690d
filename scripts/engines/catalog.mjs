/**
 * The engines of the matrix. Each comes from a Debian suite, so that its version is what thousands
 * of machines run, with the distribution's own patches.
 *
 * @typedef {object} MatrixEngine
 * @property {string} name as on the command line
 * @property {string} suite the Debian suite that has it
 * @property {'dockerd' | 'podman'} program
 * @property {Readonly<Record<string, string>>} known tests that are known to fail, by their full
 *   name, and why
 */

/** @type {readonly MatrixEngine[]} */
export const ENGINES = [
  { name: 'docker-20.10', suite: 'bookworm', program: 'dockerd', known: {} },
  { name: 'docker-26.1', suite: 'trixie', program: 'dockerd', known: {} },
  { name: 'docker-28.5', suite: 'forky', program: 'dockerd', known: {} },
  { name: 'podman-4.3', suite: 'bookworm', program: 'podman', known: {} },
  { name: 'podman-5.4', suite: 'trixie', program: 'podman', known: {} },
  { name: 'podman-5.8', suite: 'forky', program: 'podman', known: {} },
];

/** What the suites below run. */
export const IMAGES = ['busybox:1.36'];

/**
 * Beside the contract suites: those integration suites that need nothing of the host. The engines
 * have a network of their own and do not see the host's files.
 */
export const INTEGRATION_SUITES = [
  'tests/integration/execute-container.test.ts',
  'tests/integration/files.test.ts',
];

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

const SAME_IN_OTHER_WORDS =
  'Podman reports the same settings in other words: each capability by name, a log of its own ' +
  'kind, PidMode and UTSMode "private".';
const CLOSED_ROOT =
  'On Podman "/" has mode 555, so that a program without capabilities makes no folder in it, ' +
  'as the test does. In a folder that it may write to, artifacts work.';

/** @type {Readonly<Record<string, string>>} */
const PODMAN = {
  "the engine's own record of a running container has every limit and none of what a container could break out with":
    SAME_IN_OTHER_WORDS,
  'the box around the program the engine says so': SAME_IN_OTHER_WORDS,
  "the engine's own record of a running container has input that closes with its only client when there is input":
    'Podman does not report StdinOnce. That input closes is tested by its effect, and it does.',
  "the engine's own record of a running container has a read-only root and sized scratch space when asked":
    'Podman adds options of its own (rprivate, tmpcopyup) to those of a tmpfs.',
  'images on the real engine does not fetch again what is up to date':
    'Podman reports a download also for layers that it has, so alreadyUpToDate is false.',
  'building images on the real engine builds an image that has what was copied, and tells its steps':
    'Podman counts the labels of the image as one more step: 3 of 4 instead of 3 of 3.',
  'artifacts out a file, a pattern and a folder come back as bytes': CLOSED_ROOT,
  'artifacts out they come back after a failure and after a timeout too': CLOSED_ROOT,
  'artifacts out what is missing or too large is named': CLOSED_ROOT,
};

/** @type {readonly MatrixEngine[]} */
export const ENGINES = [
  { name: 'docker-20.10', suite: 'bookworm', program: 'dockerd', known: {} },
  { name: 'docker-26.1', suite: 'trixie', program: 'dockerd', known: {} },
  { name: 'docker-28.5', suite: 'forky', program: 'dockerd', known: {} },
  { name: 'podman-5.4', suite: 'trixie', program: 'podman', known: PODMAN },
  { name: 'podman-5.8', suite: 'forky', program: 'podman', known: PODMAN },
];

/** What the suites below run. */
export const IMAGES = ['busybox:1.36'];

/** Contract suites of what Slipway does on Docker only: it parks no container on Podman. */
export const DOCKER_SUITES = ['tests/contract/real-engine-parked.test.ts'];

/**
 * Beside the contract suites: those integration suites that need nothing of the host. The engines
 * have a network of their own and do not see the host's files.
 */
export const INTEGRATION_SUITES = [
  'tests/integration/execute-container.test.ts',
  'tests/integration/files.test.ts',
];

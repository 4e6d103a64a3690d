import { existsSync } from 'node:fs';
import { asRoot, findProgram, rootPrefix, run } from './commands.mjs';
import { EngineSetupError, messageOf } from './errors.mjs';
import { readIfThere } from './files.mjs';
import { withoutStartingServices } from './services.mjs';

/**
 * What the private engine and the stand-in images are made with, from the distribution. A package
 * counts as installed when what we need of it is there, however it came there.
 *
 * @typedef {object} Requirement
 * @property {string} needs a program, or the full path of a file
 * @property {string} package
 */

/** @type {Requirement[]} */
export const ENGINE_PROGRAMS = [
  { needs: 'dockerd', package: 'docker.io' },
  { needs: 'containerd', package: 'containerd' },
  { needs: 'iptables', package: 'iptables' },
];

/** @type {Requirement[]} */
export const IMAGE_PROGRAMS = [
  { needs: 'mmdebstrap', package: 'mmdebstrap' },
  // Without Debian's keys, mmdebstrap on Ubuntu could not check what it unpacks.
  { needs: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring' },
  { needs: 'busybox', package: 'busybox-static' },
];

/** @type {Requirement[]} */
export const REGISTRY_PROGRAMS = [{ needs: 'docker-registry', package: 'docker-registry' }];

/** Debian's names of what Node calls otherwise. */
const MACHINES = new Map([
  ['x64', 'x86_64'],
  ['arm64', 'aarch64'],
]);

/** Preloaded into a process, it gives it a wall clock of its own. */
export const FAKETIME = `/usr/lib/${MACHINES.get(process.arch) ?? process.arch}-linux-gnu/faketime/libfaketimeMT.so.1`;

/**
 * What tests start beside the engine: an ssh server, a registry with accounts, certificates; and a
 * clock that can be moved.
 *
 * @type {Requirement[]}
 */
export const TEST_PROGRAMS = [
  ...REGISTRY_PROGRAMS,
  { needs: '/usr/sbin/sshd', package: 'openssh-server' },
  { needs: 'ssh', package: 'openssh-client' },
  { needs: 'openssl', package: 'openssl' },
  { needs: FAKETIME, package: 'libfaketime' },
];

/** Answers every question of a package with its default. */
const APT = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '--quiet', '--yes'];
// Waits while another program installs something, as machines do after they started.
APT.push('--option', 'DPkg::Lock::Timeout=120');

/**
 * @param {Requirement[]} requirements
 * @param {import('./steps.mjs').Steps} steps
 */
export async function ensurePrograms(requirements, steps) {
  const missing = requirements.filter(({ needs }) => !isThere(needs));
  if (missing.length === 0) return;
  const packages = missing.map((requirement) => requirement.package);
  assertCanInstall(packages);
  await steps.step(`Installing with apt: ${packages.join(' ')}`, async (say) => {
    // A source that we do not need may be broken; if it is one that we need, the install says so.
    await run(asRoot([...APT, 'update']), { onLine: say }).catch((error) =>
      steps.note(messageOf(error)),
    );
    const install = [...APT, 'install', '--no-install-recommends', ...packages];
    await withoutStartingServices(() => run(asRoot(install), { onLine: say }));
  });
}

/**
 * Refuses, with what to do instead, where a private engine cannot be installed and started.
 */
export function assertPrivateEnginePossible() {
  const { platform } = process;
  if (isDebianLike() && rootPrefix()) return;
  /** @type {Partial<Record<NodeJS.Platform, string>>} */
  const advice = {
    darwin: 'Install and start Docker Desktop, or another Docker engine.',
    win32: 'Install and start Docker Desktop.',
    linux: isDebianLike()
      ? 'Run this as root or with sudo to get a private one, or install and start docker.io.'
      : "Install and start Docker Engine: your distribution's package docker, docker-ce or moby.",
  };
  const looked = 'No Docker engine answers (DOCKER_HOST, docker context, usual sockets).';
  const what = advice[platform] ?? 'Set DOCKER_HOST to an engine on another machine.';
  throw new EngineSetupError(`${looked} ${what}`, { exitCode: 2 });
}

/**
 * @param {string[]} packages
 */
function assertCanInstall(packages) {
  if (isDebianLike() && rootPrefix()) return;
  throw new EngineSetupError(
    `Missing: ${packages.join(', ')}. This installs them by itself only on Debian and Ubuntu, as ` +
      'root or with sudo. Install them and run this again.',
    { exitCode: 2 },
  );
}

/**
 * @param {string} need
 * @returns {boolean}
 */
function isThere(need) {
  return need.startsWith('/') ? existsSync(need) : findProgram(need) !== null;
}

/** @returns {boolean} */
function isDebianLike() {
  const release = readIfThere('/etc/os-release');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release) && findProgram('apt-get') !== null;
}

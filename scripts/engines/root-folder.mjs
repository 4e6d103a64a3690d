import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { asRoot, run } from '../engine/commands.mjs';

/** Both engines and what they call; a suite is unpacked once for all of its engines. */
const DOCKER = ['docker.io', 'containerd', 'iptables'];
const PODMAN = ['podman', 'runc', 'catatonit', 'netavark'];
const PACKAGES = [...DOCKER, ...PODMAN, 'iproute2', 'ca-certificates'];

/** A mirror may be a snapshot, and the index of the suite in the making is valid for a week. */
const ANY_AGE = ['--aptopt=Acquire::Check-Valid-Until "false"'];

/** Whatever it started is gone with it, however it ends. */
const ON_ITS_OWN = ['unshare', '--mount-proc', '--pid', '--fork', '--kill-child'];

/**
 * Unpacks a minimal Debian with the engines, unless it is there: about a minute and 500 MB.
 *
 * @param {string} suite
 * @param {string} folder
 * @param {import('../engine/steps.mjs').Steps} steps
 */
export async function ensureRootFolder(suite, folder, steps) {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  mkdirSync(dirname(folder), { recursive: true });
  await steps.step(`Unpacking Debian ${suite} with its engines in ${folder}`, async (say) => {
    await run(asRoot(['rm', '-rf', '--one-file-system', unfinished]));
    const options = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, ...ANY_AGE];
    const argv = [...ON_ITS_OWN, 'mmdebstrap', ...options, suite, unfinished];
    await run(asRoot(argv), { onLine: say });
    await run(asRoot(['mv', unfinished, folder]));
  });
}

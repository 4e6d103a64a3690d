import { chmodSync, existsSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { asRoot, run } from '../commands.mjs';
import { build, DEFAULT_PATH, titleLabel } from './kit.mjs';

/** What the official slim images leave out as well. */
const LEFT_OUT = ['doc/*', 'man/*', 'info/*', 'locale/*', 'lintian/*', 'groff/*'];
/** The licence of every package stays. */
const KEPT = ['doc/*/copyright', 'locale/locale.alias'];

/**
 * Debian 12 is only merged into /usr by a package that needs all of Perl, unless it is from the
 * beginning; this hook of mmdebstrap sees to that. Later releases do not care.
 */
const MERGED_USR_HOOK = '/usr/share/mmdebstrap/hooks/maybe-merged-usr';
const MERGED_USR = ['--include=usr-is-merged', `--hook-dir=${MERGED_USR_HOOK}`];

/** As in the official image: downloaded packages do not stay in the layer that installed them. */
const APT_CLEAN = [
  'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };',
  'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";',
  'Acquire::Languages "none";',
];

/**
 * Namespaces of its own: whatever it started and mounted is gone with it, however it ends, and its
 * folder can be removed safely.
 */
const ON_ITS_OWN = ['unshare', '--mount-proc', '--pid', '--fork', '--kill-child'];

/** Unpacking hundreds of small packages is nearly twice as fast in memory as on a disk. */
const IN_MEMORY = 'mount -t tmpfs -o mode=755 slipway "$TMPDIR" && exec "$@"';
const AS_IT_IS = 'exec "$@"';
const ENOUGH_MEMORY = 4 * 1024 ** 3;

/**
 * @param {import('./kit.mjs').Kit} kit
 * @param {string} reference
 */
export async function makeDebian(kit, reference) {
  const lines = [titleLabel(reference), 'CMD ["bash"]'];
  await buildFromDebian(kit, reference, { suite: 'bookworm', include: [], lines });
}

/**
 * Builds an image from a fresh, minimal Debian.
 *
 * @param {import('./kit.mjs').Kit} kit
 * @param {string} reference
 * @param {object} recipe
 * @param {string} recipe.suite
 * @param {string[]} recipe.include packages beside the minimum
 * @param {string} [recipe.adapt] a script that gets the finished root folder as its argument
 * @param {string[]} recipe.lines of the Dockerfile
 */
export async function buildFromDebian(kit, reference, { suite, include, adapt, lines }) {
  const context = join(kit.folder, 'context');
  mkdirSync(context);
  const target = join(context, 'debian.tar');
  const argv = [...mmdebstrap(kit.folder, include), ...hooks(kit.folder, adapt), suite, target];
  await run(asRoot(argv), { onLine: kit.say });
  writeFileSync(join(context, 'docker-clean'), `${APT_CLEAN.join('\n')}\n`);
  const dockerfile = ['FROM scratch', 'ADD debian.tar /', `ENV PATH=${DEFAULT_PATH}`];
  dockerfile.push('COPY docker-clean /etc/apt/apt.conf.d/docker-clean', ...lines);
  await build(kit, context, reference, dockerfile);
}

/**
 * @param {string} folder
 * @param {string[]} include
 * @returns {string[]}
 */
function mmdebstrap(folder, include) {
  const work = join(folder, 'work');
  mkdirSync(work);
  const dpkg = (/** @type {string} */ what) => `--dpkgopt=${what}`;
  return [
    ...ON_ITS_OWN,
    'env',
    `TMPDIR=${work}`,
    'sh',
    '-c',
    freemem() > ENOUGH_MEMORY ? IN_MEMORY : AS_IT_IS,
    'sh',
    'mmdebstrap',
    '--variant=minbase',
    ...LEFT_OUT.map((path) => dpkg(`path-exclude=/usr/share/${path}`)),
    ...KEPT.map((path) => dpkg(`path-include=/usr/share/${path}`)),
    ...(existsSync(MERGED_USR_HOOK) ? MERGED_USR : []),
    ...(include.length > 0 ? [`--include=${include.join(',')}`] : []),
  ];
}

/**
 * @param {string} folder
 * @param {string} [adapt]
 * @returns {string[]}
 */
function hooks(folder, adapt) {
  // The name and the name servers of this machine are no part of an image.
  const forget = '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"';
  if (!adapt) return [forget];
  // mmdebstrap runs a hook as a program only when it is executable, which a checkout may lose.
  const script = join(folder, 'adapt.sh');
  copyFileSync(adapt, script);
  chmodSync(script, 0o755);
  return [`--customize-hook=${script}`, forget];
}

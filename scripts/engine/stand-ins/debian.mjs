import { chmodSync, existsSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Lets apt also take packages of a newer suite, and only those that are named. */
const NEWER = fileURLToPath(new URL('newer-suite.sh', import.meta.url));

/**
 * @param {string} suite
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function debianFrom(suite) {
  return (kit, reference) =>
    buildFromDebian(kit, reference, {
      suite,
      include: [],
      lines: [titleLabel(reference), 'CMD ["bash"]'],
    });
}

/**
 * What a suite does not have yet, or not as new as the image whose place it takes.
 *
 * @typedef {object} Newer
 * @property {string} suite
 * @property {string[]} packages what they need comes from the older suite wherever that has it
 */

/**
 * Builds an image from a fresh, minimal Debian.
 *
 * @param {import('./kit.mjs').Kit} kit
 * @param {string} reference
 * @param {object} recipe
 * @param {string} recipe.suite
 * @param {string[]} recipe.include packages beside the minimum
 * @param {Newer} [recipe.newer]
 * @param {string[]} [recipe.folders] what packages expect to be there, and slim images leave out
 * @param {string} [recipe.adapt] a script that gets the finished root folder as its argument
 * @param {string[]} recipe.lines of the Dockerfile
 */
export async function buildFromDebian(kit, reference, recipe) {
  const { suite, include, newer, folders = [], adapt, lines } = recipe;
  const context = join(kit.folder, 'context');
  mkdirSync(context);
  const target = join(context, 'debian.tar');
  const packages = [...include, ...(newer?.packages ?? [])];
  const options = [...newerHooks(kit.folder, newer), ...includes(packages)];
  options.push(...folders.map((name) => `--essential-hook=mkdir -p "$1/${name}"`));
  options.push(...hooks(kit.folder, adapt), suite, target);
  const argv = [...mmdebstrap(kit.folder), ...options];
  await run(asRoot(argv), { onLine: kit.say });
  writeFileSync(join(context, 'docker-clean'), `${APT_CLEAN.join('\n')}\n`);
  const dockerfile = ['FROM scratch', 'ADD debian.tar /', `ENV PATH=${DEFAULT_PATH}`];
  dockerfile.push('COPY docker-clean /etc/apt/apt.conf.d/docker-clean', ...lines);
  await build(kit, context, reference, dockerfile);
}

/**
 * @param {Record<string, string>} links from the path of a link to what it points to
 * @returns {string} a Dockerfile line
 */
export function symlinks(links) {
  const commands = Object.entries(links).map(([path, target]) => `ln -s "${target}" "${path}"`);
  return `RUN ${commands.join(' && ')}`;
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function mmdebstrap(folder) {
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
  ];
}

/**
 * After newerHooks: the hook that is included here asks apt for its lists, which happens once.
 *
 * @param {string[]} packages
 * @returns {string[]}
 */
function includes(packages) {
  return [
    ...(existsSync(MERGED_USR_HOOK) ? MERGED_USR : []),
    ...(packages.length > 0 ? [`--include=${packages.join(',')}`] : []),
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
  return [`--customize-hook=${executable(adapt, folder, 'adapt.sh')}`, forget];
}

/**
 * @param {string} folder
 * @param {Newer} [newer]
 * @returns {string[]}
 */
function newerHooks(folder, newer) {
  if (!newer) return [];
  const script = executable(NEWER, folder, 'newer-suite.sh');
  const words = [newer.suite, ...newer.packages].join(' ');
  // The image itself knows its own suite only, as the original.
  const forget = 'rm "$1/etc/apt/sources.list.d/newer.list" "$1/etc/apt/preferences.d/newer"';
  return [`--setup-hook=${script} "$1" ${words}`, `--customize-hook=${forget}`];
}

/**
 * mmdebstrap runs a hook as a program only when it is executable, which a checkout may lose.
 *
 * @param {string} script
 * @param {string} folder
 * @param {string} name
 * @returns {string} the path of its copy
 */
function executable(script, folder, name) {
  const copy = join(folder, name);
  copyFileSync(script, copy);
  chmodSync(copy, 0o755);
  return copy;
}

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands.mjs';
import { parseJson, textAt } from '../json.mjs';
import { build, titleLabel } from './kit.mjs';

/** The official entry point: options and files that are no program are for node. */
const ENTRY_POINT = [
  '#!/bin/sh',
  'set -e',
  'if [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ] ||',
  '  { [ -f "${1}" ] && ! [ -x "${1}" ]; }; then',
  '  set -- node "$@"',
  'fi',
  'exec "$@"',
];

/**
 * @typedef {object} NodePackages npm packages, as `npm pack` takes them
 * @property {string} node the package with the binary, without the platform
 * @property {string} npm the release line that this Node brings
 *
 * @typedef {{ version: string, file: string }} Packed
 */

/**
 * @param {NodePackages} packages
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function nodeFrom({ node, npm }) {
  return async (kit, reference) => {
    const context = join(kit.folder, 'context');
    const root = join(context, 'root');
    const binary = `node-linux-${process.arch}@${node}`;
    const packed = await pack(kit, [binary, `npm@${npm}`, 'corepack', 'yarn@1']);
    const version = (/** @type {number} */ at) => packed[at]?.version ?? '';
    await unpackAll(root, packed);
    linkPrograms(join(root, 'usr/local/bin'), version(3));
    await build(kit, context, reference, [
      'FROM debian:bookworm-slim',
      'RUN groupadd --gid 1000 node && ' +
        'useradd --uid 1000 --gid node --shell /bin/bash --create-home node',
      'COPY root /',
      `ENV NODE_VERSION=${version(0)} YARN_VERSION=${version(3)}`,
      titleLabel(reference),
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["node"]',
    ]);
  };
}

/**
 * @param {import('./kit.mjs').Kit} kit
 * @param {string[]} specs
 * @returns {Promise<Packed[]>} in the order of the specs
 */
async function pack({ folder, say }, specs) {
  say('fetching from npm');
  const argv = ['npm', 'pack', '--json', '--loglevel=error', '--pack-destination', folder];
  const packed = parseJson(await run([...argv, ...specs], { cwd: folder }));
  return specs.map((_, at) => ({
    version: textAt(packed, at, 'version'),
    file: join(folder, textAt(packed, at, 'filename')),
  }));
}

/**
 * @param {string} root
 * @param {Packed[]} packed
 */
async function unpackAll(root, packed) {
  const local = join(root, 'usr/local');
  const modules = join(local, 'lib/node_modules');
  const [node, npm, corepack, yarn] = packed.map(({ file }) => file);
  await Promise.all([
    // Of the first only the binary: its other files belong nowhere in an image.
    unpack(node, local, ['package/bin/node']),
    unpack(npm, join(modules, 'npm')),
    unpack(corepack, join(modules, 'corepack')),
    unpack(yarn, join(root, `opt/yarn-v${packed[3]?.version ?? ''}`)),
  ]);
}

/**
 * @param {string | undefined} file
 * @param {string} target
 * @param {string[]} [members]
 */
async function unpack(file, target, members = []) {
  if (!file) throw new Error('npm pack answered with fewer packages than were asked for');
  mkdirSync(target, { recursive: true });
  const argv = ['tar', '--no-same-owner', '--strip-components=1', '-xzf', file, '-C', target];
  await run([...argv, ...members]);
}

/**
 * @param {string} bin
 * @param {string} yarnVersion
 */
function linkPrograms(bin, yarnVersion) {
  const links = {
    nodejs: 'node',
    npm: '../lib/node_modules/npm/bin/npm-cli.js',
    npx: '../lib/node_modules/npm/bin/npx-cli.js',
    corepack: '../lib/node_modules/corepack/dist/corepack.js',
    yarn: `/opt/yarn-v${yarnVersion}/bin/yarn`,
    yarnpkg: `/opt/yarn-v${yarnVersion}/bin/yarnpkg`,
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(bin, name));
  const entryPoint = join(bin, 'docker-entrypoint.sh');
  writeFileSync(entryPoint, `${ENTRY_POINT.join('\n')}\n`);
  chmodSync(entryPoint, 0o755);
}

import { chmodSync, copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, run } from '../commands.mjs';
import { build, DEFAULT_PATH, titleLabel } from './kit.mjs';

/** The users that the original has and that programs in it ask for. */
const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
  'www-data:x:33:33:www-data:/var/www:/bin/false',
  'nobody:x:65534:65534:nobody:/home:/bin/false',
];
const GROUP = ['root:x:0:', 'daemon:x:1:', 'www-data:x:33:', 'nobody:x:65534:'];

/**
 * One static binary under all of its names, as the original.
 *
 * @param {import('./kit.mjs').Kit} kit
 * @param {string} reference
 */
export async function makeBusybox(kit, reference) {
  const context = join(kit.folder, 'context');
  const root = join(context, 'root');
  const folder = (/** @type {string} */ name) => join(root, name);
  for (const name of ['bin', 'etc', 'home', 'root', 'usr/sbin', 'var/www', 'tmp']) {
    mkdirSync(folder(name), { recursive: true });
  }
  chmodSync(folder('tmp'), 0o1777);
  await fillBin(folder('bin'));
  writeFileSync(folder('etc/passwd'), `${PASSWD.join('\n')}\n`);
  writeFileSync(folder('etc/group'), `${GROUP.join('\n')}\n`);
  await build(kit, context, reference, [
    'FROM scratch',
    'COPY root /',
    `ENV PATH=${DEFAULT_PATH}`,
    titleLabel(reference),
    'CMD ["sh"]',
  ]);
}

/**
 * @param {string} bin
 */
async function fillBin(bin) {
  const program = findProgram('busybox') ?? 'busybox';
  copyFileSync(program, join(bin, 'busybox'));
  const applets = (await run([program, '--list'])).split('\n').filter(Boolean);
  for (const applet of applets.filter((name) => name !== 'busybox')) {
    linkSync(join(bin, 'busybox'), join(bin, applet));
  }
}

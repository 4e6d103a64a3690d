import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../../../src/build/dockerfile-file.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders } from '../../support/temp-folder.js';

const MIB = 1024 * 1024;
const LARGEST = `FROM scratch\n${'# a comment line\n'.repeat(MIB / 16)}`.slice(0, MIB);
const tempFolder = tempFolders();

describe('a Dockerfile', () => {
  it.each([
    ['plain', 'FROM scratch\n', 'FROM scratch\n'],
    ['with Windows line ends', 'FROM scratch\r\nCOPY . .\r\n', 'FROM scratch\r\nCOPY . .\r\n'],
    ['with a byte order mark', '\uFEFFFROM scratch\n', 'FROM scratch\n'],
    ['of exactly 1 MiB', LARGEST, LARGEST],
  ])('is read: %s', async (_what, content, text) => {
    const folder = await tempFolder({ 'docker/Dockerfile': content });
    const path = 'docker/Dockerfile';
    expect(await readDockerfile(folder, path)).toEqual({ path, text });
  });

  it.each([
    ['has no FROM', 'ARG BASE=busybox\n'],
    ['has only comments', '# FROM busybox\n'],
    ['names an instruction that there is not', 'FROM busybox\nINSTALL curl\n'],
  ])('is refused when it %s: an engine could end on it', async (_what, content) => {
    const folder = await tempFolder({ Dockerfile: content });
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { reason: 'invalid' } });
  });

  it.each([
    ['a link to a file outside', { symlink: '/etc/passwd' }, 'symbolic_link'],
    ['a link to a file inside', { symlink: 'other' }, 'symbolic_link'],
    ['a link to nothing', { symlink: 'nothing' }, 'symbolic_link'],
    ['larger than 1 MiB', '#'.repeat(MIB + 1), 'too_large'],
    ['UTF-16', Buffer.from('\uFEFFFROM scratch', 'utf16le'), 'not_text'],
    ['Latin-1', Buffer.from('# é', 'latin1'), 'not_text'],
    ['with a NUL byte', 'FROM scratch\n\0', 'not_text'],
    ['empty', '', 'empty'],
    ['of white space', '\uFEFF \r\n\t\n', 'empty'],
  ] as const)('is refused: %s', async (_what, content, reason) => {
    const folder = await tempFolder({ Dockerfile: content, other: 'FROM scratch\n' });
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(failure).toMatchObject({
      code: 'BUILD_REFUSED',
      context: { file: 'Dockerfile', reason },
    });
    expect(failure.message).not.toContain('root:');
  });

  it('is refused when it is a folder', async () => {
    const folder = await tempFolder({ 'Dockerfile/x': '' });
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(failure.context).toMatchObject({ reason: 'not_a_file' });
  });

  it('is refused when it is a FIFO, without waiting for a writer', async () => {
    const folder = await tempFolder();
    execFileSync('mkfifo', [join(folder, 'Dockerfile')]);
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(failure.context).toMatchObject({ reason: 'not_a_file' });
  });

  it('is refused when a folder on the way to it is a link', async () => {
    const folder = await tempFolder({ etc: { symlink: '/etc' }, 'real/Dockerfile': 'FROM x\n' });
    const failure = await failureOf(readDockerfile(folder, 'etc/passwd'));
    expect(failure.context).toMatchObject({ file: 'etc', reason: 'symbolic_link' });
  });

  it.each(['../Dockerfile', '/etc/passwd', 'a/../../x', 'a\0b', '', ' ', '.', 'a/', './a'])(
    'cannot be at %j',
    async (path) => {
      const failure = await failureOf(readDockerfile(await tempFolder(), path));
      expect(failure).toMatchObject({
        code: 'INVALID_INPUT',
        context: { field: 'dockerfilePath' },
      });
    },
  );
});

describe('a missing Dockerfile', () => {
  it('is answered with those there are, those near the root first', async () => {
    const folder = await tempFolder({
      'api/v1/Dockerfile': 'x',
      'docker/Dockerfile': 'x',
      'web.dockerfile': 'x',
      'docker/Dockerfile.dockerignore': 'x',
      'docker/README': 'x',
      'node_modules/x/Dockerfile': 'x',
      '.git/Dockerfile': 'x',
      'linked/Dockerfile': { symlink: '/etc/passwd' },
    });
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(failure.context).toEqual({ file: 'Dockerfile', reason: 'missing' });
    expect(failure.message).toBe(
      'No "Dockerfile" in the root of the build context. Found: web.dockerfile, docker/Dockerfile, api/v1/Dockerfile.',
    );
    expect(failure.hint).toContain('Call again with dockerfilePath "web.dockerfile".');
  });

  it('is answered plainly when there is none', async () => {
    const failure = await failureOf(readDockerfile(await tempFolder({ a: 'x' }), 'x/Dockerfile'));
    expect(failure.message).toContain('It has no Dockerfile at all.');
  });

  it('is answered with ten at most, and none whose name could mislead', async () => {
    const many = Array.from({ length: 30 }, (_, at) => [`d${10 + at}/Dockerfile`, 'x'] as const);
    const misleading = [`d00\n/Dockerfile`, 'x'] as const;
    const folder = await tempFolder(Object.fromEntries([misleading, ...many]));
    const { message } = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(message.split('Found: ')[1]?.split(', ')).toHaveLength(10);
    expect(message).not.toContain('\n');
  });
});

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { packContext, type PackOptions } from '../../../src/build/context.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders, type TempFile } from '../../support/temp-folder.js';
import { untar } from '../../support/untar.js';

const MIB = 1024 * 1024;
const tempFolder = tempFolders();

const OPTIONS: PackOptions = {
  dockerfile: 'Dockerfile',
  limits: { bytes: 10 * MIB, entries: 100 },
};

async function packed(files: Readonly<Record<string, TempFile>>, options = OPTIONS) {
  const { stream } = await packContext(await tempFolder(files), options);
  return untar(stream());
}

async function namesOf(files: Readonly<Record<string, TempFile>>, options = OPTIONS) {
  return (await packed(files, options)).map(({ header }) => header.name);
}

describe('a build context', () => {
  it('holds files, folders and links, sorted, folders before what is in them', async () => {
    const folder = await tempFolder({
      Dockerfile: 'FROM scratch\n',
      'b/c': 'two',
      'b-': 'one',
      a: { symlink: '/etc/passwd' },
      'b/d/e': 'three',
    });
    const context = await packContext(folder, OPTIONS);
    const entries = await untar(context.stream());
    expect(entries.map(({ header }) => [header.name, header.type])).toEqual([
      ['Dockerfile', 'file'],
      ['a', 'symlink'],
      ['b/', 'directory'],
      ['b/c', 'file'],
      ['b/d/', 'directory'],
      ['b/d/e', 'file'],
      ['b-', 'file'],
    ]);
    expect(entries.map(({ content }) => content.toString())).toEqual([
      'FROM scratch\n',
      '',
      '',
      'two',
      '',
      'three',
      'one',
    ]);
    expect(context).toMatchObject({ entries: 7, bytes: 24 });
  });

  it('makes the same bytes of the same files, whoever wrote them when', async () => {
    const files = { Dockerfile: 'FROM scratch\n', 'a/b': { content: 'x', mode: 0o664 } };
    const first = await tempFolder(files);
    const second = await tempFolder({ ...files, 'a/b': { content: 'x', mode: 0o600 } });
    await utimes(join(second, 'a/b'), 1, 1);
    const [one, two] = await Promise.all(
      [first, second].map(async (folder) => buffer((await packContext(folder, OPTIONS)).stream())),
    );
    expect(one?.equals(two ?? Buffer.of())).toBe(true);
  });

  it.each([
    [0o644, 0o644],
    [0o600, 0o644],
    [0o666, 0o644],
    [0o755, 0o755],
    [0o700, 0o755],
    [0o4755, 0o755],
    [0o2644, 0o644],
    [0o1777, 0o755],
  ])('turns mode %o into %o', async (mode, expected) => {
    const [entry] = await packed({ a: { content: '', mode } });
    expect(entry?.header).toMatchObject({ mode: expected, uid: 0, gid: 0 });
    expect(entry?.header.mtime).toEqual(new Date('2000-01-01T00:00:00Z'));
  });

  it.each([
    'two\nlines',
    'quote"and\\backslash',
    'ünïcødé-😀',
    'x'.repeat(100),
    'x'.repeat(101),
    'é'.repeat(127),
    `${'folder/'.repeat(60)}file`,
    '-rf',
    ' space ',
    '~',
  ])('keeps the name %j', async (name) => {
    const entries = await packed({ [name]: 'content' });
    expect(entries.at(-1)?.header.name).toBe(name);
    expect(entries.at(-1)?.content.toString()).toBe('content');
  });

  it.each(['../..', '/', 'x'.repeat(1000), 'ünï\ncødé', 'missing'])(
    'keeps a link to %j as a link',
    async (target) => {
      const [entry] = await packed({ link: { symlink: target } });
      expect(entry?.header).toMatchObject({ type: 'symlink', linkname: target });
    },
  );

  it.each([0, 1, 511, 512, 513, 65_536, 65_537, MIB])('keeps %i bytes exactly', async (bytes) => {
    const content = randomBytes(bytes);
    const entries = await packed({ a: content, b: 'after' });
    expect(entries[0]?.content.equals(content)).toBe(true);
    expect(entries[1]?.content.toString()).toBe('after');
  });

  it('is an archive that tar reads, with a long name in it', async () => {
    const name = `${'deep-folder/'.repeat(30)}ünï`;
    const { stream } = await packContext(await tempFolder({ [name]: 'x' }), OPTIONS);
    const listing = execFileSync('tar', ['-tvf', '-'], {
      input: await buffer(stream()),
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    });
    expect(listing.trim().split('\n')).toHaveLength(31);
    expect(listing).toContain('deep-folder/deep-folder');
  });

  it('leaves .git out, at any depth', async () => {
    const files = { '.git/config': 'token', 'a/.git': 'gitdir: x', 'a/.gitignore': 'x' };
    expect(await namesOf(files)).toEqual(['a/', 'a/.gitignore']);
  });
});

describe('.dockerignore', () => {
  it('leaves out what it lists', async () => {
    const files = { '.dockerignore': 'secret\n*.log\n', secret: 'x', 'x.log': 'x', 'a/x.log': 'x' };
    expect(await namesOf(files)).toEqual(['.dockerignore', 'a/', 'a/x.log']);
  });

  it('gives way to the one that is named after the Dockerfile', async () => {
    const files = {
      '.dockerignore': 'a\n',
      'docker/Dockerfile': 'FROM scratch\n',
      'docker/Dockerfile.dockerignore': 'b\n',
      a: 'x',
      b: 'x',
    };
    const names = await namesOf(files, { ...OPTIONS, dockerfile: 'docker/Dockerfile' });
    expect(names).toContain('a');
    expect(names).not.toContain('b');
  });

  it('cannot leave out the Dockerfile nor itself', async () => {
    const files = { '.dockerignore': '**\n', 'docker/Dockerfile': 'FROM scratch\n', a: 'x' };
    const names = await namesOf(files, { ...OPTIONS, dockerfile: 'docker/Dockerfile' });
    expect(names).toEqual(['.dockerignore', 'docker/', 'docker/Dockerfile']);
  });

  it('brings the folders of what it takes in again, and no others', async () => {
    const files = {
      '.dockerignore': '*\n!**/*.md\n',
      'a/b/keep.md': 'x',
      'a/b/drop.txt': 'x',
      'a/c/drop.txt': 'x',
      'd/keep.md': 'x',
    };
    expect(await namesOf(files)).toEqual([
      '.dockerignore',
      'a/',
      'a/b/',
      'a/b/keep.md',
      'd/',
      'd/keep.md',
    ]);
  });

  it.each([
    ['is a link to a device', { symlink: '/dev/zero' }, 'symbolic_link'],
    ['is a link to a file', { symlink: 'Dockerfile' }, 'symbolic_link'],
    ['is larger than 1 MiB', 'x\n'.repeat(MIB), 'too_large'],
    ['has 100,000 patterns', 'x\n'.repeat(100_000), 'too_complex'],
    ['is no text', Buffer.of(0x61, 0xff), 'not_text'],
    ['has a NUL byte', 'a\0b', 'not_text'],
    ['has a wrong pattern', '[', 'invalid'],
  ] as const)('is refused when it %s', async (_what, file, reason) => {
    const folder = await tempFolder({ Dockerfile: 'FROM scratch\n', '.dockerignore': file });
    const failure = await failureOf(packContext(folder, OPTIONS));
    expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { reason } });
    expect(failure.message).toContain('.dockerignore');
  });

  it('is refused when it is a FIFO, without waiting for a writer', async () => {
    const folder = await tempFolder();
    execFileSync('mkfifo', [join(folder, '.dockerignore')]);
    const failure = await failureOf(packContext(folder, OPTIONS));
    expect(failure.context).toMatchObject({ file: '.dockerignore', reason: 'not_a_file' });
  });
});

describe('a folder that cannot be a build context', () => {
  it('is refused for a FIFO, by its path, unless that is ignored', async () => {
    const folder = await tempFolder({ 'a/.dockerignore': 'pipe\n' });
    execFileSync('mkfifo', [join(folder, 'a/pipe')]);
    const failure = await failureOf(packContext(folder, OPTIONS));
    expect(failure.context).toMatchObject({ file: 'a/pipe', reason: 'not_a_file' });
    const { stream } = await packContext(join(folder, 'a'), OPTIONS);
    expect((await untar(stream())).map(({ header }) => header.name)).toEqual(['.dockerignore']);
  });

  it('is refused for a socket', async () => {
    const folder = await tempFolder();
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    const failure = await failureOf(packContext(folder, OPTIONS));
    server.close();
    expect(failure.context).toMatchObject({ file: 'socket', reason: 'not_a_file' });
  });

  it('is refused with more bytes or entries than permitted, and says the limit', async () => {
    const folder = await tempFolder({ a: 'x'.repeat(1000), b: 'x'.repeat(1025) });
    const bytes = await failureOf(
      packContext(folder, { ...OPTIONS, limits: { bytes: 2024, entries: 2 } }),
    );
    expect(bytes.message).toBe('The build context has more than 2 KiB.');
    const entries = await failureOf(
      packContext(folder, { ...OPTIONS, limits: { bytes: 2025, entries: 1 } }),
    );
    expect(entries.message).toBe('The build context has more than 1 files and folders.');
    const limits = { bytes: 2025, entries: 2 };
    expect(await packContext(folder, { ...OPTIONS, limits })).toMatchObject(limits);
  });

  it('does not count what is ignored', async () => {
    const files = { '.dockerignore': 'big\n', big: 'x'.repeat(5000), a: 'x' };
    const limits = { bytes: 100, entries: 2 };
    expect(await namesOf(files, { ...OPTIONS, limits })).toEqual(['.dockerignore', 'a']);
  });

  it('is not scanned to its end when the call is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const folder = await tempFolder({ a: 'x' });
    await expect(packContext(folder, { ...OPTIONS, signal })).rejects.toThrow('enough');
  });
});

describe('files of ours in a build context', () => {
  const made = { Dockerfile: 'FROM ours\n', 'b/.c': 'made\n' };

  it('take the place of what the folder has there, and come last', async () => {
    const entries = await packed(
      { Dockerfile: 'FROM theirs\n', 'b/.c': { symlink: '/etc/passwd' }, 'b/d': 'x' },
      { ...OPTIONS, made },
    );
    expect(entries.map(({ header, content }) => [header.name, String(content)])).toEqual([
      ['b/', ''],
      ['b/d', 'x'],
      ['Dockerfile', 'FROM ours\n'],
      ['b/.c', 'made\n'],
    ]);
  });

  it('take the place of a whole folder of that name', async () => {
    const options = { ...OPTIONS, made: { Dockerfile: 'FROM ours\n' } };
    expect(await namesOf({ 'Dockerfile/a/b': 'x', 'Dockerfile2/c': '' }, options)).toEqual([
      'Dockerfile2/',
      'Dockerfile2/c',
      'Dockerfile',
    ]);
  });

  it('change the digest, as what is in the folder does', async () => {
    const folder = await tempFolder({ a: 'x' });
    const digestOf = async (files: Readonly<Record<string, string>>): Promise<string> =>
      (await packContext(folder, { ...OPTIONS, made: files })).digest();
    const [first, again, other] = await Promise.all([
      digestOf(made),
      digestOf({ 'b/.c': 'made\n', Dockerfile: 'FROM ours\n' }),
      digestOf({ ...made, Dockerfile: 'FROM other\n' }),
    ]);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('heed the rules that are given in place of the folder’s own', async () => {
    const files = { '.dockerignore': 'kept\n', kept: '', dropped: '' };
    const names = await namesOf(files, { ...OPTIONS, ignore: 'dropped\n' });
    expect(names).toEqual(['.dockerignore', 'kept']);
  });
});

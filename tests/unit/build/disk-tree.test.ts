import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskTree } from '../../../src/build/disk-tree.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();

describe('the files that detection sees', () => {
  it('are those of the folder, sorted by bytes', async () => {
    const folder = await tempFolder({
      'b/c': '',
      'b-': '',
      a: '',
      Z: '',
      ä: '',
      '.env.example': '',
    });
    expect((await diskTree(folder)).files).toEqual(['.env.example', 'Z', 'a', 'b-', 'b/c', 'ä']);
  });

  it.each([
    '.git/config',
    'node_modules/a/package.json',
    'packages/a/node_modules/b/package.json',
    '.venv/lib/a.py',
    'a/__pycache__/a.pyc',
    '.next/a.js',
  ])('are not %s', async (path) => {
    const folder = await tempFolder({ [path]: '', 'package.json': '' });
    expect((await diskTree(folder)).files).toEqual(['package.json']);
  });

  it.each(['CACHEDIR.TAG', 'pyvenv.cfg'])('are not those beside a file %s', async (mark) => {
    const folder = await tempFolder({ [`made/${mark}`]: '', 'made/a/b.py': '', 'main.py': '' });
    expect((await diskTree(folder)).files).toEqual(['main.py']);
  });

  it('are those of a folder that itself bears such a mark', async () => {
    const folder = await tempFolder({ 'pyvenv.cfg': '', 'main.py': '' });
    expect((await diskTree(folder)).files).toEqual(['main.py', 'pyvenv.cfg']);
  });

  it('are no links, FIFOs or names that steer a terminal', async () => {
    const folder = await tempFolder({
      link: { symlink: '/etc/passwd' },
      linked: { symlink: '/etc' },
      'a\u001b[2J': '',
      'two\nlines': '',
      plain: '',
    });
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const tree = await diskTree(folder);
    expect(tree.files).toEqual(['plain']);
    for (const path of ['link', 'linked/passwd', 'fifo', '../x', '/etc/passwd']) {
      expect(await tree.read(path)).toBeUndefined();
    }
  });

  it('are read once, and as they were then', async () => {
    const folder = await tempFolder({ a: 'one' });
    const tree = await diskTree(folder);
    expect(await tree.read('a')).toBe('one');
    await rm(join(folder, 'a'));
    expect(await tree.read('a')).toBe('one');
  });

  it.each([
    ['no UTF-8', Buffer.from([0x61, 0xff])],
    ['NUL bytes', 'a\0b'],
    ['more than 16 MiB', Buffer.alloc(16 * 1024 * 1024 + 1, 0x61)],
  ])('have no text where they hold %s', async (_what, content) => {
    const tree = await diskTree(await tempFolder({ a: content }));
    expect(tree.files).toEqual(['a']);
    expect(await tree.read('a')).toBeUndefined();
  });

  it('have no text where a link took the place of a file meanwhile', async () => {
    const folder = await tempFolder({ 'a/b': 'x', other: { symlink: '/etc' } });
    const tree = await diskTree(folder);
    await rm(join(folder, 'a'), { recursive: true });
    execFileSync('ln', ['-s', '/etc', join(folder, 'a')]);
    expect(await tree.read('a/b')).toBeUndefined();
  });

  it.each(['files', 'folders'])('are at most 20,000: too many %s are refused', async (what) => {
    const folder = await tempFolder();
    const make = (path: string) => (what === 'files' ? writeFileSync(path, '') : mkdirSync(path));
    const names = Array.from({ length: 20_001 }, (_, at) => join(folder, String(at)));
    for (const name of names) make(name);
    const failure = await failureOf(diskTree(folder));
    expect(failure).toMatchObject({
      code: 'BUILD_REFUSED',
      context: { reason: 'too_many_entries' },
    });
    expect(failure.message).not.toContain(folder);
  });

  it('are not looked for after an abort', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(diskTree(await tempFolder({ a: '' }), signal)).rejects.toThrow('enough');
  });
});

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, readdir, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { packContext, resolveContext, type PackOptions } from '../../../src/build/context.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders } from '../../support/temp-folder.js';

const MIB = 1024 * 1024;
const tempFolder = tempFolders();

const OPTIONS: PackOptions = {
  dockerfile: 'Dockerfile',
  limits: { bytes: 10 * MIB, entries: 100 },
};

/** How many files this process has open. */
async function openFiles(): Promise<number> {
  return (await readdir('/dev/fd')).length;
}

describe('a file that changes while the context is sent', () => {
  it.each([
    ['grows', (path: string) => appendFile(path, 'x')],
    ['shrinks', (path: string) => truncate(path, 10)],
    ['is written again with the same size', (path: string) => writeFile(path, 'y'.repeat(1000))],
    [
      'becomes a link',
      async (path: string) => {
        await rm(path);
        await symlink('/etc/passwd', path);
      },
    ],
    ['is removed', (path: string) => rm(path)],
  ])('ends the stream with its name when it %s', async (_what, change) => {
    const folder = await tempFolder({ a: 'x'.repeat(1000) });
    await utimes(join(folder, 'a'), 1, 1);
    const stream = (await packContext(folder, OPTIONS)).stream();
    await change(join(folder, 'a'));
    const failure = await failureOf(buffer(stream));
    expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { file: 'a' } });
  });

  it('ends the stream also when its first half was sent already', async () => {
    const folder = await tempFolder({ a: randomBytes(4 * MIB) });
    const stream = (await packContext(folder, OPTIONS)).stream();
    const reading = (async () => {
      let read = 0;
      for await (const chunk of stream) {
        if (read === 0) await truncate(join(folder, 'a'), 2 * MIB);
        read += Buffer.from(chunk).length;
      }
    })();
    const failure = await failureOf(reading);
    expect(failure.context).toMatchObject({ file: 'a', reason: 'changed' });
  });
});

describe('the stream of a build context', () => {
  it('opens nothing before it is read, one file at a time, and none after it is destroyed', async () => {
    const folder = await tempFolder({ a: randomBytes(MIB), b: randomBytes(MIB) });
    const before = await openFiles();
    const stream = (await packContext(folder, OPTIONS)).stream();
    expect(await openFiles()).toBe(before);
    await once(stream, 'readable');
    expect(await openFiles()).toBe(before + 1);
    stream.destroy();
    await once(stream, 'close');
    expect(await openFiles()).toBe(before);
  });

  it('reads no more than a reader takes', async () => {
    const folder = await tempFolder({ a: randomBytes(8 * MIB) });
    const stream = (await packContext(folder, OPTIONS)).stream();
    await once(stream, 'readable');
    expect(stream.readableLength).toBeLessThan(256 * 1024);
    stream.destroy();
  });
});

describe('the folder of a build context', () => {
  it('is inside the checkout, also through a link', async () => {
    const checkout = await tempFolder({ 'a/b/c': 'x', link: { symlink: 'a/b' } });
    const expected = await resolveContext(checkout, 'a/b');
    expect(expected.endsWith('/a/b')).toBe(true);
    expect(await resolveContext(checkout, 'link')).toBe(expected);
    expect(await resolveContext(checkout, '.')).toBe(expected.slice(0, -'/a/b'.length));
  });

  it.each([
    ['missing', 'missing'],
    ['file', 'not_a_folder'],
    ['out', 'outside'],
    ['up', 'outside'],
    ['sibling', 'outside'],
  ])('is refused when it is %j', async (contextPath, reason) => {
    const parent = await tempFolder({
      'checkout/file': 'x',
      'checkout/out': { symlink: '/etc' },
      'checkout/up': { symlink: '..' },
      'checkout/sibling': { symlink: '../checkout-2' },
      'checkout-2/file': 'x',
    });
    const failure = await failureOf(resolveContext(join(parent, 'checkout'), contextPath));
    expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { reason } });
    expect(failure.message).not.toContain(parent);
  });

  it.each(['..', '../x', '/etc', 'a/../..', '', 'a//b', 'a\0b', String.raw`a\b`])(
    'cannot be %j',
    async (contextPath) => {
      const failure = await failureOf(resolveContext(await tempFolder(), contextPath));
      expect(failure).toMatchObject({ code: 'INVALID_INPUT', context: { field: 'contextPath' } });
    },
  );
});

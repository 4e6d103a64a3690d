import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptToken } from '../../../../src/mcp/http/kept-token.js';
import { failureOf } from '../../../support/failure.js';
import { tempFolders } from '../../../support/temp-folder.js';

const tempFolder = tempFolders();

describe('the token that is kept', () => {
  it('is made on first use, for its owner only, and stays', async () => {
    const folder = join(await tempFolder(), 'state', 'slipway');
    const { token, file } = await keptToken(folder);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(await readFile(file, 'utf8')).toBe(`${token}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await keptToken(folder)).toEqual({ token, file });
    expect(await readdir(folder)).toEqual(['http-token']);
  });

  it('is one, although two servers start at once', async () => {
    const folder = await tempFolder();
    const kept = await Promise.all([keptToken(folder), keptToken(folder), keptToken(folder)]);
    expect(new Set(kept.map(({ token }) => token)).size).toBe(1);
  });

  it('is another one for another user', async () => {
    const [one, other] = [await keptToken(await tempFolder()), await keptToken(await tempFolder())];
    expect(one.token).not.toBe(other.token);
  });

  it.each([0o644, 0o640, 0o620])('is not used when the mode of its file is %o', async (mode) => {
    const folder = await tempFolder();
    const { token, file } = await keptToken(folder);
    await chmod(file, mode);
    const error = await failureOf(keptToken(folder));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain(`${file} cannot be used: other users may read`);
    expect(error.hint).toContain('SLIPWAY_HTTP_TOKEN');
    expect(`${error.message} ${error.hint}`).not.toContain(token);
  });

  it.each([
    ['is empty', ''],
    ['was cut off', 'aGFsZi1hLXRva2Vu\n'],
    ['holds something else', 'two words, and more than 32 characters of them\n'],
  ])('is not used when its file %s; the file is named, and what to do', async (_how, content) => {
    const folder = await tempFolder();
    const { file } = await keptToken(folder);
    await writeFile(file, content);
    const error = await failureOf(keptToken(folder));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain(`in ${file} cannot be used: it must be 32 to 512 characters`);
    expect(error.message).toContain(`; it has ${content.trim().length}.`);
    expect(error.hint).toContain('remove the file');
    expect(`${error.message} ${error.hint}`).not.toContain(content.trim() || file.repeat(2));
  });

  it('that cannot be made says so, and how to do without', async () => {
    const folder = join(await tempFolder({ slipway: 'a file' }), 'slipway');
    const error = await failureOf(keptToken(folder));
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(error.hint).toContain('SLIPWAY_HTTP_TOKEN');
  });
});

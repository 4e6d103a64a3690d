import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { installationKey } from '../../../src/engine/installation-key.js';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-key-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('the key of this installation', () => {
  it('is made on first use and the same ever after', async () => {
    const folder = path.join(await temporaryFolder(), 'state', 'slipway');
    const key = await installationKey(folder);
    expect(key.length).toBe(32);
    expect(await installationKey(folder)).toEqual(key);
    expect(await readFile(path.join(folder, 'label-key'))).toEqual(key);
  });

  it('is not the key of another installation', async () => {
    const [one, other] = [await temporaryFolder(), await temporaryFolder()];
    expect(await installationKey(one)).not.toEqual(await installationKey(other));
  });

  it('can be read by its owner only', async () => {
    const folder = path.join(await temporaryFolder(), 'slipway');
    await installationKey(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(folder, 'label-key'))).mode & 0o777).toBe(0o600);
  });

  it('is one key when many processes make it at the same time, with no drafts left', async () => {
    const folder = path.join(await temporaryFolder(), 'slipway');
    const keys = await Promise.all(Array.from({ length: 30 }, () => installationKey(folder)));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['label-key']);
  });

  it.each([0, 31, 33])('is not replaced when its file holds %i bytes', async (length) => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'label-key');
    await writeFile(file, Buffer.alloc(length, 7));
    await expect(installationKey(folder)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await readFile(file)).toEqual(Buffer.alloc(length, 7));
    expect(await readdir(folder)).toEqual(['label-key']);
  });

  it('says that the folder cannot be used', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'not-a-folder');
    await writeFile(file, '');
    await expect(installationKey(path.join(file, 'slipway'))).rejects.toMatchObject({
      code: 'INTERNAL',
      context: { where: 'installation key' },
    });
  });

  it('says that the key is a folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, 'label-key'));
    await expect(installationKey(folder)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('lies in XDG_STATE_HOME, unless that is a relative path', async () => {
    const state = await temporaryFolder();
    vi.stubEnv('XDG_STATE_HOME', state);
    const key = await installationKey();
    expect(await readFile(path.join(state, 'slipway', 'label-key'))).toEqual(key);

    const home = await temporaryFolder();
    vi.stubEnv('XDG_STATE_HOME', 'relative');
    vi.stubEnv('HOME', home);
    vi.stubEnv('USERPROFILE', home);
    const ofHome = await installationKey();
    const file = path.join(home, '.local', 'state', 'slipway', 'label-key');
    expect(await readFile(file)).toEqual(ofHome);
  });

  it('keeps its mode when the process has a loose umask', async () => {
    const folder = path.join(await temporaryFolder(), 'slipway');
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    await installationKey(folder);
    expect((await stat(path.join(folder, 'label-key'))).mode & 0o077).toBe(0);
  });
});

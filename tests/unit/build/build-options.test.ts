import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBuild } from '../../../src/build/build-options.js';
import { resolvePolicy } from '../../../src/policy/policy.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();
const policy = resolvePolicy();

describe('the options of a build', () => {
  it('have their defaults, those of the policy among them', async () => {
    const repoPath = await tempFolder();
    const { folder, onEvent, ...rest } = await parseBuild({ repoPath }, policy);
    expect(folder).toBe(repoPath);
    expect(() => onEvent({ type: 'log', text: '' })).not.toThrow();
    expect(rest).toEqual({
      env: {},
      buildArgs: {},
      secrets: {},
      prefer: policy.build.prefer,
      pull: 'missing',
      labels: {},
      cacheFrom: [],
      networkMode: 'default',
      keepCertificates: false,
      probe: true,
      timeoutMs: policy.limits.buildTimeoutMs.default,
    });
  });

  it('name the folder behind a link', async () => {
    const real = await tempFolder();
    const link = join(await tempFolder(), 'link');
    await symlink(real, link);
    expect((await parseBuild({ repoPath: link }, policy)).folder).toBe(real);
  });

  it('hold secrets as bytes, whichever way they were given', async () => {
    const secrets = { text: 'ä', bytes: Uint8Array.of(0, 255) };
    const parsed = await parseBuild({ repoPath: await tempFolder(), secrets }, policy);
    const hex = Object.entries(parsed.secrets).map(([id, bytes]) => [
      id,
      Buffer.from(bytes).toString('hex'),
    ]);
    expect(hex).toEqual([
      ['text', 'c3a4'],
      ['bytes', '00ff'],
    ]);
  });

  it('keep hostile words as they are: they are data', async () => {
    const words = '"; rm -rf / $(id) `id` \n';
    const config = { args: [words], env: { A: words }, buildArgs: { A: words } };
    const parsed = await parseBuild({ repoPath: await tempFolder(), ...config }, policy);
    expect(parsed).toMatchObject(config);
  });
});

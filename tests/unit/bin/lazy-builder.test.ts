import { describe, expect, it } from 'vitest';
import { lazyBuilder } from '../../../src/bin/lazy-builder.js';
import type { Builder } from '../../../src/tools/builder.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';

describe('lazyBuilder', () => {
  it('closes nothing, and does not fail, where none could be made', async () => {
    const builder = lazyBuilder(() => Promise.reject(new Error('a wrong policy')));
    await expect(builder.detect('.')).rejects.toThrow('a wrong policy');
    await expect(builder.close()).resolves.toBeUndefined();
  });

  it('closes what it made', async () => {
    let closed = 0;
    const close = async (): Promise<void> => void (closed += 1);
    const builder = lazyBuilder(async () => scriptedBuilder({ close }));
    await expect(builder.detect('.')).rejects.toThrow('detect');
    await builder.close();
    expect(closed).toBe(1);
  });

  it.each<[keyof Builder, (builder: Builder) => Promise<unknown>]>([
    ['checkout', (builder) => builder.checkout({ url: 'https://x/y/z', timeoutMs: 1 })],
    ['detect', (builder) => builder.detect('.')],
    ['generateDockerfile', (builder) => builder.generateDockerfile('auto', '.')],
    ['buildImage', (builder) => builder.buildImage({ repoPath: '.' })],
    ['pushImage', (builder) => builder.pushImage('a')],
    ['deployFromGitHub', (builder) => builder.deployFromGitHub({ repositoryUrl: 'https://x/y/z' })],
  ])('passes %s on', async (name, call) => {
    const builder = lazyBuilder(async () => scriptedBuilder());
    await expect(call(builder)).rejects.toThrow(`the builder's ${name} was called`);
  });
});

import { describe, expect, it } from 'vitest';
import { permittedImages } from '../../../src/execution/list-images.js';
import { resolvePolicy } from '../../../src/policy/policy.js';

const image = (...tags: readonly string[]) => ({
  id: `sha256:${'a'.repeat(64)}`,
  tags,
  labels: {},
  createdAt: new Date(0),
  sizeBytes: 1,
});

const namesIn = (images: Parameters<typeof resolvePolicy>[0], ...all: ReturnType<typeof image>[]) =>
  permittedImages(resolvePolicy(images), all).map(({ tags }) => tags);

describe('the images that a run may be started from', () => {
  it('are all that have a name, where the policy says nothing of images', () => {
    const all = [image('busybox:1.36', 'mine:latest'), image(), image('ghcr.io/org/tool:2')];
    expect(namesIn('strict', ...all)).toEqual([
      ['busybox:1.36', 'mine:latest'],
      ['ghcr.io/org/tool:2'],
    ]);
  });

  it('are those that the policy permits, by the names that it permits', () => {
    const policy = { images: { allow: ['docker.io/library/*'], deny: ['*/library/secret:*'] } };
    const all = [
      image('busybox:1.36', 'ghcr.io/org/busybox:1'),
      image('docker.io/library/secret:1'),
      image('ghcr.io/org/tool:2'),
    ];
    expect(namesIn(policy, ...all)).toEqual([['busybox:1.36']]);
  });

  it('are none of a registry inside, which a wildcard does not cover', () => {
    const all = [image('localhost:5000/tool:1'), image('10.0.0.7/tool:1'), image('busybox:1.36')];
    expect(namesIn('standard', ...all)).toEqual([['busybox:1.36']]);
  });

  it('are none by a name that nobody could ask for', () => {
    expect(namesIn('standard', image('UPPER CASE:1', `sha256:${'b'.repeat(64)}`))).toEqual([]);
  });
});

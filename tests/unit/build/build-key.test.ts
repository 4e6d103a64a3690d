import { describe, expect, it } from 'vitest';
import { buildKey, type BuildInputs } from '../../../src/build/build-key.js';

const KEY = Buffer.from('the key of an installation');

const INPUTS: BuildInputs = {
  dockerfile: 'FROM scratch\n',
  dockerfilePath: 'Dockerfile',
  contextDigest: 'a'.repeat(64),
  bases: { 'node:24-slim': 'sha256:1', 'node:24': 'sha256:2' },
  platform: undefined,
  target: undefined,
  networkMode: 'default',
  buildArgs: { A: '1', B: '2' },
  secretDigests: {},
  labels: { x: 'y' },
};

describe('the address of a build', () => {
  it('is 64 hexadecimal digits', () => {
    expect(buildKey(INPUTS, KEY)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not depend on the order in which things are given', () => {
    const { bases, buildArgs } = INPUTS;
    const turned = {
      ...INPUTS,
      bases: Object.fromEntries(Object.entries(bases).toReversed()),
      buildArgs: Object.fromEntries(Object.entries(buildArgs).toReversed()),
    };
    expect(buildKey(turned, KEY)).toBe(buildKey(INPUTS, KEY));
  });

  it.each<[string, Partial<BuildInputs>]>([
    ['the Dockerfile', { dockerfile: 'FROM scratch\n\n' }],
    ['its path', { dockerfilePath: 'docker/Dockerfile' }],
    ['the context', { contextDigest: 'b'.repeat(64) }],
    ['a base image', { bases: { ...INPUTS.bases, 'node:24': 'sha256:3' } }],
    ['the platform', { platform: 'linux/arm64' }],
    ['the target', { target: 'build' }],
    ['the network', { networkMode: 'none' }],
    ['a build argument', { buildArgs: { A: '1', B: '3' } }],
    ['which argument a value belongs to', { buildArgs: { A: '1,B', '2': '' } }],
    ['a secret', { secretDigests: { token: 'c'.repeat(64) } }],
    ['a label', { labels: { x: 'z' } }],
    ['what is a label and what an argument', { labels: {}, buildArgs: { ...INPUTS.labels } }],
  ])('changes with %s', (_what, change) => {
    expect(buildKey({ ...INPUTS, ...change }, KEY)).not.toBe(buildKey(INPUTS, KEY));
  });

  it('changes with the installation, so that nobody else can write one', () => {
    expect(buildKey(INPUTS, Buffer.from('another key'))).not.toBe(buildKey(INPUTS, KEY));
  });
});

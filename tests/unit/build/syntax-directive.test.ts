import { describe, expect, it } from 'vitest';
import type { BaseWish } from '../../../src/build/base-images.js';
import { withKnownSyntax } from '../../../src/build/syntax-directive.js';
import { SlipwayError } from '../../../src/core/errors.js';
import { resolvePolicy } from '../../../src/policy/policy.js';
import { errorOf } from '../../support/failure.js';

const unreachable = new SlipwayError('PULL_FAILED', {
  message: 'No.',
  hint: 'None.',
  context: { image: 'docker/dockerfile:1', reason: 'network' },
});

const wish: BaseWish = {
  images: { inspect: async () => undefined, pull: () => Promise.reject(unreachable) },
  policy: resolvePolicy(),
  pull: 'missing',
  platform: undefined,
  onPull: () => undefined,
};

describe('the directive that names a reader for a Dockerfile', () => {
  it.each([
    ['# syntax=docker/dockerfile:1\nFROM x\n', '# reader:docker/dockerfile:1\nFROM x\n'],
    [
      '#syntax = docker/dockerfile:1.7-labs\nFROM x\n',
      '# reader: docker/dockerfile:1.7-labs\nFROM x\n',
    ],
    [
      '# escape=`\n# syntax=docker/dockerfile:1\nFROM x\n',
      '# escape=`\n# reader:docker/dockerfile:1\nFROM x\n',
    ],
  ])("is left out when Docker's own cannot be had: %j", async (text, readable) => {
    const choice = await withKnownSyntax(text, 'Dockerfile', wish);
    expect(choice.text).toBe(readable);
    expect(choice.warnings).toHaveLength(1);
  });

  it('is no directive below an instruction or a blank line, and stays', async () => {
    const text = 'FROM x\n# syntax=evil/reader\n';
    expect(await withKnownSyntax(text, 'Dockerfile', wish)).toEqual({ text, warnings: [] });
  });

  it.each(['evil/reader', 'ghcr.io/docker/dockerfile:1', 'docker/dockerfile-evil', '$X', ''])(
    "is refused when it names somebody else's: %j",
    async (name) => {
      const reading = withKnownSyntax(`# syntax=${name}x\nFROM x\n`, 'Dockerfile', wish);
      const error = await errorOf('BUILD_REFUSED', reading);
      expect(error.message).toContain('program of its own');
    },
  );
});

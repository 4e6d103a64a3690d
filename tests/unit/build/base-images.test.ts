import { describe, expect, it } from 'vitest';
import { chooseBases, obtainBases, type BaseWish } from '../../../src/build/base-images.js';
import { SlipwayError } from '../../../src/core/errors.js';
import type { PulledImage } from '../../../src/engine/ports.js';
import { resolvePolicy } from '../../../src/policy/policy.js';
import { failureOf } from '../../support/failure.js';

function imageOf(name: string, platform = 'linux/amd64'): PulledImage {
  return {
    id: `id of ${name} ${platform}`,
    digest: null,
    sizeBytes: 1,
    platform,
    user: '',
    entrypoint: [],
    command: [],
    volumes: [],
    labels: {},
    exposedPorts: [],
    environment: [],
    workingDir: '',
    alreadyUpToDate: false,
  };
}

/** An engine that has some images, and a registry that has others. */
function scene(
  here: Readonly<Record<string, string>>,
  there: readonly string[],
  wish: Partial<BaseWish> = {},
) {
  const calls: string[] = [];
  const base: BaseWish = {
    images: {
      inspect: async (name) => {
        calls.push(`inspect ${name}`);
        const platform = here[name];
        return platform === undefined ? undefined : imageOf(name, platform);
      },
      pull: async (name, { platform }) => {
        calls.push(`pull ${name}`);
        if (there.includes(name)) return imageOf(name, platform);
        throw new SlipwayError('PULL_FAILED', {
          message: `Could not pull ${name}.`,
          hint: '',
          context: { image: name, reason: 'not_found' },
        });
      },
    },
    policy: resolvePolicy(),
    pull: 'missing',
    platform: undefined,
    onPull: (name, progress) => calls.push(`told ${name} ${JSON.stringify(progress)}`),
    ...wish,
  };
  return { calls, wish: base };
}

const PAIRS = [
  { build: 'node:24-slim', run: 'node:24-slim' },
  { build: 'node:22', run: 'node:22-slim' },
];

describe('base images', () => {
  it('that the engine has are not pulled, and each is looked at once', async () => {
    const { wish, calls } = scene({ 'node:24-slim': 'linux/amd64' }, []);
    expect(await chooseBases(PAIRS, wish)).toEqual({
      pair: PAIRS[0],
      ids: { 'node:24-slim': 'id of node:24-slim linux/amd64' },
      warnings: [],
    });
    expect(calls).toEqual(['inspect node:24-slim']);
  });

  it('that are missing are pulled, and that is told before it begins', async () => {
    const { wish, calls } = scene({}, ['node:24-slim']);
    await chooseBases(PAIRS, wish);
    expect(calls).toEqual(['inspect node:24-slim', 'told node:24-slim null', 'pull node:24-slim']);
  });

  it('are the next ones, with a warning, where the first cannot be had', async () => {
    const { wish } = scene({}, ['node:22', 'node:22-slim']);
    const chosen = await chooseBases(PAIRS, wish);
    expect(chosen.pair).toBe(PAIRS[1]);
    expect(chosen.warnings).toEqual(['node:24-slim was not to be had; another version was taken.']);
  });

  it('fail with the reason of the first ones when none can be had', async () => {
    const { wish } = scene({}, ['node:22']);
    const failure = await failureOf(chooseBases(PAIRS, wish));
    expect(failure).toMatchObject({ code: 'PULL_FAILED', context: { image: 'node:24-slim' } });
  });

  it('are asked for again when that is wished', async () => {
    const { wish, calls } = scene({ a: 'linux/amd64' }, ['a'], { pull: 'always' });
    await obtainBases(['a'], wish);
    expect(calls).toContain('pull a');
    expect(calls).not.toContain('inspect a');
  });

  it.each([
    ['linux/amd64', 'linux/amd64', false],
    ['linux/arm64', 'linux/arm64/v8', false],
    ['linux/arm64', 'linux/amd64', true],
    ['linux/arm', 'linux/arm64', true],
  ])('for %s are pulled where the engine has %s: %j', async (platform, present, isPulled) => {
    const { wish, calls } = scene({ a: present }, ['a'], { platform });
    await obtainBases(['a'], wish);
    expect(calls.includes('pull a')).toBe(isPulled);
  });

  it('that the policy forbids are not even looked for', async () => {
    const { wish, calls } = scene({}, []);
    const failure = await failureOf(obtainBases(['169.254.169.254/a'], wish));
    expect(failure.code).toBe('POLICY_DENIED');
    expect(calls).toEqual([]);
  });

  it.each(['Upper/case', '${UNSET}', 'a:$(touch x)', '--platform=x', '__proto__'])(
    'of a Dockerfile that says FROM %s are its fault, not the caller’s',
    async (name) => {
      const { wish, calls } = scene({}, []);
      const failure = await failureOf(obtainBases([name], wish));
      expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { reason: 'invalid' } });
      expect(calls).toEqual([]);
    },
  );
});

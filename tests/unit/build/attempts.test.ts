import { describe, expect, it } from 'vitest';
import { attemptsFor } from '../../../src/build/attempts.js';
import type { Detection, OwnDockerfile } from '../../../src/core/build-plan.js';
import { isSlipwayError } from '../../../src/core/errors.js';
import { buildPlan } from '../../support/build-plan.js';

const plan = buildPlan();
const good: OwnDockerfile = {
  path: 'Dockerfile',
  context: '.',
  bases: [],
  transport: { kind: 'stdio' },
  defects: [],
};
const broken: OwnDockerfile = { ...good, defects: ['It copies dist, which does not exist.'] };

const server = (dockerfile: OwnDockerfile | null): Detection => ({
  kind: 'server',
  plan,
  dockerfile,
  others: [],
});

const ownOnly = (dockerfile: OwnDockerfile): Detection => ({
  kind: 'dockerfile',
  dockerfile,
  inputs: [],
  metadata: plan.metadata,
  evidence: [],
});

describe('the Dockerfiles that are tried', () => {
  it.each([
    ['auto', server(good), ['repository', 'generated']],
    ['auto', server(broken), ['generated']],
    ['auto', server(null), ['generated']],
    ['auto', ownOnly(good), ['repository']],
    ['auto', ownOnly(broken), ['repository']],
    ['repository', server(good), ['repository']],
    ['repository', server(broken), ['repository']],
    ['generated', server(good), ['generated']],
    ['generated', server(null), ['generated']],
  ] as const)('with %s, case %#, are %j', (prefer, detection, kinds) => {
    expect(attemptsFor(detection, prefer).attempts.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('says why the repository’s own one is not tried', () => {
    expect(attemptsFor(server(broken), 'auto').skipped).toEqual([
      'Dockerfile was not tried: It copies dist, which does not exist.',
    ]);
    expect(attemptsFor(server(good), 'auto').skipped).toEqual([]);
  });
});

function failure(detection: Detection, prefer: 'auto' | 'repository' | 'generated' = 'auto') {
  try {
    attemptsFor(detection, prefer);
  } catch (error) {
    if (isSlipwayError(error)) return error;
  }
  throw new Error('It should have failed.');
}

describe('a repository with nothing to try', () => {
  it.each([
    ['no server', { kind: 'unsupported', reason: 'It is a library.', evidence: [] }, 'auto'],
    ['only a Dockerfile that is not wanted', ownOnly(good), 'generated'],
  ] as const)('is refused as no server: %s', (_what, detection, prefer) => {
    expect(failure(detection, prefer).code).toBe('NOT_A_SERVER');
  });

  it('is refused when it has no Dockerfile and that is wanted', () => {
    expect(failure(server(null), 'repository').message).toBe(
      'prefer needs a Dockerfile in the repository; got "repository".',
    );
  });

  it('names the servers when there are several, with what a terminal obeys escaped', () => {
    const servers = ['a', 'b"; rm -rf /', 'c\u200b'].map((subdir) => ({
      subdir,
      language: 'node' as const,
      name: subdir,
    }));
    const error = failure({ kind: 'several', servers });
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toBe(
      String.raw`subdir must name one of the 3 servers of the repository: "a" (node), "b\"; rm -rf /" (node), "c\u200b" (node).`,
    );
    expect(error.hint).toContain('"a" (node)');
  });

  it('names twenty servers of a thousand', () => {
    const servers = Array.from({ length: 1000 }, (_, at) => ({
      subdir: `s${at}`,
      language: 'go' as const,
      name: '',
    }));
    const { message } = failure({ kind: 'several', servers });
    expect(message).toContain('"s19" (go) and 980 more.');
    expect(message).not.toContain('s20');
  });
});

import { describe, expect, it } from 'vitest';
import { severalServers } from '../../../src/build/attempts.js';
import type { DeployFromGitHubConfig } from '../../../src/build/deploy.js';
import type { BuildResult } from '../../../src/build/types.js';
import { invalidInput } from '../../../src/core/options.js';
import { buildPlan } from '../../support/build-plan.js';
import { buildResultOf, probeResultOf } from '../../support/build-result.js';
import { building, failing, notAServer } from './build-line.js';

const URL = 'https://github.com/a/b';

describe('slipway build', () => {
  it('passes what is written on as the options of the library', async () => {
    const { run, configs } = building();
    const flags =
      '--subdir s -e A=1 --env B=x=y --arg --port --arg 80 --build-arg V=2 --dockerfile d/Dockerfile ' +
      '--context d --prefer repository --tag x:1 --platform linux/arm64 --pull always --timeout 1.5 --no-probe';
    expect((await run('.', ...flags.split(' '))).exitCode).toBe(0);
    expect(configs).toMatchObject([
      {
        repoPath: '.',
        subdir: 's',
        env: { A: '1', B: 'x=y' },
        args: ['--port', '80'],
        buildArgs: { V: '2' },
        dockerfilePath: 'd/Dockerfile',
        contextPath: 'd',
        prefer: 'repository',
        tag: 'x:1',
        platform: 'linux/arm64',
        pull: 'always',
        timeoutMs: 1500,
        probe: false,
      },
    ]);
  });

  it('probes unless it is told otherwise', async () => {
    const { run, configs } = building();
    await run('.');
    expect(configs[0]?.probe).toBe(true);
  });

  it.each([
    ['abc', 'abc'],
    ['', undefined],
  ])('deploys a URL, with the token %j of the environment', async (gitToken, token) => {
    const deployed: DeployFromGitHubConfig[] = [];
    const { run } = building(
      {},
      {
        gitToken,
        builder: {
          deployFromGitHub: async (config) => {
            deployed.push(config);
            const commit = 'c'.repeat(40);
            const build = buildResultOf();
            return { commit, metadata: build.metadata, build, pushed: null, server: null };
          },
        },
      },
    );
    expect((await run(URL, '--ref', 'v1')).exitCode).toBe(0);
    expect(deployed).toMatchObject([{ repositoryUrl: URL, ref: 'v1' }]);
    expect(deployed[0]?.token).toBe(token);
    expect(deployed[0]).not.toHaveProperty('repoPath');
  });

  it.each(['git@github.com:a/b', 'ssh://git@github.com/a/b', 'file:///etc'])(
    'takes %s for a URL, so that it is refused as one',
    async (source) => {
      const refuse = () => Promise.reject(invalidInput('repositoryUrl', 'must be https', source));
      const { run } = building({}, { builder: { deployFromGitHub: refuse } });
      const { exitCode, stderr } = await run(source);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('URL must be https');
    },
  );

  it.each<[Partial<BuildResult>, number]>([
    [{ status: 'works' }, 0],
    [{ status: 'built', probe: null }, 0],
    [{ status: 'broken', imageTag: null }, 1],
    [{ status: 'needs_config' }, 3],
    [{ status: 'unsupported', imageTag: null }, 4],
  ])('exits, after %j, with %i', async (result, exitCode) => {
    expect((await building(result).run('.')).exitCode).toBe(exitCode);
  });

  it('tells a person the verdict and what it rests on', async () => {
    const { stdout } = await building().run('.');
    expect(stdout).toBe(
      [
        'mcp-small:latest: works',
        '  size: 1 MiB',
        '  built in 1.5 s',
        '  Dockerfile: generated',
        '  2 tools over stdio: greet, part',
        '  warning: Something to know.',
        '',
      ].join('\n'),
    );
  });

  it('shows what a broken server wrote last, without what steers the terminal', async () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n');
    const probe = probeResultOf({
      status: 'broken',
      tools: [],
      reason: 'It ended.',
      stderrTail: `${lines}\n\u001b[2J`,
    });
    const { stdout } = await building({ status: 'broken', imageTag: null, probe }).run('.');
    expect(stdout).toContain('no image: broken\n');
    expect(stdout).toContain('  It ended.\n  | line 21\n');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('a build that does not come to a verdict', () => {
  it('names the servers when there are several, and exits with 2', async () => {
    const servers = ['a', 'b'].map((subdir) => ({
      subdir,
      language: 'node' as const,
      name: subdir,
    }));
    const { stderr, stdout, exitCode } = await failing(severalServers(servers, 'subdir')).run('.');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--subdir must name one of the 2 servers');
    expect(stderr).toContain('"a" (node), "b" (node)');
  });

  it.each([
    [['.', '--ref', 'main'], '--ref is for a URL'],
    [['.', '--push', 'https://r.example'], '--push must be a registry'],
    [['.', '--prefer', 'mine'], 'Allowed choices are auto, repository, generated'],
    [['.', '--env', 'A'], 'Expected NAME=VALUE'],
    [['.', '--timeout', 'soon'], 'Expected a number'],
    [[], "missing required argument 'source'"],
  ])('is refused with exit code 2 and builds nothing: %j', async (args, words) => {
    const { run, configs } = building();
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
    expect(configs).toEqual([]);
  });

  it('exits with 130 when it was interrupted', async () => {
    const stop = new AbortController();
    const buildImage = (): Promise<never> => {
      stop.abort('SIGINT');
      return Promise.reject(new Error('SIGINT'));
    };
    const { run } = building({}, { signal: stop.signal, builder: { buildImage } });
    expect(await run('.', '--json')).toMatchObject({ exitCode: 130, stdout: '' });
  });

  it('shows no password of a URL while it is refused', async () => {
    const source = 'https://user:hunter2@github.com/a/b';
    const deployFromGitHub = ({ onEvent }: DeployFromGitHubConfig): Promise<never> => {
      onEvent?.({ type: 'cloning', repository: source });
      return Promise.reject(invalidInput('repositoryUrl', 'must not have credentials', '***'));
    };
    const { run } = building({}, { builder: { deployFromGitHub } });
    const { stdout, stderr } = await run(source);
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('what is printed without a build', () => {
  const detection = { kind: 'server', plan: buildPlan(), dockerfile: null, others: [] } as const;

  it('is the plan, of a folder', async () => {
    const { run } = building({}, { builder: { detect: async () => detection } });
    const { stdout, exitCode } = await run('.', '--plan');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(detection);
  });

  it('is the reason where there is no server, with exit code 4', async () => {
    const none = { kind: 'unsupported', reason: 'A library.', evidence: [] } as const;
    const { run } = building({}, { builder: { detect: async () => none } });
    expect((await run('.', '--plan')).exitCode).toBe(4);
  });

  it('is the Dockerfile, of a clone that is removed again', async () => {
    const calls: unknown[] = [];
    const { run } = building(
      {},
      {
        gitToken: 'abc',
        builder: {
          checkout: async ({ url, ref, token }) => {
            calls.push(['checkout', url, ref, token]);
            const remove = async (): Promise<void> => void calls.push('remove');
            return { folder: '/clone', commit: 'c', remove };
          },
          generateDockerfile: async (type, folder, _id, options) => {
            calls.push([type, folder, options?.subdir]);
            return { text: 'FROM x\n', plan: buildPlan() };
          },
        },
      },
    );
    const { stdout } = await run(URL, '--ref', 'v1', '--subdir', 's', '--print-dockerfile');
    expect(stdout).toBe('FROM x\n');
    expect(calls).toEqual([['checkout', URL, 'v1', 'abc'], ['auto', '/clone', 's'], 'remove']);
  });

  it('removes the clone when nothing can be written', async () => {
    let removed = 0;
    const remove = async (): Promise<void> => void (removed += 1);
    const { run } = building(
      {},
      {
        builder: {
          checkout: async () => ({ folder: '/clone', commit: 'c', remove }),
          generateDockerfile: () => Promise.reject(notAServer),
        },
      },
    );
    expect((await run(URL, '--print-dockerfile')).exitCode).toBe(4);
    expect(removed).toBe(1);
  });
});

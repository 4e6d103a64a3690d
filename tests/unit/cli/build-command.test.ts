import { describe, expect, it } from 'vitest';
import { severalServers } from '../../../src/build/attempts.js';
import type { DeployFromGitHubConfig } from '../../../src/build/deploy.js';
import type { BuildResult, DockerBuildConfig } from '../../../src/build/types.js';
import { DockerBuildError, ImagePushError, SlipwayError } from '../../../src/core/errors.js';
import { invalidInput } from '../../../src/core/options.js';
import { buildPlan } from '../../support/build-plan.js';
import { buildResultOf, probeResultOf } from '../../support/build-result.js';
import { commandLine, type CommandLineOptions } from './command-line.js';

const URL = 'https://github.com/a/b';

/** A build of a folder that ends like this. */
function building(result: Partial<BuildResult> = {}, options: CommandLineOptions = {}) {
  const configs: DockerBuildConfig[] = [];
  const pushes: unknown[] = [];
  const builder: CommandLineOptions['builder'] = {
    buildImage: async (config) => {
      configs.push(config);
      return buildResultOf(result);
    },
    pushImage: async (tag, { registry } = {}) => {
      pushes.push([tag, registry]);
      return { image: `${registry}/${tag}`, digest: 'r.example/x@sha256:1' };
    },
    ...options.builder,
  };
  const run = (...args: readonly string[]) =>
    commandLine(['build', ...args], {}, { ...options, builder });
  return { run, configs, pushes };
}

function failing(error: Error, options: CommandLineOptions = {}) {
  const buildImage = (): Promise<never> => Promise.reject(error);
  return building({}, { ...options, builder: { buildImage } });
}

const buildFailed = new DockerBuildError('BUILD_FAILED', {
  message: 'Step 3 "RUN npm ci" failed with exit code 1.',
  hint: 'Look at the log.',
  context: { step: 'RUN npm ci', exitCode: 1, log: 'npm error \u001b[31mno lock\u001b[0m\n' },
});

const notAServer = new SlipwayError('NOT_A_SERVER', {
  message: 'No MCP server was found: it is a library.',
  hint: 'Name another folder.',
  context: { reason: 'it is a library' },
});

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
            return { commit, metadata: null, build: buildResultOf(), pushed: null, server: null };
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

describe('slipway build --json', () => {
  it('prints one object, and nothing else on standard output', async () => {
    const { run } = building(
      {},
      {
        builder: {
          buildImage: async ({ onEvent }) => {
            onEvent?.({ type: 'cached', imageId: 'x' });
            onEvent?.({ type: 'log', text: 'noise' });
            return buildResultOf();
          },
        },
      },
    );
    const { stdout, stderr } = await run('.', '--json');
    expect(stderr).toBe('Nothing changed since the last build\n');
    expect(JSON.parse(stdout)).toEqual({
      status: 'works',
      imageTag: 'mcp-small:latest',
      imageId: `sha256:${'a'.repeat(64)}`,
      digest: null,
      size: 1024 * 1024,
      buildTimeMs: 1500,
      cached: false,
      plan: buildPlan(),
      probe: {
        era: 'initialize',
        protocolVersion: '2025-11-25',
        transport: 'stdio',
        tools: ['greet', 'part'],
        missing: [],
        reason: null,
        stderrTail: 'ready\n',
      },
      warnings: ['Something to know.'],
      dockerfile: 'FROM node:24-slim\n',
      dockerfileSource: 'generated',
    });
  });

  it.each<[string, Error, number, object]>([
    [
      'a failed build',
      buildFailed,
      1,
      {
        status: 'broken',
        probe: { reason: buildFailed.message, stderrTail: 'npm error no lock\n' },
      },
    ],
    ['no server', notAServer, 4, { status: 'unsupported', probe: { reason: notAServer.message } }],
  ])('makes a verdict of %s', async (_what, error, exitCode, report) => {
    const done = await failing(error).run('.', '--json');
    expect(done.exitCode).toBe(exitCode);
    const printed: unknown = JSON.parse(done.stdout);
    expect(printed).toMatchObject({ imageTag: null, imageId: null, cached: false, ...report });
    expect(Object.keys(Object(printed)).sort()).toEqual(
      'buildTimeMs cached digest dockerfile dockerfileSource imageId imageTag plan probe size status warnings'.split(
        ' ',
      ),
    );
    expect(done.stderr).toContain(error.message);
  });

  it('has the plan and the Dockerfile of a build that failed', async () => {
    const plan = buildPlan({ language: 'go' });
    const buildImage = async ({ onEvent }: DockerBuildConfig): Promise<never> => {
      onEvent?.({
        type: 'detected',
        detection: { kind: 'server', plan, dockerfile: null, others: [] },
      });
      onEvent?.({ type: 'fallback', reason: 'The first one failed.' });
      onEvent?.({
        type: 'dockerfile',
        source: { kind: 'generated', language: 'go' },
        text: 'FROM x',
      });
      throw buildFailed;
    };
    const { stdout } = await building({}, { builder: { buildImage } }).run('.', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      plan,
      dockerfile: 'FROM x',
      dockerfileSource: 'generated',
      warnings: ['The first one failed.'],
    });
  });

  it('prints an error that says nothing about the repository as that', async () => {
    const error = new SlipwayError('DISK_FULL', {
      message: 'Full.',
      hint: 'Free some.',
      context: { where: 'engine' },
    });
    const { stdout, exitCode } = await failing(error).run('.', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'DISK_FULL', message: 'Full.' } });
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

describe('slipway build --push', () => {
  it.each(['works', 'built'] as const)('pushes what %s, and gives the digest', async (status) => {
    const { run, pushes } = building({ status });
    const { stdout } = await run('.', '--push', 'r.example/team', '--json');
    expect(pushes).toEqual([['mcp-small:latest', 'r.example/team']]);
    expect(JSON.parse(stdout)).toMatchObject({ digest: 'r.example/x@sha256:1' });
  });

  it.each(['needs_config', 'broken', 'unsupported'] as const)(
    'pushes nothing that is %s, and says so',
    async (status) => {
      const { run, pushes } = building({ status });
      const { stdout } = await run('.', '--push', 'r.example');
      expect(pushes).toEqual([]);
      expect(stdout).toContain(`warning: Not pushed: the status is ${status}.`);
    },
  );

  it('keeps the verdict when the push fails, and exits with 1', async () => {
    const failure = new ImagePushError({
      message: 'The registry did not take it.',
      hint: 'Log in.',
      context: { image: 'x', reason: 'login_needed' },
    });
    const { run } = building({}, { builder: { pushImage: () => Promise.reject(failure) } });
    const { stdout, stderr, exitCode } = await run('.', '--push', 'r.example', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'works',
      digest: null,
      warnings: ['Something to know.', 'Not pushed: The registry did not take it. Log in.'],
    });
    expect(stderr).toContain('The registry did not take it.');
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

import { afterAll, describe, expect, it } from 'vitest';
import { readDockerfile } from '../../../src/build/dockerfile-file.js';
import { SlipwayError } from '../../../src/core/errors.js';
import { createDockerExecutor } from '../../../src/create.js';
import { OUTCOME } from '../../../src/engine/endpoint/outcome.js';
import { noEngineAnswered } from '../../../src/engine/endpoint/unreachable.js';
import { statusError } from '../../../src/engine/map-error.js';
import { asPullFailure } from '../../../src/engine/pull-failure.js';
import { launchFailure, startFailure } from '../../../src/engine/start-failure.js';
import { parseRef } from '../../../src/git/ref.js';
import { cloneError, missingRef, readFailure } from '../../../src/git/clone-failure.js';
import { parseAllowedHosts, parseRepositoryUrl } from '../../../src/git/repository-url.js';
import { withoutNetwork } from '../../../src/policy/without-network.js';
import type { Executor } from '../../../src/tools/executor.js';
import { failureOf } from '../../support/failure.js';
import { specOf } from '../../support/container-spec.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { tempFolders } from '../../support/temp-folder.js';
import { call, contextOf } from './tool-context.js';

/** What a model reads when every method of the library ends with this. */
async function told(
  failure: unknown,
  name = 'execute_docker_container',
  args: Record<string, unknown> = { image: 'busybox' },
): Promise<string> {
  const fail = () => Promise.reject(errorIn(failure));
  const context = contextOf({
    executeContainer: fail,
    executeWithPayload: fail,
    buildAndExecuteGitHubRepo: fail,
    pullImage: fail,
  });
  const { output, isError } = await call(name, args, context);
  expect(isError).toBe(true);
  return String(output['error_message']);
}

const errorIn = (failure: unknown): Error =>
  failure instanceof Error ? failure : new Error(String(failure));

const toldOfBuild = (failure: unknown): Promise<string> =>
  told(failure, 'build_and_execute_github_repo', { repo_url: 'https://github.com/o/r' });

const unreachable = (outcome: string) =>
  noEngineAnswered([{ source: 'default', address: 'unix:///var/run/docker.sock', outcome }], {
    platform: 'linux',
    checkout: false,
  });

describe('without an engine a model reads', () => {
  it('where it was looked for, that nothing was started, and to have it started', async () => {
    expect(await told(unreachable(OUTCOME.missing))).toMatch(
      /^Docker is not reachable \(tried unix:\/\/\/var\/run\/docker\.sock: no socket there\)\. Nothing was started\. .*[Ss]tart.*try again/,
    );
  });

  it('which rights are missing, and how to get them', async () => {
    const text = await told(unreachable(OUTCOME.denied));
    expect(text).toContain('unix:///var/run/docker.sock: permission denied');
    expect(text).toContain('Nothing was started.');
    expect(text).toContain('"docker" group');
  });
});

describe('of an image that did not arrive a model reads', () => {
  const failed = (image: string, detail: string) =>
    asPullFailure(statusError('pull', 500, detail), image);
  const ABSENT = 'pull access denied for x, repository does not exist or may require docker login';
  const NO_TAG = 'manifest for x not found: manifest unknown';
  const LIMIT = 'toomanyrequests: You have reached your pull rate limit';

  it.each([
    ['pythn:3.12', 'python:3.12'],
    ['docker.io/library/ngnix', 'nginx'],
    ['node-js:22', undefined],
    ['postgress@sha256:'.concat('a'.repeat(64)), `postgres@sha256:${'a'.repeat(64)}`],
    ['ubunto', 'ubuntu'],
    ['rby', 'ruby'],
    ['xyz', undefined],
    ['python:3.99', undefined],
    ['ghcr.io/org/pythn', undefined],
    ['someone/pythn', undefined],
    ['a'.repeat(500), undefined],
  ])('that %s was not found, and which one was meant', async (image, meant) => {
    const text = await told(failed(image, ABSENT), 'pull_docker_image', { image });
    expect(text).toContain(`Image "${image}" was not found, or needs a login`);
    expect(text).toContain('Check the name and tag; a private image needs a "docker login"');
    expect(/Did you mean "([^"]*)"/.exec(text)?.[1]).toBe(meant);
  });

  it('of a tag that is not there, to check it', async () => {
    expect(await told(failed('python:3.99', NO_TAG))).toContain('Check the name and tag');
  });

  it.each([
    ['python:3.12', 'public.ecr.aws/docker/library/python:3.12'],
    ['docker.io/library/redis', 'public.ecr.aws/docker/library/redis'],
  ])('of a rate limit, where else %s is', async (image, mirror) => {
    const text = await told(failed(image, LIMIT));
    expect(text).toContain('too many requests');
    expect(text).toContain(`A mirror has it as "${mirror}".`);
    expect(text).toContain('Wait, log in to the registry');
  });

  it('of a rate limit elsewhere, no mirror that there is not', async () => {
    expect(await told(failed('ghcr.io/org/app', LIMIT))).not.toContain('public.ecr.aws');
  });

  it('of a platform that it is not made for, to use another tag', async () => {
    const text = await told(failed('old:1', 'no matching manifest for linux/arm64/v8'));
    expect(text).toContain('Image "old:1" has no variant for this platform');
    expect(text).toContain('linux/arm64');
    expect(text).toContain('Use another tag, or another platform.');
  });
});

describe('of a program that cannot be started a model reads', () => {
  const spec = specOf(`sha256:${'a'.repeat(64)}`, { command: ['pythn'] });

  it.each([
    startFailure(
      statusError('start', 400, 'exec: "pythn": executable file not found in $PATH'),
      spec,
    ),
    launchFailure(127, '[FATAL tini (7)] exec pythn failed: No such file or directory\n', spec),
  ])('its name and how a command looks (%#)', async (failure) => {
    expect(await told(failure)).toBe(
      'The container could not start: "pythn" is not found. Use a program that is in the image (an absolute path, or a name in its PATH), e.g. ["python3", "-c", "print(1)"].',
    );
  });
});

describe('of a repository that cannot be built a model reads', () => {
  const tempFolder = tempFolders();
  const repository = parseRepositoryUrl(
    'https://github.com/o/r',
    parseAllowedHosts(['github.com']),
  );

  it('that it is not there, or private', async () => {
    const read = readFailure("fatal: repository 'https://github.com/o/r/' not found");
    expect(await toldOfBuild(cloneError(repository, read))).toMatch(
      /^Could not clone https:\/\/github\.com\/o\/r.* \(repository not found or private\)\. Check the URL\./,
    );
  });

  it('which branches there are when the one that was asked for is not', async () => {
    const failure = missingRef(repository, parseRef('mian'), ['main', 'dev', 'v2']);
    expect(await toldOfBuild(failure)).toMatch(
      /^Branch or tag "mian" does not exist in https:\S+ Existing branches: main, dev, v2\. Leave branch out for the default branch\.$/,
    );
  });

  it('which Dockerfiles there are when the usual one is not', async () => {
    const FROM = 'FROM scratch\n';
    const folder = await tempFolder({ 'docker/Dockerfile': FROM, 'api/Dockerfile': FROM });
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(await toldOfBuild(failure)).toBe(
      'No "Dockerfile" in the root of the build context. Found: api/Dockerfile, docker/Dockerfile. Call again with dockerfile_path "api/Dockerfile". Nothing was built.',
    );
  });

  it('that there is none at all', async () => {
    const folder = await tempFolder({ 'README.md': '#' });
    const failure = await failureOf(readDockerfile(folder, 'Dockerfile'));
    expect(await toldOfBuild(failure)).toContain('It has no Dockerfile at all.');
  });

  it('which step of the build failed', async () => {
    const failure = new SlipwayError('BUILD_FAILED', {
      message: 'Build failed at step 7/12 "RUN npm ci" (exit code 1).',
      hint: 'Correct the Dockerfile or the build arguments, then try again: finished steps are cached.',
      context: { step: 'RUN npm ci', exitCode: 1, log: 'npm error\n' },
    });
    expect(await toldOfBuild(failure)).toBe(
      'Build failed at step 7/12 "RUN npm ci" (exit code 1). The end of the build log is in stderr. Correct the Dockerfile or the build arguments, then try again: finished steps are cached.',
    );
  });
});

describe('of a container that nobody knows a model reads', () => {
  const failure = new SlipwayError('NOT_MANAGED', {
    message: 'Refused: no container started by Slipway matches "abc".',
    hint: 'See the list of running containers.',
    context: { container: 'abc' },
  });
  const container = {
    id: '9f1c'.padEnd(64, '0'),
    name: 'slipway-web',
    image: 'nginx',
    state: 'running',
    status: 'Up',
    createdAt: new Date(0),
    ports: [],
    managed: true,
  };
  const stop = async (listRunningContainers: Executor['listRunningContainers']) => {
    const context = contextOf({
      stopContainer: () => Promise.reject(failure),
      listRunningContainers,
    });
    const { output } = await call('stop_container', { container_id: 'abc' }, context);
    return output['error_message'];
  };

  it('which ones there are, and how to list them', async () => {
    const foreign = { ...container, name: 'db', managed: false };
    expect(await stop(() => Promise.resolve([container, foreign]))).toBe(
      'Refused: no container started by Slipway matches "abc". Running: 9f1c00000000 (slipway-web). Containers started elsewhere are left alone. Find its id with list_running_containers.',
    );
  });

  it('that there is none', async () => {
    expect(await stop(() => Promise.resolve([]))).toContain('None is known to run.');
  });

  it('what is known when there is no list', async () => {
    expect(await stop(() => Promise.reject(new Error('no list')))).toContain('matches "abc"');
  });
});

describe('of a call that the library refuses a model reads', () => {
  const library = createDockerExecutor({
    dockerHost: 'unix:///nonexistent/docker.sock',
    policy: withoutNetwork('standard'),
  });
  const context = contextOf({
    executeContainer: (config, options) => library.executeContainer(config, options),
    executeWithPayload: (config, options) => library.executeWithPayload(config, options),
    startDetached: (config, options) =>
      library.executeContainer({ ...config, detach: true }, options),
  });
  afterAll(() => library.close());

  const refusal = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const { output, isError } = await call(name, args, context);
    expect(isError).toBe(true);
    return String(output['error_message']);
  };

  it('how large a payload is and may be', async () => {
    const args = { image: 'busybox', payload: 'x'.repeat(6.2 * 1024 * 1024) };
    expect(await refusal('execute_with_payload', args)).toBe(
      'payload must be at most 4 MiB; got "6.2 MiB". Put the data into the image, or fetch it inside the container.',
    );
  });

  it('that the operator does not permit it', async () => {
    const args = { image: 'busybox', network_mode: 'bridge' };
    const text = await refusal('execute_docker_container', args);
    expect(text).toContain('network');
    expect(text).toContain('operator');
  });

  it.each([
    [
      { platform: 'arm' },
      /^platform must be "os\/architecture", e\.g\. "linux\/arm64"; got "arm"\./,
    ],
    [{ user: 'a b' }, /^user must be "uid", "uid:gid", or a name of the image/],
    [{ memory_limit: '1.2.3m' }, /^memory_limit must be a size of at least 16 MiB/],
    [{ memory_limit: 5 }, /^memory_limit must be a size of at least 16 MiB/],
    [{ files: { 'a.txt': '' } }, /^files\.0\.path must .*absolute/],
    [{ artifacts: ['/*'] }, /^artifacts\.0 must name a folder before the first wildcard/],
    [{ gpus: '0,,1' }, /^gpus/],
    [{ working_dir: '/a/../b' }, /^working_dir must/],
    [
      { detach: true, artifacts: ['/out'] },
      /^artifacts cannot be brought back from a detached run.* Leave out "detach"/,
    ],
  ])('which field breaks which rule, in the words of the tool: %j', async (args, text) => {
    expect(await refusal('execute_docker_container', { image: 'busybox', ...args })).toMatch(text);
  });
});

describe('of a run that we ended a model reads', () => {
  const after = async (differences: Parameters<typeof runResultOf>[0]): Promise<unknown> => {
    const result = runResultOf({ success: false, exitCode: null, ...differences });
    const context = contextOf({ executeContainer: () => Promise.resolve(result) });
    const { output } = await call('execute_docker_container', { image: 'x' }, context);
    return output['error_message'];
  };

  it('after how long, and what to change', async () => {
    expect(await after({ status: 'timed_out' })).toBe(
      'Stopped after 300 s (timeout). The output so far is included. Raise timeout (max 3600) or do less work per call.',
    );
  });

  it('at which memory, and how to give it more', async () => {
    expect(await after({ status: 'out_of_memory', exitCode: 137 })).toBe(
      'Killed for exceeding memory_limit (2g). Call again with e.g. memory_limit "4g", or use less memory.',
    );
  });
});

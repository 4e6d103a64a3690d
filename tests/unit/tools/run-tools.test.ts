import { describe, expect, it } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import type { ToolProgress } from '../../../src/tools/progress.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { call, contextOf } from './tool-context.js';

describe('the run tools', () => {
  it('hand every field to the library in its words and units', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      executeWithPayload: (config) => {
        seen.push(config);
        return Promise.resolve(runResultOf());
      },
    });
    await call(
      'execute_with_payload',
      {
        image: 'python:3.13-slim',
        payload: { rows: [1, 2] },
        payload_path: '/data/rows.json',
        command: ['python3', '/data/main.py'],
        entrypoint: 'env',
        environment: { DEBUG: '1' },
        memory_limit: '512m',
        cpu_limit: 0.5,
        timeout: 1.5,
        network_mode: 'bridge',
        working_dir: '/data',
        stdin: 'yes',
        files: { '/data/main.py': 'print(1)', '/data/empty': '' },
        artifacts: ['/out/*.png'],
      },
      context,
    );
    expect(seen).toEqual([
      {
        image: 'python:3.13-slim',
        payload: { rows: [1, 2] },
        payloadPath: '/data/rows.json',
        command: ['python3', '/data/main.py'],
        entrypoint: 'env',
        environment: { DEBUG: '1' },
        memoryBytes: '512m',
        cpus: 0.5,
        timeoutMs: 1500,
        networkMode: 'bridge',
        workingDir: '/data',
        stdin: 'yes',
        files: [
          { path: '/data/main.py', content: 'print(1)' },
          { path: '/data/empty', content: '' },
        ],
        artifacts: ['/out/*.png'],
      },
    ]);
  });

  it('hand what only some runs need to the library too', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      executeContainer: (config) => {
        seen.push(config);
        return Promise.resolve(runResultOf());
      },
    });
    const args = { image: 'x', user: '1000:1000', read_only: true, platform: 'linux/arm64' };
    const calls = [
      { ...args, gpus: 'all', pull: 'always' },
      { ...args, gpus: '0,GPU-1', pull: 'never', detach: false },
    ];
    for (const one of calls) await call('execute_docker_container', one, context);
    const config = { image: 'x', user: '1000:1000', readOnly: true, platform: 'linux/arm64' };
    expect(seen).toEqual([
      { ...config, gpus: 'all', pull: 'always' },
      { ...config, gpus: ['0', 'GPU-1'], pull: 'never' },
    ]);
  });

  it('leave unset fields to the defaults of the library', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      executeContainer: (config) => {
        seen.push(config);
        return Promise.resolve(runResultOf());
      },
    });
    await call('execute_docker_container', { image: 'busybox' }, context);
    expect(seen).toEqual([{ image: 'busybox' }]);
  });

  it('treat a program that fails as a result, not as a tool error', async () => {
    const failed = runResultOf({
      success: false,
      exitCode: 3,
      stdout: '',
      stderr: 'no\n',
      errorMessage: 'The program exited with code 3.',
    });
    const context = contextOf({ executeContainer: () => Promise.resolve(failed) });
    const { output, isError } = await call('execute_docker_container', { image: 'x' }, context);
    expect(isError).toBe(false);
    expect(output).toEqual({
      success: false,
      exit_code: 3,
      execution_time: 1.234,
      error_message: 'The program exited with code 3.',
      timed_out: false,
      truncated: false,
      full_output: null,
      artifacts: [],
      artifacts_total: 0,
      container_id: null,
      deadline: null,
      stderr: 'no\n',
      stdout: '',
    });
  });

  it('end the run with the call', async () => {
    const controller = new AbortController();
    const context = contextOf(
      {
        executeContainer: (_config, options) =>
          new Promise((_resolve, reject) => {
            options?.signal?.addEventListener('abort', () => reject(new Error('ended')));
          }),
      },
      { signal: controller.signal },
    );
    const running = call('execute_docker_container', { image: 'x' }, context);
    controller.abort(new Error('cancelled by the client'));
    await expect(running).rejects.toThrow('cancelled by the client');
  });

  it('report what the library does', async () => {
    const reported: ToolProgress[] = [];
    const context = contextOf(
      {
        executeContainer: (_config, options) => {
          options?.onEvent?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
          return Promise.resolve(runResultOf());
        },
      },
      { report: (progress) => reported.push(progress) },
    );
    await call('execute_docker_container', { image: 'busybox' }, context);
    expect(reported).toEqual([{ phase: 'Running busybox as slipway-1' }]);
  });

  it.each([
    ['image', { image: '' }, 'image: '],
    ['command', { image: 'x', command: 5 }, 'command: expected an array of strings (argv)'],
    ['memory_limit', { image: 'x', memory_limit: 'lots' }, 'expected a size such as "512m"'],
    ['timeout', { image: 'x', timeout: 0 }, 'timeout: '],
    ['timeout', { image: 'x', timeout: 3601 }, 'timeout: '],
    [
      'network_mode',
      { image: 'x', network_mode: 'host' },
      'network_mode: expected one of "none"|"bridge"',
    ],
    ['working_dir', { image: 'x', working_dir: 'here' }, 'working_dir: expected an absolute path'],
    ['cpu_limit', { image: 'x', cpu_limit: 0 }, 'cpu_limit: expected 0.01 to 64 cores'],
    ['cpu_limit', { image: 'x', cpu_limit: 'two' }, 'cpu_limit: expected number'],
    ['pull', { image: 'x', pull: 'often' }, 'pull: expected one of "missing"|"always"|"never"'],
    ['read_only', { image: 'x', read_only: 'yes' }, 'read_only: expected boolean'],
    ['artifacts', { image: 'x', artifacts: '/out' }, 'artifacts: expected array'],
    ['files', { image: 'x', files: { '/a': 1 } }, 'files./a: expected string'],
    ['user', { image: 'x', user: '' }, 'user: expected 1 to 129 characters'],
    ['image', {}, 'image: is required'],
  ])('refuse a wrong %s by its name', async (_field, args, text) => {
    const { output, isError } = await call('execute_docker_container', args);
    expect(isError).toBe(true);
    expect(output['error_message']).toContain(text);
  });

  it('never repeat a value that may be secret', async () => {
    const args = { image: 'x', environment: { TOKEN: 12345678 }, files: { '/key': 87654321 } };
    const { output } = await call('execute_docker_container', args);
    expect(output['error_message']).toContain('environment.TOKEN');
    expect(output['error_message']).toContain('files./key');
    expect(output['error_message']).not.toMatch(/12345678|87654321/);
  });

  it.each([536_870_912, '512', '512m', '1.5G', '64KiB', '2gb', '900b'])(
    'take the size %s',
    async (size) => {
      const context = contextOf({ executeContainer: () => Promise.resolve(runResultOf()) });
      const args = { image: 'x', memory_limit: size };
      expect((await call('execute_docker_container', args, context)).isError).toBe(false);
    },
  );
});

describe('a detached run', () => {
  const deadline = new Date('2026-01-02T03:04:05Z');

  it('is answered at once with its container and its deadline', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      startDetached: (config) => {
        seen.push(config);
        return Promise.resolve({ containerId: 'd'.repeat(64), name: 'slipway-1', deadline });
      },
    });
    const args = { image: 'busybox', command: ['httpd', '-f'], timeout: 60, detach: true };
    const { output, isError } = await call('execute_docker_container', args, context);
    expect(seen).toEqual([{ image: 'busybox', command: ['httpd', '-f'], timeoutMs: 60_000 }]);
    expect(isError).toBe(false);
    expect(output).toEqual({
      success: true,
      exit_code: null,
      execution_time: 0,
      error_message: null,
      timed_out: false,
      truncated: false,
      full_output: null,
      artifacts: [],
      artifacts_total: 0,
      container_id: 'd'.repeat(64),
      deadline: '2026-01-02T03:04:05.000Z',
      stderr: '',
      stdout: '',
    });
  });

  it('that cannot be started is an error without a container', async () => {
    const busy = new SlipwayError('SERVER_BUSY', {
      message: 'Not started: there are 8 detached containers.',
      hint: 'Stop one that is not needed any more.',
      context: { running: 8, waiting: 0, retryAfterMs: 1000 },
    });
    const context = contextOf({ startDetached: () => Promise.reject(busy) });
    const args = { image: 'busybox', detach: true };
    const { output, isError } = await call('execute_docker_container', args, context);
    expect(isError).toBe(true);
    expect(output).toMatchObject({ success: false, container_id: null, deadline: null });
  });
});

describe('build_and_execute_github_repo', () => {
  const args = {
    repo_url: 'https://github.com/org/repo',
    branch: 'v2',
    dockerfile_path: 'docker/Dockerfile',
    context_path: 'app',
    build_args: { VERSION: '2' },
    build_timeout: 60,
    timeout: 5,
  };

  it('hands the build to the library and tells which image ran', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      buildAndExecuteGitHubRepo: (config) => {
        seen.push(config);
        return Promise.resolve(runResultOf());
      },
    });
    const { output } = await call('build_and_execute_github_repo', args, context);
    expect(seen).toEqual([
      {
        repositoryUrl: 'https://github.com/org/repo',
        ref: 'v2',
        dockerfilePath: 'docker/Dockerfile',
        contextPath: 'app',
        buildArgs: { VERSION: '2' },
        buildTimeoutMs: 60_000,
        timeoutMs: 5000,
      },
    ]);
    expect(output['image_id']).toBe(`sha256:${'a'.repeat(64)}`);
    expect(Object.keys(output).slice(-2)).toEqual(['stderr', 'stdout']);
  });

  it('gives the end of the log of a failed build, apart from the advice', async () => {
    const log = `${'older line\n'.repeat(2000)}\u001b[31mnpm error code E404\u001b[0m\n`;
    const failed = new SlipwayError('BUILD_FAILED', {
      message: 'The build failed at step 7/12 "RUN npm ci" (exit code 1).',
      hint: 'Correct the Dockerfile and try again.',
      context: { step: 'RUN npm ci', exitCode: 1, log },
    });
    const context = contextOf({ buildAndExecuteGitHubRepo: () => Promise.reject(failed) });
    const { output, isError } = await call('build_and_execute_github_repo', args, context);
    expect(isError).toBe(true);
    expect(output['error_message']).toContain('step 7/12');
    expect(output['stderr']).toMatch(/older line\nnpm error code E404\n$/);
    expect(String(output['stderr']).length).toBeLessThanOrEqual(6000);
    expect(output['exit_code']).toBeNull();
  });
});

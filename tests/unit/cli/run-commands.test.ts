import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import { invalidInput } from '../../../src/core/options.js';
import type { Executor } from '../../../src/tools/executor.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { commandLine } from './command-line.js';

/** A command line as it is typed; no word of it holds a space. */
const words = (line: string): readonly string[] => line.split(' ');

const advice = { message: 'It failed.', hint: 'Do this.' };

function startFailed(exitCode: number | null) {
  return { ...advice, context: { image: 'busybox', exitCode, reason: 'not found' } };
}

const hello = { executeContainer: () => Promise.resolve(runResultOf()) };

describe('slipway run', () => {
  it('prints what the program wrote and exits as it did', async () => {
    const result = runResultOf({ success: false, exitCode: 7, stdout: 'out', stderr: 'err' });
    const done = await commandLine(['run', 'busybox'], {
      executeContainer: () => Promise.resolve(result),
    });
    expect(done).toMatchObject({ exitCode: 7, stdout: 'out', stderr: 'err', closed: 1 });
  });

  it('hands every option to the library in its words and units', async () => {
    const seen: unknown[] = [];
    const args = words(
      'run --memory 512m --cpus 0.5 --timeout 1.5 --network bridge -e A=1 --env B=x=y ' +
        '--entrypoint sh -w /job -u 1000:1000 --read-only --stdin --pull never busybox ls -l --color',
    );
    await commandLine(
      args,
      {
        executeContainer: (config) => {
          seen.push(config);
          return Promise.resolve(runResultOf());
        },
      },
      { stdin: 'input' },
    );
    expect(seen).toEqual([
      {
        image: 'busybox',
        command: ['ls', '-l', '--color'],
        entrypoint: 'sh',
        environment: { A: '1', B: 'x=y' },
        memoryBytes: '512m',
        cpus: 0.5,
        timeoutMs: 1500,
        networkMode: 'bridge',
        workingDir: '/job',
        user: '1000:1000',
        readOnly: true,
        stdin: Buffer.from('input'),
        pull: 'never',
      },
    ]);
  });

  it.each([
    [['run', 'busybox', '--', 'ls', '-l']],
    [['run', '--', 'busybox', 'ls', '-l']],
    [['run', 'busybox', 'ls', '-l']],
  ])('takes the command of %j', async (args) => {
    const seen: unknown[] = [];
    await commandLine(args, {
      executeContainer: ({ image, command }) => {
        seen.push(image, command);
        return Promise.resolve(runResultOf());
      },
    });
    expect(seen).toEqual(['busybox', ['ls', '-l']]);
  });

  it('leaves the command to the image when there is none', async () => {
    const seen: unknown[] = [];
    await commandLine(['run', 'busybox'], {
      executeContainer: (config) => {
        seen.push(config);
        return Promise.resolve(runResultOf());
      },
    });
    expect(seen).toEqual([{ image: 'busybox' }]);
  });

  it.each([
    ['timed_out', null, 124],
    ['out_of_memory', 137, 137],
    ['output_limit', null, 125],
    ['cancelled', null, 125],
    ['engine_lost', null, 125],
  ] as const)('of a program that ended as %s exits with %s', async (status, exitCode, expected) => {
    const errorMessage = 'What happened, and what to do.';
    const result = runResultOf({ success: false, status, exitCode, errorMessage });
    const done = await commandLine(['run', 'busybox'], {
      executeContainer: () => Promise.resolve(result),
    });
    expect(done.exitCode).toBe(expected);
    expect(done.stdout).toBe('hello\n');
    expect(done.stderr).toBe('slipway: What happened, and what to do.\n');
  });

  it.each([
    [new SlipwayError('START_FAILED', startFailed(127)), 127],
    [new SlipwayError('START_FAILED', startFailed(126)), 126],
    [new SlipwayError('START_FAILED', startFailed(null)), 125],
    [new SlipwayError('ENGINE_LOST', { ...advice, context: { operation: 'create' } }), 125],
    [invalidInput('image', 'is not valid', '!'), 2],
  ])('that could not be done says why and what to do: %s', async (failure, exitCode) => {
    const done = await commandLine(['run', 'busybox'], {
      executeContainer: () => Promise.reject(failure),
    });
    expect(done).toMatchObject({ exitCode, stdout: '', closed: 1 });
    expect(done.stderr).toBe(`slipway: ${failure.message}\n  ${failure.hint}\n`);
  });

  it('calls a wrong option by the flag it came from', async () => {
    const done = await commandLine(['run', '--memory', '1', 'busybox'], {
      executeContainer: () => Promise.reject(invalidInput('memoryBytes', 'is too small', '1')),
    });
    expect(done.stderr).toMatch(/^slipway: --memory is too small; got "1"\./);
  });

  it('prints the whole result as JSON, and an error too', async () => {
    const done = await commandLine(['run', '--json', 'busybox'], hello);
    expect(JSON.parse(done.stdout)).toEqual(runResultOf());
    const error = invalidInput('image', 'is not valid', '!');
    const failed = await commandLine(['run', '--json', 'busybox'], {
      executeContainer: () => Promise.reject(error),
    });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      error: { code: 'INVALID_INPUT', message: error.message, hint: error.hint },
    });
  });

  it('does not let a program steer the terminal, and changes nothing in a pipe', async () => {
    const result = runResultOf({ stdout: '\u001b[2Jhello\n' });
    const script = { executeContainer: () => Promise.resolve(result) };
    const onTerminal = await commandLine(['run', 'x'], script, { terminal: true });
    expect(onTerminal.stdout).toBe('hello\n');
    expect((await commandLine(['run', 'x'], script)).stdout).toBe('\u001b[2Jhello\n');
  });

  it('says when output is missing', async () => {
    const counts = {
      stdout: { bytes: 10_000_006, omittedBytes: 10_000_000 },
      stderr: { bytes: 0, omittedBytes: 0 },
    };
    const done = await commandLine(['run', 'x'], {
      executeContainer: () => Promise.resolve(runResultOf({ counts, truncated: true })),
    });
    expect(done.stderr).toContain('10000000 bytes of the output were left out');
  });

  it('tells a person who waits what is going on, and a script nothing', async () => {
    const script: Partial<Executor> = {
      executeContainer: (_config, options) => {
        options?.onEvent?.({ type: 'pulling', image: 'busybox', progress: null });
        options?.onEvent?.({ type: 'pulling', image: 'busybox', progress: null });
        options?.onEvent?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
        return Promise.resolve(runResultOf());
      },
    };
    const onTerminal = await commandLine(['run', 'busybox'], script, { terminal: true });
    expect(onTerminal.stderr).toBe('Pulling busybox\n');
    expect((await commandLine(['run', 'busybox'], script)).stderr).toBe('');
  });

  it('exits with 130 when it is interrupted, after the executor has cleaned up', async () => {
    const controller = new AbortController();
    const running = commandLine(
      ['run', 'busybox'],
      {
        executeContainer: (_config, options) => {
          queueMicrotask(() => controller.abort('SIGINT'));
          return new Promise((_resolve, reject) => {
            options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
          });
        },
      },
      { signal: controller.signal },
    );
    expect(await running).toMatchObject({ exitCode: 130, stdout: '', stderr: '', closed: 1 });
  });

  it('names the engine that was asked for', async () => {
    const args = ['run', '--docker-host', 'tcp://10.0.0.1:2376', '--log-level', 'debug', 'busybox'];
    const done = await commandLine(args, hello);
    expect(done.engines).toEqual([
      { dockerHost: 'tcp://10.0.0.1:2376', policyFile: undefined, logLevel: 'debug' },
    ]);
  });
});

describe('slipway payload', () => {
  it('gives a file to the program under its own name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'));
    try {
      const file = join(folder, 'main.py');
      await writeFile(file, 'print(6*7)\n');
      const seen: unknown[] = [];
      await commandLine(['payload', 'python', file, 'python3', '/payload/main.py'], {
        executeWithPayload: (config) => {
          seen.push(config);
          return Promise.resolve(runResultOf());
        },
      });
      expect(seen).toEqual([
        {
          image: 'python',
          command: ['python3', '/payload/main.py'],
          payload: Buffer.from('print(6*7)\n'),
          payloadPath: '/payload/main.py',
        },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reads the data from standard input for -', async () => {
    const seen: unknown[] = [];
    await commandLine(
      ['payload', '--path', '/data.json', 'python', '-'],
      {
        executeWithPayload: ({ payload, payloadPath }) => {
          seen.push(payload, payloadPath);
          return Promise.resolve(runResultOf());
        },
      },
      { stdin: '{"a":1}' },
    );
    expect(seen).toEqual([Buffer.from('{"a":1}'), '/data.json']);
  });

  it('refuses a file that cannot be read', async () => {
    const done = await commandLine(['payload', 'python', '/no/such/file']);
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toContain('FILE cannot be read (ENOENT');
  });
});

describe('slipway run-repo', () => {
  it('hands the build to the library', async () => {
    const seen: unknown[] = [];
    const args = words(
      'run-repo --ref v2 --dockerfile docker/Dockerfile --context app --build-arg VERSION=2 ' +
        '--build-timeout 60 https://github.com/org/repo env',
    );
    await commandLine(args, {
      buildAndExecuteGitHubRepo: (config) => {
        seen.push(config);
        return Promise.resolve(runResultOf());
      },
    });
    expect(seen).toEqual([
      {
        repositoryUrl: 'https://github.com/org/repo',
        ref: 'v2',
        dockerfilePath: 'docker/Dockerfile',
        contextPath: 'app',
        buildArgs: { VERSION: '2' },
        buildTimeoutMs: 60_000,
        command: ['env'],
      },
    ]);
  });

  it('shows the end of the log of a failed build before the reason', async () => {
    const context = { step: 'RUN make', exitCode: 2, log: 'make: *** No rule\n' };
    const done = await commandLine(['run-repo', 'https://github.com/org/repo'], {
      buildAndExecuteGitHubRepo: () =>
        Promise.reject(new SlipwayError('BUILD_FAILED', { ...advice, context })),
    });
    expect(done.exitCode).toBe(125);
    expect(done.stderr).toBe('make: *** No rule\nslipway: It failed.\n  Do this.\n');
  });
});

/** Runs in containers that were started ahead of time. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DockerExecutionConfig, DockerExecutionResult } from '../../src/index.js';
import { askEngine, containersWithLabel, inspect } from '../support/engine-view.js';
import { errorOf, testExecutor, type TestExecutor } from '../support/executor.js';
import { testImage } from '../support/test-image.js';

const BUSYBOX = 'busybox:1.36';
const PYTHON = 'python:3.13-slim';
const PARKED = { kind: 'parked', reason: null };

const warm = testExecutor({ warm: { containers: 6, memoryBytes: '1g' } });

/** Runs it in a container that waits already. */
async function runParked(
  config: Partial<DockerExecutionConfig> & Pick<DockerExecutionConfig, 'command'>,
  { executor, mine }: TestExecutor = warm,
): Promise<DockerExecutionResult> {
  const run = { image: BUSYBOX, ...mine, ...config };
  expect(await executor.park(run)).toEqual({ waiting: 1, reason: null });
  const result = await executor.executeContainer(run);
  expect(result.path).toEqual(PARKED);
  return result;
}

function sh(script: string): Pick<DockerExecutionConfig, 'command'> {
  return { command: ['sh', '-c', script] };
}

/** Ids of the containers that only wait. */
async function waitingIds({ executor, label }: TestExecutor): Promise<readonly string[]> {
  await executor.settled();
  const runs = new Set((await executor.listRunningContainers()).map(({ id }) => id));
  return (await containersWithLabel(label)).map(({ Id }) => Id).filter((id) => !runs.has(id));
}

describe('a run', () => {
  const fresh = testExecutor({ warm: true });

  test('is served by a container that waits, from the second of its kind on', async () => {
    const { executor, mine } = fresh;
    const config = { image: BUSYBOX, command: ['echo', 'hi'], ...mine };
    const first = await executor.executeContainer(config);
    expect(first).toMatchObject({ path: { kind: 'cold', reason: 'none was waiting' } });
    await executor.settled();
    const second = await executor.executeContainer(config);
    expect(second).toMatchObject({ path: PARKED, stdout: 'hi\n', cleanup: 'removing' });
    await executor.settled();
    const ids = (await containersWithLabel(fresh.label)).map(({ Id }) => Id);
    expect(ids).toHaveLength(1);
    expect(ids).not.toContain(second.containerId);
  });

  test('waits for a container that is being made rather than for one of its own', async () => {
    const { executor, mine } = fresh;
    const config = { image: BUSYBOX, command: ['hostname'], ...mine };
    await executor.park(config);
    const results = [];
    for (let i = 0; i < 3; i += 1) results.push(await executor.executeContainer(config));
    expect(results.map(({ path }) => path)).toEqual([PARKED, PARKED, PARKED]);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(3);
  });

  test('has its limits also when those that wait have others', async () => {
    await warm.executor.park({ image: BUSYBOX, ...warm.mine });
    const result = await warm.executor.executeContainer({
      image: BUSYBOX,
      ...sh(
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max; cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max',
      ),
      memoryBytes: '96m',
      pids: 40,
      cpus: 0.5,
      ...warm.mine,
    });
    expect(result.path).toEqual(PARKED);
    expect(result.stdout).toBe(`${96 * 1024 * 1024}\n40\n`);
    expect(result.limits).toMatchObject({ memoryBytes: 96 * 1024 * 1024, pids: 40, cpus: 0.5 });
  });

  test('counts its time limit from the start of its program', async () => {
    const result = await runParked({ ...sh('echo up; sleep 600'), timeoutMs: 1000 });
    expect(result).toMatchObject({ status: 'timed_out', exitCode: null, stdout: 'up\n' });
    expect(result.cleanup).toBe('removed');
    expect(result.executionTime).toBeGreaterThanOrEqual(999);
    expect(result.executionTime).toBeLessThan(5000);
  });

  test('streams its output as it comes', async () => {
    const config = { image: BUSYBOX, ...sh('echo first; read x; echo "$x"'), stdin: 'second\n' };
    await warm.executor.park({ ...config, ...warm.mine });
    const seen: string[] = [];
    for await (const event of warm.executor.streamContainer({ ...config, ...warm.mine })) {
      if (event.type === 'stdout') seen.push(Buffer.from(event.data).toString());
      if (event.type === 'result') expect(event.result.path).toEqual(PARKED);
    }
    expect(seen.join('')).toBe('first\nsecond\n');
  });

  test('under the strict policy is served as well', async () => {
    const strict = testExecutorStrict;
    const result = await runParked({ ...sh('id -u; touch /x || echo read-only') }, strict);
    expect(result.stdout).toBe('65534\nread-only\n');
    const { executor, mine } = strict;
    const payload = {
      image: PYTHON,
      payload: 'print(6*7)',
      payloadPath: '/payload/main.py',
      ...mine,
    };
    const run = { ...payload, command: ['python3', '/payload/main.py'] };
    await executor.executeWithPayload(run);
    await executor.settled();
    expect(await executor.executeWithPayload(run)).toMatchObject({ path: PARKED, stdout: '42\n' });
  });

  test('under the strict policy finds its payload where it can read and not change it', async () => {
    const script =
      'cat $PAYLOAD_PATH; echo x > $PAYLOAD_PATH; echo x > /payload/other; ls -a /payload';
    const told = await Promise.all(
      [testExecutorStrict, testExecutorCold].map(async ({ executor, mine }) => {
        const run = { image: BUSYBOX, payload: 'data', command: ['sh', '-c', script], ...mine };
        await executor.executeWithPayload(run);
        await executor.settled();
        return executor.executeWithPayload(run);
      }),
    );
    expect(told.map(({ path }) => path.kind)).toEqual(['parked', 'cold']);
    const [parked, cold] = told.map(({ stdout, stderr, exitCode }) => ({
      stdout,
      stderr,
      exitCode,
    }));
    expect(parked?.stdout).toBe('data.\n..\npayload.json\n');
    expect(parked).toEqual(cold);
  });

  test('of many at once each has the container that waits, or one of its own', async () => {
    const { executor, mine } = warm;
    const config = { image: BUSYBOX, ...mine };
    await executor.park(config, 4);
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        executor.executeContainer({ ...config, command: ['sh', '-c', `echo ${i}; exit ${i}`] }),
      ),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(results.map((_, i) => `${i}\n`));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(results.map((_, i) => i));
    expect(new Set(results.map(({ containerId }) => containerId)).size).toBe(8);
  });
});

const testExecutorStrict = testExecutor({ policy: 'strict', warm: true });
const testExecutorCold = testExecutor({ policy: 'strict' });

describe('what takes a container of its own, and says why', () => {
  test.each<[string, Partial<DockerExecutionConfig>, string]>([
    [
      'published ports',
      { networkMode: 'bridge', ports: [{ containerPort: 80 }] },
      'it publishes ports',
    ],
    [
      'volumes',
      { volumes: { '/data': `test-${randomBytes(4).toString('hex')}` } },
      'it uses named volumes',
    ],
    ['a health check', { healthCheck: { command: ['true'] } }, 'it has a health check'],
    [
      'a variable of the shell',
      { environment: { IFS: ':' } },
      'a shell changes one of its environment variables',
    ],
  ])('a run with %s', async (_what, config, reason) => {
    const run = { image: BUSYBOX, ...sh('echo hi'), ...warm.mine, ...config };
    expect(await warm.executor.park(run)).toEqual({ waiting: 0, reason });
    const result = await warm.executor.executeContainer(run);
    expect(result).toMatchObject({ stdout: 'hi\n', path: { kind: 'cold', reason } });
    for (const name of Object.values(config.volumes ?? {})) {
      await askEngine('DELETE', `/volumes/slipway-volume-${name}`);
    }
  });

  test('a run in a folder that is not there', async () => {
    const run = { image: BUSYBOX, command: ['pwd'], workingDir: '/not/there', ...warm.mine };
    await warm.executor.park(run);
    const result = await warm.executor.executeContainer(run);
    expect(result).toMatchObject({ stdout: '/not/there\n', path: { kind: 'cold' } });
    expect(result.path.reason).toContain('folder');
  });

  test('an image without a shell', async () => {
    await using image = await testImage({ RUN: 'rm /bin/sh' });
    const run = { image: image.reference, command: ['/bin/busybox', 'echo', 'hi'], ...warm.mine };
    const reason = 'its image has no shell that could wait';
    expect(await warm.executor.park(run)).toEqual({ waiting: 0, reason });
    const result = await warm.executor.executeContainer(run);
    expect(result).toMatchObject({ stdout: 'hi\n', path: { kind: 'cold', reason } });
  });

  test('a program that is not there is the same error, and runs nothing', async () => {
    const run = { image: BUSYBOX, command: ['nonesuch'], ...warm.mine };
    await warm.executor.park(run);
    const error = await errorOf('START_FAILED', warm.executor.executeContainer(run));
    expect(error.context).toMatchObject({ exitCode: 127, reason: 'not found' });
  });

  test('a program whose interpreter is not there is the same error', async () => {
    const files = [{ path: '/job', content: '#!/no/such/interpreter\n' }];
    const run = { image: BUSYBOX, command: ['/job'], files, ...warm.mine };
    await warm.executor.park(run);
    const parked = await errorOf('START_FAILED', warm.executor.executeContainer(run));
    const cold = await errorOf(
      'START_FAILED',
      warm.executor.executeContainer({ ...run, environment: { IFS: '' } }),
    );
    expect(parked.message).toBe(cold.message);
    expect(parked.context).toEqual(cold.context);
  });
});

describe('the truth about a program', () => {
  test('an end marker that a program imitates is output', async () => {
    const marker = '\\002slipway-0123456789abcdef0123456789abcdef-E0 0;';
    const script = `printf '${marker}'; printf '${marker}' >&2; printf '\\002slipway-ready;'; exit 5`;
    const result = await runParked(sh(script));
    const text = '\u0002slipway-0123456789abcdef0123456789abcdef-E0 0;';
    expect(result).toMatchObject({
      exitCode: 5,
      stdout: `${text}\u0002slipway-ready;`,
      stderr: text,
    });
  });

  test('background children end with their program, and delay nothing', async () => {
    const result = await runParked(sh('(while :; do echo late; done) & echo now; exit 0'));
    expect(result).toMatchObject({ status: 'exited', exitCode: 0 });
    expect(result.stdout).toContain('now\n');
    await warm.executor.settled();
    expect((await containersWithLabel(warm.label)).map(({ Id }) => Id)).not.toContain(
      result.containerId,
    );
  });

  test('a program that closes its output has its exit code all the same', async () => {
    expect(await runParked(sh('exec >&- 2>&-; exit 3'))).toMatchObject({
      status: 'exited',
      exitCode: 3,
      truncated: false,
    });
  });

  test.each([
    ['itself', 'kill -9 $$', 137, 'SIGKILL'],
    // An engine that cannot know yet takes a SIGKILL within the first second for one of the kernel.
    ['its parent', 'sleep 1; kill -9 $PPID; sleep 600', 137, 'SIGKILL'],
    ['its group', 'sleep 1; kill -9 0', 137, 'SIGKILL'],
    ['itself, for a reason', 'kill -SEGV $$', 139, 'SIGSEGV'],
  ])('a program that kills %s', async (_what, script, exitCode, signal) => {
    expect(await runParked(sh(script))).toMatchObject({
      status: 'exited',
      exitCode,
      signal,
      stderr: '',
    });
  });

  test('a child that is killed for memory is told although the program exits with 0', async () => {
    const command = [
      'python3',
      '-c',
      'import os\nif os.fork() == 0:\n  x = bytearray(10**9)\nos.wait()',
    ];
    const result = await runParked({ image: PYTHON, command, memoryBytes: '64m' });
    expect(result).toMatchObject({ status: 'out_of_memory', exitCode: 0, success: false });
  });

  test('artifacts come back, and are what the program left', async () => {
    const result = await runParked({
      ...sh('mkdir /out; echo 1 > /out/a; (sleep 600; echo 2 > /out/a) &'),
      artifacts: ['/out/**'],
    });
    expect(
      result.artifacts.map(({ path, content }) => [path, Buffer.from(content).toString()]),
    ).toEqual([['/out/a', '1\n']]);
  });
});

describe('two runs of a kind', () => {
  const LOOK = `ls /tmp /dev/shm /left 2>&1; env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; ps`;

  test('see nothing of each other', async () => {
    const secret = randomBytes(8).toString('hex');
    const leave = `echo ${secret} > /tmp/${secret}; echo ${secret} > /dev/shm/${secret}; mkdir /left; touch /left/${secret}; export LEFT=${secret}; sleep 600 & echo $SECRET`;
    const first = await runParked({ ...sh(leave), environment: { SECRET: secret }, stdin: secret });
    const second = await runParked(sh(LOOK));
    expect(first.stdout).toBe(`${secret}\n`);
    expect(second.containerId).not.toBe(first.containerId);
    expect(second.stdout + second.stderr).not.toContain(secret);
    expect(second.stdout).not.toContain('sleep 600');
  });

  test('are not shown the words that end them', async () => {
    const { stdout } = await runParked(sh(LOOK));
    expect(stdout).toContain('slipway-ready');
    expect(stdout).not.toMatch(/slipway-[0-9a-f]{32}/);
  });
});

describe('containers that wait', () => {
  const few = testExecutor({ warm: { containers: 2 } });

  test('are not listed, and cannot be stopped by name: they are nobody’s runs', async () => {
    const { executor, mine } = warm;
    await executor.park({ image: BUSYBOX, ...mine });
    const [id = ''] = await waitingIds(warm);
    expect(id).not.toBe('');
    const listed = await executor.listRunningContainers();
    expect(listed.map((one) => one.id)).not.toContain(id);
    await errorOf('NOT_MANAGED', executor.stopContainer(id));
  });

  test('have the same box as a run', async () => {
    await warm.executor.park({ image: BUSYBOX, ...warm.mine });
    const [id = ''] = await waitingIds(warm);
    expect(await inspect(id)).toMatchObject({
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: 512,
        Privileged: false,
      },
    });
  });

  test('are at most as many as were permitted, of the kind that was used last', async () => {
    const { executor, mine, label } = few;
    const kinds = ['1', '2', '3'].map((uid) => ({
      image: BUSYBOX,
      user: uid,
      ...sh('id -u'),
      ...mine,
    }));
    for (const config of kinds) {
      await executor.executeContainer(config);
      await executor.settled();
    }
    expect(await containersWithLabel(label)).toHaveLength(2);
    const [, second, third] = kinds;
    for (const config of [second, third]) {
      if (config === undefined) throw new Error('there are three kinds');
      expect((await executor.executeContainer(config)).path).toEqual(PARKED);
      await executor.settled();
    }
    const reason = 'there is no room for more';
    expect(await executor.park({ image: BUSYBOX, ...mine }, 3)).toEqual({ waiting: 2, reason });
  });

  test('that end while they wait serve nobody, and are replaced', async () => {
    const { executor, mine } = warm;
    const config = { image: BUSYBOX, ...sh('echo alive'), ...mine };
    await executor.park(config, 2);
    for (const id of await waitingIds(warm)) await askEngine('POST', `/containers/${id}/kill`);
    const result = await executor.executeContainer(config);
    expect(result).toMatchObject({ status: 'exited', exitCode: 0, stdout: 'alive\n' });
    expect(await executor.park(config, 1)).toEqual({ waiting: 1, reason: null });
  });

  test('are removed when nobody used them for as long as was said', async () => {
    const shortly = testExecutorShortly;
    await shortly.executor.executeContainer({ image: BUSYBOX, ...sh('true'), ...shortly.mine });
    const [id = ''] = await waitingIds(shortly);
    await askEngine('POST', `/containers/${id}/wait?condition=removed`);
    await shortly.executor.settled();
    expect(await containersWithLabel(shortly.label)).toEqual([]);
  });

  test('are gone when the executor is closed, and those of ended runs as well', async () => {
    const { executor, mine, label } = testExecutorClosed;
    await executor.park({ image: BUSYBOX, ...mine }, 3);
    const running = executor.executeContainer({ image: BUSYBOX, ...sh('sleep 600'), ...mine });
    const ended = await executor.executeContainer({ image: BUSYBOX, ...sh('true'), ...mine });
    expect(ended.cleanup).toBe('removing');
    await executor.close();
    expect(await containersWithLabel(label)).toEqual([]);
    expect(await running).toMatchObject({ status: 'cancelled' });
  });
});

const testExecutorShortly = testExecutor({ warm: { idleMs: 1000 } });
const testExecutorClosed = testExecutor({ warm: { containers: 4 } });

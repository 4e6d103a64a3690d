/** Runs in containers that were started ahead of time, and what is not served by one. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DockerExecutionConfig } from '../../src/index.js';
import { askEngine, containersWithLabel } from '../support/engine-view.js';
import { errorOf, testExecutor } from '../support/executor.js';
import { BUSYBOX, PARKED, PYTHON, runParked, sh } from '../support/parked.js';
import { testImage } from '../support/test-image.js';

const warm = testExecutor({ warm: { containers: 6, memoryBytes: '1g' } });
const strict = testExecutor({ policy: 'strict', warm: true });
const plain = testExecutor({ policy: 'strict' });

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
    const result = await runParked(warm, { ...sh('echo up; sleep 600'), timeoutMs: 1000 });
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
      if (event.type === 'result') seen.push(event.result.path.kind);
    }
    expect(seen.join('')).toBe('first\nsecond\nparked');
  });

  test('under the strict policy is served as well', async () => {
    const result = await runParked(strict, sh('id -u; touch /x || echo read-only'));
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

  test('under the strict policy finds its payload where it can read, and not write without a chmod', async () => {
    const script =
      'cat $PAYLOAD_PATH; echo x > $PAYLOAD_PATH; echo x > /payload/other; ls -a /payload';
    const told = await Promise.all(
      [strict, plain].map(async ({ executor, mine }) => {
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

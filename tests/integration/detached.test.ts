import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDockerExecutor, type DockerExecutor } from '../../src/index.js';
import { containersWithLabel, inspect } from '../support/engine-view.js';
import { errorOf, testExecutor } from '../support/executor.js';

const BUSYBOX = 'busybox:1.36';

const { executor, mine, label } = testExecutor();
const SLEEP = 'sleep 600';

const start = (script: string, more: object = {}, by: DockerExecutor = executor) =>
  by.executeContainer({
    image: BUSYBOX,
    command: ['sh', '-c', script],
    detach: true,
    ...mine,
    ...more,
  } as const);

const here = async () => (await containersWithLabel(label)).map((one) => one.Id);

afterEach(async () => {
  for (const id of await here()) {
    await executor.stopContainer(id, { graceMs: 0 }).catch(() => undefined);
  }
});

describe('a detached container', () => {
  test('runs when the call answers, under its name, with a deadline', async () => {
    const before = Date.now();
    const { containerId, name, deadline } = await start(SLEEP, { timeoutMs: 60_000 });
    expect(await inspect(containerId)).toMatchObject({
      Id: containerId,
      Name: `/${name}`,
      State: { Running: true },
    });
    expect(deadline.getTime()).toBeGreaterThanOrEqual(before + 60_000);
    expect(deadline.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  test('is in the same box as a run, and nobody is attached to it', async () => {
    const { containerId } = await start(SLEEP);
    const facts = await inspect(containerId);
    expect(facts['HostConfig']).toMatchObject({
      NetworkMode: 'none',
      Memory: 2048 * 1024 ** 2,
      MemorySwap: 2048 * 1024 ** 2,
      PidsLimit: 512,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Init: true,
      AutoRemove: false,
    });
    expect(facts['Config']).toMatchObject({ Healthcheck: { Test: ['NONE'] } });
  });

  test('is listed, and gone once it is stopped', async () => {
    const { containerId, name } = await start(SLEEP);
    const listed = await executor.listRunningContainers();
    expect(listed.find(({ id }) => id === containerId)).toMatchObject({ name, managed: true });
    const stopped = await executor.stopContainer(name, { graceMs: 0 });
    expect(stopped).toEqual({ containerId, alreadyStopped: false });
    expect(await here()).toEqual([]);
  });

  test('stays after its program has ended, for its exit code and log, until it is stopped', async () => {
    const { containerId } = await start('echo bye; exit 7');
    expect(await executor.waitFor(containerId, { exited: true })).toEqual({
      containerId,
      exitCode: 7,
    });
    expect(await here()).toEqual([containerId]);
    expect(await executor.stopContainer(containerId)).toMatchObject({ alreadyStopped: true });
    expect(await here()).toEqual([]);
  });

  test('is ended and removed at its deadline, also when it ignores TERM', async () => {
    const script = 'trap "" TERM; echo ready; while :; do sleep 1; done';
    const { containerId } = await start(script, { timeoutMs: 1000 });
    await executor.waitFor(containerId, { logLine: 'ready' });
    await vi.waitFor(async () => expect(await here()).toEqual([]), 20_000);
  });

  test('that has ended long before is removed at its deadline too', async () => {
    await start('true', { timeoutMs: 1000 });
    await vi.waitFor(async () => expect(await here()).toEqual([]), 20_000);
  });

  test('is removed by close()', async () => {
    const other = createDockerExecutor();
    await start(SLEEP, {}, other);
    await start('true', {}, other);
    expect(await here()).toHaveLength(2);
    await other.close();
    expect(await here()).toEqual([]);
  });

  test('is removed by a close() that comes while it starts', async () => {
    const other = createDockerExecutor();
    const starting = start(SLEEP, {}, other).then(
      () => 'started',
      () => 'refused',
    );
    await vi.waitFor(async () => expect(await here()).toHaveLength(1), { interval: 1 });
    await other.close();
    expect(['started', 'refused']).toContain(await starting);
    expect(await here()).toEqual([]);
  });

  test('reads the input it is given', async () => {
    const stdin = Buffer.alloc(2_000_000, 'abc\n');
    const { containerId } = await start('wc -c; echo whole', { stdin });
    const { line } = await executor.waitFor(containerId, { logLine: /^\d+$/ });
    expect(line).toBe('2000000');
  });

  test('that never reads its input can be stopped', async () => {
    const { containerId } = await start(SLEEP, { stdin: Buffer.alloc(5_000_000) });
    await executor.stopContainer(containerId, { graceMs: 0 });
    expect(await here()).toEqual([]);
  });

  test('takes no place of a run', async () => {
    const narrow = createDockerExecutor({ policy: { load: { concurrency: 1, queue: 1 } } });
    await start(SLEEP, {}, narrow);
    const config = { image: BUSYBOX, command: 'echo x', ...mine };
    expect((await narrow.executeContainer(config)).stdout).toBe('x\n');
    await narrow.close();
  });

  test('announces itself when it runs', async () => {
    const seen: string[] = [];
    const config = { image: BUSYBOX, command: SLEEP, detach: true, ...mine } as const;
    await executor.executeContainer(config, { onEvent: ({ type }) => seen.push(type) });
    expect(seen).toEqual(['running']);
  });
});

describe('what cannot be started leaves nothing', () => {
  test('more than the policy permits', async () => {
    const narrow = createDockerExecutor({ policy: { load: { detached: 1 } } });
    const first = await start(SLEEP, { timeoutMs: 30_000 }, narrow);
    const error = await errorOf('SERVER_BUSY', start(SLEEP, {}, narrow));
    expect(error.context.running).toBe(1);
    expect(error.context.retryAfterMs).toBeGreaterThan(20_000);
    expect(error.context.retryAfterMs).toBeLessThanOrEqual(30_000);
    await narrow.stopContainer(first.containerId, { graceMs: 0 });
    expect((await start(SLEEP, {}, narrow)).containerId).toMatch(/^[0-9a-f]{64}$/);
    await narrow.close();
  });

  test('a user that the image does not know, and its place is free again', async () => {
    const narrow = createDockerExecutor({ policy: { load: { detached: 1 } } });
    await errorOf('START_FAILED', start(SLEEP, { user: 'nobody-by-this-name' }, narrow));
    expect(await here()).toEqual([]);
    await start(SLEEP, {}, narrow);
    await narrow.close();
  });

  test('an abort', async () => {
    const signal = AbortSignal.abort(new Error('never mind'));
    const config = { image: BUSYBOX, command: SLEEP, detach: true, ...mine } as const;
    await expect(executor.executeContainer(config, { signal })).rejects.toThrow('never mind');
    expect(await here()).toEqual([]);
  });

  test('an abort while it is being started', async () => {
    const controller = new AbortController();
    const config = { image: BUSYBOX, command: SLEEP, detach: true, ...mine } as const;
    const starting = executor.executeContainer(config, { signal: controller.signal });
    const outcome = starting.catch((error: unknown) => error);
    await vi.waitFor(async () => expect(await here()).toHaveLength(1), { interval: 1 });
    controller.abort(new Error('enough'));
    expect(await outcome).toEqual(new Error('enough'));
    expect(await here()).toEqual([]);
  });

  test('files to bring back', async () => {
    const error = await errorOf('INVALID_INPUT', start('true', { artifacts: ['/out/x'] }));
    expect(error.message).toContain('artifacts cannot be brought back from a detached run');
  });
});

describe('a bad health check is refused by name', () => {
  test.each<[string, object, string]>([
    ['no command', {}, 'healthCheck.command'],
    ['too often', { command: 'true', intervalMs: 10 }, 'intervalMs must be at least 100 ms'],
    ['never', { command: 'true', retries: 0 }, 'retries must be at least 1'],
    ['an unknown option', { command: 'true', interval: 1 }, 'healthCheck.interval'],
  ])('%s', async (_name, healthCheck, text) => {
    const error = await errorOf('INVALID_INPUT', start('true', { healthCheck }));
    expect(error.message).toContain(text);
  });
});

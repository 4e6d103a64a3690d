import { describe, expect, test } from 'vitest';
import type { ContainerStats } from '../../src/index.js';
import { detachedScripts } from '../support/detached.js';
import { errorOf, testExecutor } from '../support/executor.js';

const MIB = 1024 ** 2;

const own = testExecutor();
const { executor } = own;
const start = detachedScripts(own);

/** A container that has said that it is ready. */
async function ready(script: string, options: object = {}): Promise<string> {
  const { containerId } = await start(script, options);
  await executor.waitFor(containerId, { logLine: 'ready' });
  return containerId;
}

describe('CPU', () => {
  test('of a busy loop is what its limit lets it have, of an idle program next to nothing', async () => {
    const busy = await ready('echo ready; while :; do :; done', { cpus: 0.5 });
    const idle = await ready('echo ready; sleep 600');
    const [loud, quiet] = await Promise.all([executor.stats(busy), executor.stats(idle)]);
    expect(loud.cpuPercent).toBeGreaterThan(15);
    expect(loud.cpuPercent).toBeLessThan(65);
    expect(quiet.cpuPercent).toBeLessThan(loud.cpuPercent / 10);
    expect(loud.cpuTimeMs).toBeGreaterThan(10 * quiet.cpuTimeMs);
  });
});

describe('memory', () => {
  test('counts what is held', async () => {
    const id = await ready('head -c 67108864 /dev/zero > /held/x; echo ready; sleep 600', {
      tmpfs: { '/held': '80m' },
      memoryBytes: '256m',
    });
    const { memoryBytes, memoryLimitBytes } = await executor.stats(id);
    expect(memoryLimitBytes).toBe(256 * MIB);
    expect(memoryBytes).toBeGreaterThanOrEqual(64 * MIB);
    expect(memoryBytes).toBeLessThan(80 * MIB);
  });

  test('does not count files that the kernel has cached', async () => {
    const id = await ready('head -c 67108864 /dev/zero > /cached; echo ready; sleep 600');
    expect((await executor.stats(id)).memoryBytes).toBeLessThan(32 * MIB);
  });
});

test('processes are counted, and a container without a network has no traffic', async () => {
  const id = await ready('sleep 600 & sleep 600 & sleep 600 & echo ready; wait');
  const stats = await executor.stats(id);
  // Three sleeps, their shell and the init process.
  expect(stats.pids).toBe(5);
  expect(stats).toMatchObject({ networkRxBytes: 0, networkTxBytes: 0 });
  expect(Math.abs(stats.readAt.getTime() - Date.now())).toBeLessThan(60_000);
});

test('traffic on a network is counted', async () => {
  const script = "nc -w 1 $(ip route | awk '/default/ { print $3 }') 9; echo ready; sleep 600";
  const id = await ready(script, { networkMode: 'bridge' });
  expect((await executor.stats(id)).networkTxBytes).toBeGreaterThan(0);
});

describe('watching', () => {
  test('gives a sample a second, with counters that grow, until the container ends', async () => {
    const id = await ready('echo ready; while :; do :; done', { cpus: 0.5 });
    const samples: ContainerStats[] = [];
    for await (const sample of executor.watchStats(id)) {
      samples.push(sample);
      if (samples.length === 3) await executor.stopContainer(id, { graceMs: 0 });
    }
    expect(samples).toHaveLength(3);
    for (const [index, sample] of samples.slice(1).entries()) {
      const before = samples[index];
      expect(sample.cpuTimeMs).toBeGreaterThan(before?.cpuTimeMs ?? Number.NaN);
      const apart = sample.readAt.getTime() - (before?.readAt.getTime() ?? Number.NaN);
      expect(apart).toBeGreaterThan(500);
      const used = sample.cpuTimeMs - (before?.cpuTimeMs ?? Number.NaN);
      expect(sample.cpuPercent).toBeGreaterThan(((used / apart) * 100) / 1.5);
      expect(sample.cpuPercent).toBeLessThan((used / apart) * 100 * 1.5);
    }
  });

  test('can be left while a sample is being waited for', async () => {
    const samples = executor.watchStats(await ready('echo ready; sleep 600'));
    const waiting = samples.next();
    await samples.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('throws the reason of an abort', async () => {
    const controller = new AbortController();
    const id = await ready('echo ready; sleep 600');
    const samples = executor.watchStats(id, { signal: controller.signal });
    const waiting = samples.next();
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a container that does not run', () => {
  test('has no stats, and nothing to watch', async () => {
    const id = await ready('echo ready');
    await executor.waitFor(id, { exited: true });
    expect((await errorOf('NOT_RUNNING', executor.stats(id))).context.container).toBe(id);
    expect(await executor.watchStats(id).next()).toEqual({ done: true, value: undefined });
  });

  test('is not found when it does not exist', async () => {
    const absent = 'f'.repeat(64);
    const error = await errorOf('NOT_MANAGED', executor.stats(absent));
    expect(error.context.container).toBe(absent);
  });
});

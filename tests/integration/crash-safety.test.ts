import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CallPoint, engineProxy } from '../support/engine-proxy.js';
import { containersWithLabel, inspect, volumeNames } from '../support/engine-view.js';
import { atPoints } from '../support/kill-points.js';
import { processState } from '../support/processes.js';
import { generator } from '../support/random.js';
import { GONE_WITHIN, type Job, LOOKS_FOR_MS, startChild } from '../support/slipway-child.js';

const BUSYBOX = 'busybox:1.36';
/** How often our process is killed; 100 by hand: `SLIPWAY_KILLS=100 npm test -- crash-safety`. */
const KILLS = Number(process.env['SLIPWAY_KILLS'] ?? 24);

const sleeping: Job = {
  method: 'executeContainer',
  config: { image: BUSYBOX, command: ['sleep', '600'] },
};
const short: Job = { method: 'executeContainer', config: { image: BUSYBOX, command: ['true'] } };
const payload: Job = {
  method: 'executeWithPayload',
  config: { image: BUSYBOX, payload: 'x', command: ['sleep', '600'] },
  policy: 'strict',
};

const parked: Job = { ...sleeping, parked: 2 };

interface KillPoint extends CallPoint {
  readonly job: Job;
}

/** Every moment of a run at which something differs: on our side, or on the engine's. */
const POINTS: readonly KillPoint[] = [
  { job: sleeping, call: 'resolve', side: 'answer' },
  { job: sleeping, call: 'create', side: 'request' },
  { job: sleeping, call: 'create', side: 'answer' },
  { job: payload, call: 'files', side: 'request' },
  { job: payload, call: 'files', side: 'answer' },
  { job: sleeping, call: 'attach', side: 'answer' },
  { job: sleeping, call: 'start', side: 'request' },
  { job: sleeping, call: 'start', side: 'answer' },
  { job: sleeping, call: 'wait', side: 'request' },
  { job: short, call: 'wait', side: 'answer' },
  { job: short, call: 'inspect', side: 'answer' },
  { job: short, call: 'remove', side: 'request' },
  { job: short, call: 'remove', side: 'answer' },
  { job: parked, call: 'create', side: 'request' },
  { job: parked, call: 'create', side: 'answer' },
  { job: parked, call: 'attach', side: 'answer' },
  { job: parked, call: 'start', side: 'request' },
  { job: parked, call: 'start', side: 'answer' },
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-crash-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Kill {
  readonly point: string;
  /** Milliseconds from the kill until the last moment at which something was left. */
  readonly ms: number;
}

/** Kills one process of ours at a point, and waits until nothing is left of it. */
async function killAt({ job, ...point }: KillPoint): Promise<Kill> {
  await using proxy = await engineProxy();
  let guardians: readonly number[] = [];
  let killedAt = 0;
  await using run = startChild(job, { dockerHost: proxy.dockerHost, folder });
  const killed = proxy.at(point, () => {
    guardians = run.guardians();
    killedAt = performance.now();
    run.kill();
  });
  await Promise.race([killed, run.endedEarly]);
  await run.exited;
  // Before a run makes something, it has none.
  expect(guardians).toHaveLength(point.call === 'resolve' ? 0 : 1);
  const at = `${point.call} ${point.side}`;
  const left = () => containersWithLabel(run.label);
  let goneAt = killedAt;
  // Only when its guardian has ended can nothing more come up of what it had asked for.
  const isOver = async () => {
    if ((await left()).length > 0) goneAt = performance.now();
    return guardians.every((pid) => processState(pid) !== 'running');
  };
  await expect.poll(isOver, { timeout: LOOKS_FOR_MS, interval: 20, message: at }).toBe(true);
  expect({ at, left: await left() }).toEqual({ at, left: [] });
  return { point: at, ms: goneAt - killedAt };
}

describe('a process that is killed', () => {
  test(
    `leaves none of its containers and all of another process, wherever it is (${KILLS} kills)`,
    async ({ annotate }) => {
      await using other = startChild(sleeping, { folder });
      await other.line('running');
      const before = await containersWithLabel(other.label);
      expect(before).toMatchObject([{ State: 'running' }]);
      const kills = await atPoints(
        POINTS,
        { times: KILLS, random: generator(1) },
        async (point) => {
          const kill = await killAt(point);
          expect(await containersWithLabel(other.label)).toEqual(before);
          return kill;
        },
      );
      expect(kills).toHaveLength(KILLS);
      const times = kills.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b);
      await annotate(`ms from the kill to nothing left: ${times.join(' ')}`);
      expect(Math.max(...times)).toBeLessThan(GONE_WITHIN);
    },
    LOOKS_FOR_MS + KILLS * 10_000,
  );

  test('leaves no container that waited, nor the one that served a run', async () => {
    await using run = startChild(parked, { folder });
    await run.line('parked 2');
    await run.line('running');
    expect((await containersWithLabel(run.label)).length).toBeGreaterThanOrEqual(2);
    run.kill();
    await expect.poll(() => containersWithLabel(run.label), { timeout: GONE_WITHIN }).toEqual([]);
  });

  test('leaves no volume', async () => {
    await using run = startChild(payload, { folder });
    await run.line('running');
    const [container] = await containersWithLabel(run.label);
    const { Mounts } = mounts.parse(await inspect(container?.Id ?? ''));
    const volumes = Mounts.flatMap((mount) => (mount.Type === 'volume' ? [mount.Name] : []));
    expect(volumes).toHaveLength(1);
    run.kill();
    const left = async () => (await volumeNames()).filter((name) => volumes.includes(name));
    await expect.poll(left, { timeout: GONE_WITHIN }).toEqual([]);
    expect(await containersWithLabel(run.label)).toEqual([]);
  });

  test('gives back its output at once, and its guardian works on its own', async () => {
    await using run = startChild(sleeping, { folder });
    await run.line('running');
    const [guardian = 0, ...more] = run.guardians();
    expect(more).toEqual([]);
    process.kill(guardian, 'SIGSTOP');
    run.kill();
    await run.exited;
    expect(processState(guardian)).toBe('running');
    expect(await containersWithLabel(run.label)).toHaveLength(1);
    process.kill(guardian, 'SIGCONT');
    await expect.poll(() => containersWithLabel(run.label), { timeout: GONE_WITHIN }).toEqual([]);
    await expect.poll(() => processState(guardian), { timeout: GONE_WITHIN }).not.toBe('running');
  });
});

const mounts = z.object({
  Mounts: z.array(z.object({ Type: z.string(), Name: z.string().default('') })),
});

describe('a process that ends by itself', () => {
  test.each([
    ['after it closed its executor', false],
    ['without closing its executor', true],
  ])('%s has no guardian any more', async (_name, keepOpen) => {
    await using proxy = await engineProxy();
    let guardians: readonly number[] = [];
    await using run = startChild({ ...short, keepOpen }, { dockerHost: proxy.dockerHost, folder });
    await proxy.at({ call: 'remove', side: 'request' }, () => {
      guardians = run.guardians();
    });
    await run.line('done');
    const doneAt = performance.now();
    await run.exited;
    expect(performance.now() - doneAt).toBeLessThan(GONE_WITHIN);
    expect(run.child.exitCode).toBe(0);
    expect(guardians).toHaveLength(1);
    const state = () => guardians.map(processState);
    await expect.poll(state, { timeout: GONE_WITHIN }).not.toContain('running');
  });
});

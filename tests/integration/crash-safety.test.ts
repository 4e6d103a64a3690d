import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type CallPoint, engineProxy } from '../support/engine-proxy.js';
import {
  containersWithLabel,
  imagesWithLabel,
  inspect,
  volumeNames,
} from '../support/engine-view.js';
import { serveRepository } from '../support/git-server.js';
import { processesWith, processState } from '../support/processes.js';
import { generator } from '../support/random.js';
import { type Job, startChild, type SlipwayChild } from '../support/slipway-child.js';

const BUSYBOX = 'busybox:1.36';
/** How often our process is killed; 100 by hand: `SLIPWAY_KILLS=100 npm test -- crash-safety`. */
const KILLS = Number(process.env['SLIPWAY_KILLS'] ?? 24);
const AT_ONCE = 4;
/** Milliseconds between our end and that of the last thing of ours. */
const GONE_WITHIN = 5000;
/** How long a guardian looks for what was announced to it and never appeared, and some more. */
const LOOKS_FOR_MS = 40_000;

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
    `leaves no container, wherever in a run it is (${KILLS} kills)`,
    async ({ annotate }) => {
      const random = generator(1);
      const waiting = Array.from(
        { length: KILLS },
        (_, i) => POINTS[i] ?? POINTS[random(POINTS.length)],
      );
      const kills: Kill[] = [];
      const killNext = async (): Promise<void> => {
        for (let point = waiting.pop(); point !== undefined; point = waiting.pop()) {
          kills.push(await killAt(point));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, killNext));
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

  test('does not touch what another process runs', async () => {
    await using other = startChild(sleeping, { folder });
    await using run = startChild(sleeping, { folder });
    await Promise.all([other.line('running'), run.line('running')]);
    const before = await containersWithLabel(other.label);
    run.kill();
    await expect.poll(() => containersWithLabel(run.label), { timeout: GONE_WITHIN }).toEqual([]);
    expect(await containersWithLabel(other.label)).toEqual(before);
    expect(before).toMatchObject([{ State: 'running' }]);
  });
});

const mounts = z.object({
  Mounts: z.array(z.object({ Type: z.string(), Name: z.string().default('') })),
});

describe('a process that is killed while it builds', () => {
  /** Builds an image with a label of its own, and runs it. */
  async function startBuild(
    ...instructions: readonly string[]
  ): Promise<SlipwayChild & { readonly imageLabel: string }> {
    const imageLabel = `slipway.test=${randomBytes(8).toString('hex')}`;
    const Dockerfile = [`FROM ${BUSYBOX}`, `LABEL ${imageLabel}`, ...instructions, ''].join('\n');
    const server = await serveRepository({ files: { Dockerfile } });
    const job: Job = {
      method: 'buildAndExecuteGitHubRepo',
      config: { repositoryUrl: server.url },
      policy: { repositories: { hosts: [server.origin] } },
    };
    const child = startChild(job, { folder });
    onTestFinished(() => server.close());
    return Object.assign(child, { imageLabel });
  }

  test('leaves no step running and no image', async () => {
    const step = `sleep 600.${randomBytes(4).readUInt32BE()}`;
    await using run = await startBuild(`RUN ${step}`);
    await expect.poll(() => processesWith(step).length, { timeout: 30_000 }).toBeGreaterThan(0);
    run.kill();
    await expect.poll(() => processesWith(step), { timeout: GONE_WITHIN }).toEqual([]);
    expect(await imagesWithLabel(run.imageLabel)).toEqual([]);
  });

  test('leaves neither container nor image when the built image runs', async () => {
    await using run = await startBuild('CMD ["sleep", "600"]');
    await run.line('running');
    expect(await imagesWithLabel(run.imageLabel)).toHaveLength(1);
    run.kill();
    const left = async () => [
      ...(await containersWithLabel(run.label)),
      ...(await imagesWithLabel(run.imageLabel)),
    ];
    await expect.poll(left, { timeout: GONE_WITHIN }).toEqual([]);
  });
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

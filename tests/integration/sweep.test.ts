import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import { installationKey } from '../../src/engine/installation-key.js';
import { newInstance } from '../../src/engine/instance.js';
import { randomName, signLabels, type Ownership } from '../../src/engine/labels.js';
import type { Engine } from '../../src/engine/ports.js';
import { EngineHttp } from '../support/engine-http.js';
import { containersWithLabel, inspect } from '../support/engine-view.js';
import { type Random, SEED, TIMES } from '../support/fault-injection.js';
import { ELSEWHERE, Planting } from '../support/planting.js';
import { generator } from '../support/random.js';
import { type Job, type SlipwayChild, startChild } from '../support/slipway-child.js';
import { testImage } from '../support/test-image.js';

const BUSYBOX = 'busybox:1.36';
const HOUR = 3_600_000;
const sleeping: Job = {
  method: 'executeContainer',
  config: { image: BUSYBOX, command: ['sleep', '600'] },
};

const http = new EngineHttp(process.env['DOCKER_HOST'] ?? '');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-sweep-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => void vi.useRealTimers());

const key = () => installationKey(join(folder, 'slipway'));

/** Another process of this installation, as far as the engine can tell; its first sweep is over. */
async function sweeper(): Promise<Engine> {
  const connect = engineConnector({ logger: silentLogger, labelKey: key });
  onTestFinished(() => connect.close?.());
  const engine = await connect();
  await engine.sweep();
  return engine;
}

/** Containers with the labels of a run, made by nobody who runs; they go with the test. */
function planting(): Planting {
  const made = new Planting(key);
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const plant = (ownership: Partial<Ownership> = {}): Promise<string> => planting().plant(ownership);

const plantWith = (name: string, labels: Record<string, string>): Promise<void> =>
  planting().plantWith(name, labels);

const exists = (name: string) => http.exists(`/containers/${name}/json`);

const facts = z.object({
  Name: z.string(),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
});

/** Name and labels of the container of a child. */
async function containerOf(
  run: SlipwayChild,
): Promise<{ name: string; labels: Record<string, string> }> {
  const [container] = await containersWithLabel(run.label);
  const { Name, Config } = facts.parse(await inspect(container?.Id ?? ''));
  return { name: Name.slice(1), labels: Config.Labels };
}

/** SIGKILL for a process and for its guardian, which gets no chance to work. */
async function killWithGuardian(run: SlipwayChild): Promise<void> {
  const guardians = run.guardians();
  for (const pid of guardians) process.kill(pid, 'SIGSTOP');
  run.kill();
  await run.exited;
  for (const pid of guardians) process.kill(pid, 'SIGKILL');
}

describe('what a dead process left', () => {
  test('is removed by a sweep; copies of its labels are not', async () => {
    const engine = await sweeper();
    await using run = startChild(sleeping, { folder });
    await run.line('running');
    const { name, labels } = await containerOf(run);
    const copy = randomName();
    await plantWith(copy, labels);
    await killWithGuardian(run);
    expect(await exists(name)).toBe(true);
    const { removed, failed } = await engine.sweep();
    expect({ removed, failed }).toEqual({ removed: [name], failed: [] });
    expect(await exists(name)).toBe(false);
    expect(await exists(copy)).toBe(true);
  });

  test('is removed by the next process at its start', async () => {
    await using run = startChild(sleeping, { folder });
    await run.line('running');
    await killWithGuardian(run);
    expect(await containersWithLabel(run.label)).toHaveLength(1);
    await using _next = startChild(sleeping, { folder });
    await expect.poll(() => containersWithLabel(run.label), { timeout: 10_000 }).toEqual([]);
  });

  test('may be swept by several at once', async () => {
    const engines = [await sweeper(), await sweeper()];
    await using run = startChild(sleeping, { folder });
    await run.line('running');
    const { name } = await containerOf(run);
    await killWithGuardian(run);
    const results = await Promise.all(engines.map((engine) => engine.sweep()));
    expect(results.flatMap(({ removed }) => removed)).toContain(name);
    expect(results.flatMap(({ failed }) => failed)).toEqual([]);
    expect(await exists(name)).toBe(false);
  });

  test('is removed with its image, and not what else that is called', async () => {
    const engine = await sweeper();
    const tag = `${randomName()}:run`;
    const owned = { kind: 'image', name: tag, instance: ELSEWHERE, deadline: 0 } as const;
    const labels = Object.entries(signLabels(await key(), owned));
    await using image = await testImage({
      LABEL: labels.map(([name, value]) => `${name}="${value}"`).join(' '),
    });
    const [repo] = tag.split(':');
    await http.request('POST', `/images/${image.reference}/tag?repo=${repo}&tag=run`);
    const name = await plant();
    expect(await http.exists(`/images/${tag}/json`)).toBe(true);
    const { removed } = await engine.sweep();
    expect([...removed].sort()).toEqual([name, tag].sort());
    expect(await http.exists(`/images/${tag}/json`)).toBe(false);
    expect(await http.exists(`/images/${image.reference}/json`)).toBe(true);
  });
});

describe('what a living process runs', () => {
  test('is never swept', async () => {
    const engine = await sweeper();
    await using run = startChild(sleeping, { folder });
    await run.line('running');
    expect(await engine.sweep()).toEqual({ removed: [], failed: [] });
    expect(await containersWithLabel(run.label)).toMatchObject([{ State: 'running' }]);
  });

  test('is not swept when its deadline has passed: its own process sees to it', async () => {
    const name = await plant({ instance: newInstance(), deadline: Date.now() - HOUR });
    const engine = await sweeper();
    expect(await engine.sweep()).toEqual({ removed: [], failed: [] });
    expect(await exists(name)).toBe(true);
  });
});

describe('what nobody can be asked about', () => {
  test.each([
    ['goes after its deadline', -5000, 0, false],
    ['stays before its deadline', HOUR, 0, true],
    ['stays before its deadline although our clock is ahead', HOUR, 2 * HOUR, true],
    ['goes after its deadline although our clock is behind', -HOUR, -2 * HOUR, false],
  ])('%s', async (_name, deadlineInMs, clockAheadMs, stays) => {
    const name = await plant({ deadline: Date.now() + deadlineInMs });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + clockAheadMs });
    const engine = await sweeper();
    await engine.sweep();
    expect(await exists(name)).toBe(stays);
  });

  test.each([
    ['another key', { key: Buffer.alloc(32) }, {}],
    ['another deadline', { deadline: 0 }, { 'io.slipway.deadline': '1' }],
    ['another owner', { instance: newInstance() }, { 'io.slipway.instance': ELSEWHERE }],
    ['no signature', {}, { 'io.slipway.signature': '' }],
  ])('stays when its labels are from %s', async (_name, made: Forged, more) => {
    const name = randomName();
    const { key: by = await key(), ...ownership } = made;
    const owned = { kind: 'run', name, instance: ELSEWHERE, deadline: 0, ...ownership } as const;
    await plantWith(name, { ...signLabels(by, owned), ...more });
    const engine = await sweeper();
    expect(await engine.sweep()).toEqual({ removed: [], failed: [] });
    expect(await exists(name)).toBe(true);
  });

  test(`stays, whatever is changed in its labels (${TIMES} times)`, async ({ annotate }) => {
    const random = generator(SEED);
    await annotate(`seed ${SEED}`);
    const by = await key();
    const made = planting();
    const names = Array.from({ length: TIMES }, () => randomName());
    for (const name of names) {
      const labels = signLabels(by, { kind: 'run', name, instance: ELSEWHERE, deadline: 0 });
      await made.plantWith(name, changed(labels, random));
    }
    const engine = await sweeper();
    expect(await engine.sweep()).toEqual({ removed: [], failed: [] });
    expect(await made.left(...names)).toEqual(names);
  });
});

interface Forged extends Partial<Ownership> {
  readonly key?: Uint8Array;
}

/** One of them is gone, or has one character that is another. */
function changed(labels: Readonly<Record<string, string>>, random: Random): Record<string, string> {
  const all = Object.entries(labels);
  const [label, value] = all[random(all.length)] ?? ['', ''];
  const others = Object.fromEntries(all.filter(([name]) => name !== label));
  const at = random(value.length + 1);
  if (at === value.length) return others;
  const other = value[at] === '0' ? '1' : '0';
  return { ...others, [label]: `${value.slice(0, at)}${other}${value.slice(at + 1)}` };
}

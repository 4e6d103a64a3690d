import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { SWEEP } from '../../../src/core/limits.js';
import { silentLogger, type Logger } from '../../../src/core/logger.js';
import { buildImage } from '../../../src/engine/build-image.js';
import { Custody } from '../../../src/engine/custody.js';
import { localFiles } from '../../../src/engine/endpoint/local-machine.js';
import { EngineClock } from '../../../src/engine/engine-clock.js';
import { Guardian } from '../../../src/engine/guardian.js';
import { newInstance } from '../../../src/engine/instance.js';
import { LABEL, randomName } from '../../../src/engine/labels.js';
import type { BuildRequest } from '../../../src/engine/ports.js';
import { buildRequest } from '../../support/build-request.js';
import { FakeEngine } from '../../support/fake-engine/fake-engine.js';
import { closeBeforeHeaders, neverAnswer, refusal } from '../../support/fake-engine/faults.js';
import { transportTo } from '../../support/fake-engine/transport.js';

interface Scene {
  readonly engine: FakeEngine;
  readonly guardian: Guardian;
  readonly custody: Custody;
  /** Events of the log. */
  readonly events: string[];
  /** Makes a container as a run does, without running it. */
  readonly create: () => string;
}

const KEY = randomBytes(32);

async function scene(): Promise<Scene> {
  const engine = await FakeEngine.forTest();
  const guardian = new Guardian();
  const events: string[] = [];
  const custody = new Custody({
    transport: transportTo(engine.socketPath),
    logger: recordingLogger(events),
    key: KEY,
    clock: new EngineClock(new Date().toISOString()),
    connection: { kind: 'socket', path: engine.socketPath },
    guardian,
  });
  onTestFinished(() => custody.close());
  const create = (): string => {
    const name = claim(custody);
    engine.containers.create(name, { Image: 'busybox:1.36', Labels: labelsOf.get(name) });
    custody.made(name);
    return name;
  };
  return { engine, guardian, custody, events, create };
}

const labelsOf = new Map<string, Record<string, string>>();
const owner = { instance: newInstance(), deadline: Date.now() + 60_000 };

function claim(custody: Custody): string {
  const name = randomName();
  labelsOf.set(name, custody.claim({ kind: 'run', name, owner }));
  return name;
}

function recordingLogger(events: string[]): Logger {
  const log = (event: string): void => void events.push(event);
  return { debug: log, info: log, warn: log, error: log };
}

function names(engine: FakeEngine): readonly string[] {
  return engine.containers.all.map((container) => container.name);
}

describe('what could not be removed', () => {
  test('is tried again by every sweep, and reported once', async () => {
    const { engine, custody, events, create } = await scene();
    const name = create();
    engine.fail('remove', refusal(500, 'device or resource busy'), 3);
    custody.abandon(name);
    for (let i = 0; i < 3; i += 1) {
      expect(await custody.sweep()).toEqual({ removed: [], failed: [name] });
    }
    expect(await custody.sweep()).toEqual({ removed: [name], failed: [] });
    expect(names(engine)).toEqual([]);
    expect(events).toEqual(['sweep.remove_failed', 'sweep.removed']);
  });

  test('is let go of when somebody else removed it', async () => {
    const { engine, custody, guardian, create } = await scene();
    const name = create();
    custody.abandon(name);
    engine.containers.remove(name, true);
    expect(await custody.sweep()).toEqual({ removed: [], failed: [] });
    await custody.close();
    expect(guardian.pid).toBeUndefined();
  });

  test('is removed when it appears after all', async () => {
    const { engine, custody } = await scene();
    const name = claim(custody);
    custody.abandon(name);
    expect(await custody.sweep()).toEqual({ removed: [], failed: [] });
    engine.containers.create(name, { Image: 'busybox:1.36', Labels: labelsOf.get(name) });
    expect(await custody.sweep()).toEqual({ removed: [name], failed: [] });
  });

  test('is removed when everything is closed', async () => {
    const { engine, custody, guardian, create } = await scene();
    custody.abandon(create());
    await custody.close();
    expect(names(engine)).toEqual([]);
    expect(guardian.pid).toBeUndefined();
  });

  test('keeps its guardian when even that fails', async () => {
    const { engine, custody, guardian, create } = await scene();
    custody.abandon(create());
    engine.fail('remove', refusal(500, 'device or resource busy'));
    await custody.close();
    expect(guardian.pid).toBeDefined();
    await engine.heal();
    await custody.close();
    expect(guardian.pid).toBeUndefined();
  });
});

describe('a build', () => {
  const build = (custody: Custody, engine: FakeEngine, more: Partial<BuildRequest>) => {
    const tag = `${randomName()}:run`;
    const files = { Dockerfile: 'FROM busybox:1.36\nRUN exit 7\n' };
    const request = buildRequest(files, { tag, owner, timeoutMs: 10_000, ...more });
    const dependencies = {
      transport: transportTo(engine.socketPath),
      custody,
      logger: silentLogger,
      environment: { env: {}, homeDir: '/', platform: 'linux', files: localFiles },
      builder: 'classic',
    } as const;
    const done = buildImage(dependencies, request);
    return { tag, done };
  };

  test('that was left is looked for, should it finish all the same', async () => {
    const { engine, custody } = await scene();
    engine.fail('build', neverAnswer);
    const left = new AbortController();
    const { tag, done } = build(custody, engine, { signal: left.signal });
    await engine.asked('build');
    left.abort(new Error('left'));
    await expect(done).rejects.toThrow('left');
    const { url = '' } = engine.calls.find((call) => call.operation === 'build') ?? {};
    const sent: unknown = JSON.parse(new URL(url, 'http://x').searchParams.get('labels') ?? '');
    const labels = z.record(z.string(), z.string()).parse(sent);
    engine.images.add({ entrypoint: [], command: [], labels, files: new Map() }, tag);
    expect(await custody.sweep()).toEqual({ removed: [tag], failed: [] });
    expect(engine.images.find(tag)).toBeUndefined();
  });

  test('that failed leaves nothing to look for', async () => {
    const { engine, custody, guardian } = await scene();
    const { done } = build(custody, engine, {});
    await expect(done).rejects.toMatchObject({ code: 'BUILD_FAILED' });
    await custody.close();
    expect(guardian.pid).toBeUndefined();
  });
});

describe('what is in use', () => {
  test('is never swept, whatever its deadline says', async () => {
    const { engine, custody } = await scene();
    const name = randomName();
    const late = { instance: newInstance(), deadline: Date.now() - 3_600_000 };
    const Labels = custody.claim({ kind: 'run', name, owner: late });
    engine.containers.create(name, { Image: 'busybox:1.36', Labels });
    expect(await custody.sweep()).toEqual({ removed: [], failed: [] });
    expect(names(engine)).toEqual([name]);
    custody.release(name);
  });

  test('keeps its guardian when another executor of the process closes', async () => {
    const { custody, guardian, create } = await scene();
    const name = create();
    await custody.close();
    expect(guardian.pid).toBeDefined();
    custody.release(name);
    await custody.close();
    expect(guardian.pid).toBeUndefined();
  });
});

test('a deadline is written in the time of the engine', async () => {
  const { engine, custody: ours } = await scene();
  const HOUR = 3_600_000;
  const custody = new Custody({
    transport: transportTo(engine.socketPath),
    logger: recordingLogger([]),
    key: KEY,
    clock: new EngineClock(new Date(Date.now() + 2 * HOUR).toISOString()),
    connection: { kind: 'socket', path: engine.socketPath },
    guardian: new Guardian(),
  });
  onTestFinished(() => custody.close());
  const deadlineOf = (by: Custody): number => {
    const name = claim(by);
    by.release(name);
    return Number(labelsOf.get(name)?.[LABEL.deadline]);
  };
  const difference = deadlineOf(custody) - deadlineOf(ours);
  expect(Math.abs(difference - 2 * HOUR)).toBeLessThan(1000);
});

describe('the rounds', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Lets the next round begin, and resolves with the milliseconds until the one after it. */
  const round = async (waitedMs: number): Promise<number> => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    await vi.advanceTimersByTimeAsync(waitedMs);
    const delays = () => set.mock.calls.map(([, ms]) => ms ?? 0).filter((ms) => ROUNDS.has(ms));
    await vi.waitUntil(() => delays().length > 0);
    const [next = 0] = delays();
    set.mockRestore();
    return next;
  };
  const ROUNDS = new Set([1, 2, 4, 8, 16, 32, 60].map((seconds) => seconds * 1000));

  test('look at once and then every minute', async () => {
    const { engine, custody } = await scene();
    custody.start();
    expect(await round(0)).toBe(SWEEP.everyMs);
    expect(engine.count('info')).toBe(1);
    expect(await round(SWEEP.everyMs)).toBe(SWEEP.everyMs);
    expect(engine.count('info')).toBe(2);
  });

  test('come soon for what was abandoned, then less and less often', async () => {
    const { engine, custody, create } = await scene();
    custody.abandon(create());
    engine.fail('remove', refusal(500, 'device or resource busy'));
    const delays: number[] = [SWEEP.retryMs];
    for (let i = 0; i < 7; i += 1) delays.push(await round(delays.at(-1) ?? 0));
    expect(delays.map((ms) => ms / 1000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    await engine.heal();
    expect(await round(SWEEP.everyMs)).toBe(SWEEP.everyMs);
    expect(names(engine)).toEqual([]);
  });

  test('report an engine that is away once', async () => {
    const { engine, custody, events } = await scene();
    engine.fail('list', closeBeforeHeaders, 2);
    custody.start();
    await round(0);
    await round(SWEEP.everyMs);
    await round(SWEEP.everyMs);
    expect(events).toEqual(['sweep.failed']);
    engine.fail('list', closeBeforeHeaders, 1);
    await round(SWEEP.everyMs);
    expect(events).toEqual(['sweep.failed', 'sweep.failed']);
  });

  test('end when everything is closed', async () => {
    const { custody } = await scene();
    custody.start();
    await round(0);
    await custody.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an engine that is away', () => {
  test('is an error of the sweep that was asked for', async () => {
    const { engine, custody } = await scene();
    engine.fail('list', closeBeforeHeaders, 1);
    await expect(custody.sweep()).rejects.toMatchObject({ code: 'ENGINE_LOST' });
    expect(await custody.sweep()).toEqual({ removed: [], failed: [] });
  });
});

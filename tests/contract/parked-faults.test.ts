/** Shells that misbehave while they wait, and callers that leave. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { engineConnector } from '../../src/engine/connect.js';
import { READY } from '../../src/engine/parked/boot.js';
import type { Engine, Parking } from '../../src/engine/ports.js';
import { specOf } from '../support/container-spec.js';
import { FakeEngine } from '../support/fake-engine/fake-engine.js';
import { addShellImage } from '../support/fake-engine/shell-image.js';
import { Recording } from '../support/recording.js';
import { recordingLogger, type RecordingLogger } from '../support/recording-logger.js';

// Every wait in here has a bound of milliseconds: what takes longer than this hangs.
vi.setConfig({ testTimeout: 10_000 });

const PARKING: Parking = { containers: 4, memoryBytes: 2 ** 30, idleMs: 60_000 };
const NOISY = 'the shell of its image wrote something while it waited';

interface Opened {
  readonly fake: FakeEngine;
  readonly engine: Engine;
  readonly logger: RecordingLogger;
}

async function opened(parking: Partial<Parking> = {}): Promise<Opened> {
  const fake = await FakeEngine.forTest();
  const logger = recordingLogger();
  const key = randomBytes(32);
  const connect = engineConnector({
    dockerHost: fake.endpoint,
    logger,
    labelKey: () => Promise.resolve(key),
    parking: { ...PARKING, ...parking },
  });
  onTestFinished(async () => connect.close?.());
  return { fake, engine: await connect(), logger };
}

/** Names of the containers that the engine has, once nothing is under way. */
async function left({ fake, engine }: Opened): Promise<readonly string[]> {
  await engine.containers.settled();
  return fake.containers.all.map(({ name }) => name);
}

describe('a shell that writes while it waits', () => {
  it('is dropped at once and not parked again, and the log says why', async () => {
    const scene = await opened();
    const { fake, engine, logger } = scene;
    const spec = specOf(addShellImage(fake, 'noisy:1'), { imageName: 'noisy:1' });
    expect(await engine.containers.park(spec, 2)).toEqual({ waiting: 2, reason: null });
    const warned = logger.heard('parked.unfit');
    for (const container of fake.containers.all) container.say('y\n');
    expect(await warned).toMatchObject({ reason: NOISY });
    expect(await left(scene)).toEqual([]);
    expect(await engine.containers.park(spec, 1)).toEqual({ waiting: 0, reason: NOISY });
    const { path } = await engine.containers.run(spec, new Recording());
    expect(path).toEqual({ kind: 'cold', reason: NOISY });
    expect(await left(scene)).toEqual([]);
    expect(fake.count('create')).toBe(3);
  });

  it('is not parked at all when it writes at once', async () => {
    const scene = await opened();
    const imageId = addShellImage(scene.fake, 'flood:1', `printf '${READY}'; yes`);
    const { containers } = scene.engine;
    expect(await containers.park(specOf(imageId), 1)).toEqual({ waiting: 0, reason: NOISY });
    expect(await left(scene)).toEqual([]);
  });
});

describe('a caller that leaves', () => {
  const reason = new Error('no longer wanted');

  it('when a container is there for it leaves none behind', async () => {
    const scene = await opened();
    const { containers } = scene.engine;
    const spec = specOf(addShellImage(scene.fake, 'waits:1'));
    expect(await containers.park(spec, 1)).toEqual({ waiting: 1, reason: null });
    const controller = new AbortController();
    const run = containers.run(spec, new Recording(), controller.signal);
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await containers.close();
    expect(await left(scene)).toEqual([]);
  });

  it('when one is being made does not wait for it, and leaves none behind', async () => {
    const scene = await opened();
    const { containers } = scene.engine;
    const spec = specOf(addShellImage(scene.fake, 'waits:1'));
    scene.fake.fail('start', () => undefined);
    const parked = containers.park(spec, 1);
    await scene.fake.asked('start');
    const controller = new AbortController();
    const run = containers.run(spec, new Recording(), controller.signal);
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await scene.fake.crash();
    await scene.fake.heal();
    await parked;
    await containers.close();
    expect(await left(scene)).toEqual([]);
  });

  it('does not wait until one is made that it would always have', async () => {
    const scene = await opened({ always: true });
    const { containers } = scene.engine;
    const spec = specOf(addShellImage(scene.fake, 'waits:1'));
    scene.fake.fail('start', () => undefined);
    const controller = new AbortController();
    const run = containers.run(spec, new Recording(), controller.signal);
    await scene.fake.asked('start');
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await scene.fake.crash();
    await scene.fake.heal();
    await containers.close();
    expect(await left(scene)).toEqual([]);
  });
});

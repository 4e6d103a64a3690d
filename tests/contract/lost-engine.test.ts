import { describe, expect, it, vi } from 'vitest';
import type { Deadlines } from '../../src/engine/transport.js';
import * as faults from '../support/fake-engine/faults.js';
import type { FakeEngine } from '../support/fake-engine/fake-engine.js';
import { FaultScene } from './fault-scene.js';

// Every wait in here has a bound of milliseconds: what takes longer than this hangs.
vi.setConfig({ testTimeout: 10_000 });

const EXITING = ['sh', '-c', 'echo ready; exit 3'];
const WAITING = ['sh', '-c', 'echo ready; sleep 60'];
const WAITING_IGNORING_TERM = ['sh', '-c', 'trap "" TERM; echo ready; sleep 60'];

const EXITED = { end: 'exited', exitCode: 3, cleanup: 'removed' };
const LOST = { end: 'engine_lost', exitCode: null, outOfMemory: false, outputIncomplete: true };

describe('waiting for the end of a program', () => {
  it.each([
    ['cut off', faults.closeBeforeHeaders],
    ['cut off after the headers', faults.noLastChunk],
    ['answered with a page', faults.htmlError],
    ['answered with a page of success', faults.answer(200, '<html>')],
    ['answered before the program ended', faults.answer(200, '{"StatusCode":0}')],
  ])('goes on when it is %s', async (_, fault) => {
    const { fake, ...scene } = await opened();
    fake.fail('wait', fault, 2);
    const { outcome } = scene.run(['sh', '-c', 'sleep 0.2; exit 3']);
    expect(await outcome).toMatchObject(EXITED);
  });

  it('goes on when the state cannot be read for a while', async () => {
    const { fake, ...scene } = await opened();
    fake.fail('inspect', faults.closeBeforeHeaders, 1);
    expect(await scene.run(EXITING).outcome).toMatchObject(EXITED);
  });

  it('is given up when the state can never be read', async () => {
    const { fake, ...scene } = await opened();
    fake.fail('inspect', faults.closeBeforeHeaders);
    const { outcome, seen } = scene.run(EXITING);
    expect(await outcome).toMatchObject({ ...LOST, limits: undefined, cleanup: 'removed' });
    expect(seen.stdout).toBe('ready\n');
  });

  it('is given up when somebody else removed the container', async () => {
    const { fake, ...scene } = await opened();
    const { outcome, seen, wrote } = scene.run(WAITING);
    await wrote('ready');
    await fake.asked('wait');
    fake.containers.remove(seen.containerId, true);
    expect(await outcome).toMatchObject({ ...LOST, cleanup: 'removed' });
  });

  it("ends at the run's time limit when it is never answered", async () => {
    const { fake, ...scene } = await opened();
    fake.fail('wait', faults.neverAnswer);
    const { outcome, seen } = scene.run(WAITING, { timeoutMs: 300 });
    expect(await outcome).toMatchObject({ exitCode: null, cleanup: 'removed' });
    expect(seen.stdout).toBe('ready\n');
    expect(fake.count('kill')).toBe(2);
  });
});

describe('an engine that is lost while a program runs', () => {
  it('is told, with the output so far', async () => {
    const { fake, ...scene } = await opened();
    const { outcome, seen, wrote } = scene.run(WAITING);
    await wrote('ready');
    await fake.crash();
    expect(await outcome).toMatchObject({ ...LOST, limits: undefined, cleanup: 'pending' });
    expect(seen.stdout).toBe('ready\n');
    expect(seen.steps.at(-1)).toBe('remove');
  });

  it('is told when it accepts calls and answers none', async () => {
    const { fake, ...scene } = await opened();
    const { outcome, seen, wrote } = scene.run(WAITING, { timeoutMs: 300 });
    await wrote('ready');
    fake.hang();
    expect(await outcome).toMatchObject({ ...LOST, limits: undefined, cleanup: 'pending' });
    expect(seen.stdout).toBe('ready\n');
  });

  it('is told when the caller aborts a run on an engine that hangs', async () => {
    const { fake, ...scene } = await opened();
    const controller = new AbortController();
    const { outcome, wrote } = scene.run(WAITING, {}, controller.signal);
    await wrote('ready');
    fake.hang();
    controller.abort();
    expect(await outcome).toMatchObject({ ...LOST, cleanup: 'pending' });
  });

  it.each([137, 143, 255])(
    'does not make exit code %i, with which it ended the program itself, the program’s own',
    async (code) => {
      const { fake, ...scene } = await opened();
      const { outcome, wrote } = scene.run(WAITING);
      await wrote('ready');
      await restart(fake, (container) => container.exit(code));
      expect(await outcome).toMatchObject({ ...LOST, cleanup: 'removed' });
    },
  );

  it('does not hide that memory ran out', async () => {
    const { fake, ...scene } = await opened();
    const { outcome, wrote } = scene.run(WAITING);
    await wrote('ready');
    await restart(fake, (container) => container.exit(137, true));
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 137, outOfMemory: true });
  });

  it('gives the exit code of a program that outlived its absence, but not all of its output', async () => {
    const { fake, ...scene } = await opened();
    const { outcome, wrote } = scene.run(['sh', '-c', 'echo ready; sleep 0.3; exit 3']);
    await wrote('ready');
    await restart(fake, () => undefined);
    expect(await outcome).toMatchObject({ ...EXITED, outputIncomplete: true, outOfMemory: false });
  });

  it('is not lost when it ends a program and answers on', async () => {
    const { fake, ...scene } = await opened();
    const { outcome, wrote } = scene.run(WAITING);
    await wrote('ready');
    fake.containers.all[0]?.exit(143);
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 143, outputIncomplete: false });
  });
});

describe('a program whose memory may have run out', () => {
  const [told, untold] = [true, false];
  it.each([
    ['the engine says so', 0, { flag: told }, true],
    ['the engine says so', 137, { flag: told }, true],
    ['the engine says so in an event only', 137, { event: 'early' }, true],
    ['the engine says so when it has ended', 137, { event: 'late' }, true],
    ['a child of it was killed, says an event', 0, { event: 'early' }, true],
    ['it was killed before the engine looks', 137, { ranMs: 0 }, true],
    ['somebody else had the engine kill it at once', 137, { event: 'kill', ranMs: 0 }, false],
    ['it was killed and the engine cannot be asked', 137, { events: faults.htmlError }, true],
    ['it was killed and the engine says nothing', 137, { flag: untold }, false],
    ['it was another signal', 143, { flag: untold }, false],
    ['it ended by itself', 1, { flag: untold }, false],
  ] as const)('tells the reason when %s (exit code %i)', async (_, code, how, expected) => {
    const { flag = false, event, ranMs = 5000, events } = { ...NOTHING_SAID, ...how };
    const { fake, ...scene } = await opened();
    if (events !== undefined) fake.fail('events', events);
    const { outcome, seen, wrote } = scene.run(WAITING);
    await wrote('ready');
    const container = fake.containers.get(seen.containerId);
    container.age(ranMs);
    if (event === 'early') fake.containers.events.emit('oom', container.id);
    if (event === 'kill') fake.containers.events.emit('kill', container.id);
    container.exit(code, flag);
    await fake.asked('remove');
    if (event === 'late') fake.containers.events.emit('oom', container.id);
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: code, outOfMemory: expected });
  });
});

interface Said {
  readonly flag?: boolean;
  readonly event?: 'early' | 'late' | 'kill';
  readonly ranMs?: number;
  readonly events?: faults.Fault;
}

const NOTHING_SAID: Said = {};

describe('an engine that is being stopped', () => {
  it.each([137, 143])('does not make exit code %i the program’s own', async (code) => {
    const { fake, ...scene } = await opened();
    const { outcome, wrote } = scene.run(WAITING);
    await wrote('ready');
    fake.fail('ping', faults.closeBeforeHeaders);
    fake.containers.all[0]?.exit(code);
    expect(await outcome).toMatchObject({ ...LOST, cleanup: 'removed' });
  });

  it.each(['create', 'start'] as const)('is the reason why it refuses to %s', async (operation) => {
    const { fake, ...scene } = await opened();
    fake.fail(operation, faults.refusal(500, 'database not open'));
    fake.fail('ping', faults.closeBeforeHeaders);
    await expect(scene.run(EXITING).outcome).rejects.toMatchObject({ code: 'ENGINE_LOST' });
  });

  it('is not believed that it removed the volumes of a container', async () => {
    const { fake, ...scene } = await opened();
    fake.fail('ping', faults.closeBeforeHeaders);
    const { outcome } = scene.run(EXITING, { volumes: ['/payload'] });
    expect(await outcome).toMatchObject({ ...EXITED, cleanup: 'pending' });
  });
});

describe('an engine that hangs', () => {
  it('is given up for all that is left to do once it has missed a deadline', async () => {
    const deadlines = { killMs: 1000, queryMs: 3000, patienceMs: 200 };
    const { fake, ...scene } = await opened(deadlines);
    const { outcome, wrote } = scene.run(WAITING, { timeoutMs: 100 });
    await wrote('ready');
    fake.hang();
    const began = performance.now();
    expect(await outcome).toMatchObject({ ...LOST, cleanup: 'pending' });
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it('is not waited for until the deadline of a call that may take long', async () => {
    const { fake, ...scene } = await opened({ changeMs: 8000, probeAfterMs: 100, probeMs: 100 });
    const began = performance.now();
    fake.hang();
    await expect(scene.run(EXITING).outcome).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it('is told from one that is slow and answers pings', async () => {
    const { fake, ...scene } = await opened({ changeMs: 800, probeAfterMs: 100, probeMs: 100 });
    const began = performance.now();
    fake.fail('create', faults.neverAnswer);
    await expect(scene.run(EXITING).outcome).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    expect(performance.now() - began).toBeGreaterThan(790);
  });
});

describe('ending a program on an engine that does not help', () => {
  it.each([
    ['never answers a kill', faults.neverAnswer],
    ['refuses to kill', faults.refusal(500, 'cannot kill')],
    ['answers a kill with a page', faults.htmlError],
  ])('ends the run of one that %s, and removes the container', async (_, fault) => {
    const { fake, ...scene } = await opened();
    fake.fail('kill', fault);
    const { outcome } = scene.run(WAITING_IGNORING_TERM, { timeoutMs: 200 });
    expect(await outcome).toMatchObject({ ...LOST, cleanup: 'removed' });
    expect(scene.containers()).toEqual([]);
  });

  it.each([
    ['answers never', faults.neverAnswer],
    ['is broken', faults.htmlError],
    ['has a device that is busy', faults.refusal(500, 'device or resource busy')],
  ])('tells the result although removal %s, and that it is pending', async (_, fault) => {
    const { fake, ...scene } = await opened();
    fake.fail('remove', fault);
    const { outcome, seen } = scene.run(EXITING);
    expect(await outcome).toMatchObject({ ...EXITED, cleanup: 'pending' });
    expect(seen.stdout).toBe('ready\n');
    expect(fake.count('remove')).toBe(1);
  });

  it('takes a container for removed that is gone, or on its way', async () => {
    const { fake, ...scene } = await opened();
    fake.failAfter('remove', faults.refusal(404, 'No such container'), 1);
    expect(await scene.run(EXITING).outcome).toMatchObject(EXITED);
    fake.failAfter('remove', faults.refusal(409, 'removal is already in progress'), 1);
    expect(await scene.run(EXITING).outcome).toMatchObject(EXITED);
    expect(scene.containers()).toEqual([]);
  });

  it('does not take a container for removed whose removal does not end', async () => {
    const { fake, ...scene } = await opened();
    fake.fail('remove', faults.refusal(409, 'removal is already in progress'));
    expect(await scene.run(EXITING).outcome).toMatchObject({ ...EXITED, cleanup: 'pending' });
  });
});

async function restart(
  fake: FakeEngine,
  meanwhile: (container: FakeEngine['containers']['all'][number]) => void,
): Promise<void> {
  await fake.crash();
  for (const container of fake.containers.all) meanwhile(container);
  await fake.listen();
}

async function opened(deadlines: Partial<Deadlines> = {}) {
  const scene = await FaultScene.open(deadlines);
  return { fake: scene.fake, run: scene.run.bind(scene), containers: () => scene.containers };
}

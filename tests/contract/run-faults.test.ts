import { describe, expect, it, vi } from 'vitest';
import * as faults from '../support/fake-engine/faults.js';
import type { Operation } from '../support/fake-engine/fake-engine.js';
import { frame } from '../support/fake-engine/frames.js';
import { FaultScene } from './fault-scene.js';

// Every wait in here has a bound of milliseconds: what takes longer than this hangs.
vi.setConfig({ testTimeout: 10_000 });

const ECHO = ['echo', 'hi'];
const WAITING = ['sh', '-c', 'echo ready; sleep 60'];
const FILES = { files: [{ path: '/a', content: Buffer.from('a'), mode: 0o644 }] };

type Row = readonly [Operation, string, faults.Fault, string];

const HOW: readonly (readonly [string, faults.Fault, string])[] = [
  ['never answered', faults.neverAnswer, 'ENGINE_TIMEOUT'],
  ['answered by silence after the headers', faults.hangInsideBody, 'ENGINE_TIMEOUT'],
  ['cut off', faults.closeBeforeHeaders, 'ENGINE_LOST'],
  ['cut off inside the headers', faults.halfHeaders, 'ENGINE_LOST'],
  ['answered by a mail server', faults.notHttp, 'ENGINE_LOST'],
  ['redirected', faults.redirect, 'ENGINE_LOST'],
  ['answered with a page', faults.htmlError, 'ENGINE_ERROR'],
  ['refused for lack of space', faults.refusal(500, 'no space left on device'), 'DISK_FULL'],
];

function each(operation: Operation, but: Readonly<Record<string, string>> = {}): readonly Row[] {
  return HOW.map(([name, fault, code]) => [operation, name, fault, but[code] ?? code]);
}

describe('a run that cannot begin', () => {
  it.each<Row>([
    ...each('create'),
    ['create', 'answered in another form', faults.answer(201, '{"Id":"7"}'), 'ENGINE_LOST'],
    ['create', 'answered with a page of success', faults.answer(200, '<html>'), 'ENGINE_LOST'],
    ...each('archive'),
    ...each('attach', { ENGINE_TIMEOUT: 'ENGINE_TIMEOUT' }).filter(
      ([, name]) => name !== 'answered by silence after the headers',
    ),
    ['attach', 'answered without an upgrade', faults.hangInsideBody, 'ENGINE_LOST'],
    ['attach', 'refused', faults.refusal(404, 'No such container'), 'ENGINE_ERROR'],
  ])('because %s is %s says so and leaves nothing', async (operation, _, fault, code) => {
    const { fake, run, ...scene } = await opened();
    fake.fail(operation, fault);
    await expect(run(ECHO, FILES).outcome).rejects.toMatchObject({ code });
    expect(fake.count('start')).toBe(0);
    expect(fake.count('remove')).toBeGreaterThan(0);
    expect(scene.containers()).toEqual([]);
  });

  it.each<Row>(each('start', { ENGINE_ERROR: 'START_FAILED' }))(
    'because %s is %s says so and leaves nothing',
    async (operation, _, fault, code) => {
      const { fake, run, ...scene } = await opened();
      fake.fail(operation, fault);
      await expect(run(ECHO).outcome).rejects.toMatchObject({ code });
      expect(scene.containers()).toEqual([]);
    },
  );

  it.each<Row>([
    ['create', 'cut off', faults.closeBeforeHeaders, 'ENGINE_LOST'],
    ['create', 'never answered', faults.neverAnswer, 'ENGINE_TIMEOUT'],
    ['archive', 'cut off', faults.closeBeforeHeaders, 'ENGINE_LOST'],
    ['start', 'cut off', faults.closeBeforeHeaders, 'ENGINE_LOST'],
    ['start', 'never answered', faults.neverAnswer, 'ENGINE_TIMEOUT'],
  ])('because %s was carried out and %s leaves nothing', async (operation, _, fault, code) => {
    const { fake, run, ...scene } = await opened();
    fake.failAfter(operation, fault);
    await expect(run(WAITING, FILES).outcome).rejects.toMatchObject({ code });
    expect(scene.containers()).toEqual([]);
  });

  it('takes a container that runs already for started', async () => {
    const { fake, run } = await opened();
    fake.failAfter('start', faults.answer(304, ''));
    const { outcome, seen } = run(ECHO);
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 0, cleanup: 'removed' });
    expect(seen.stdout).toBe('hi\n');
  });
});

describe('a limit that the engine does not enforce', () => {
  async function warned(warning: string) {
    const scene = await opened();
    const { fake } = scene;
    fake.failAfter('create', (connection) => {
      const body = { Id: fake.containers.all[0]?.id, Warnings: [warning] };
      faults.answer(201, JSON.stringify(body), 'application/json')(connection);
    });
    return scene;
  }

  it.each([
    'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Your kernel does not support pids limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    'Your kernel does not support CPU cfs period/quota or the cgroup is not mounted. CPU quota discarded.',
  ])('is a reason not to run the program: %s', async (warning) => {
    const { fake, run, containers } = await warned(warning);
    await expect(run(ECHO).outcome).rejects.toMatchObject({
      code: 'ENGINE_CANNOT_ENFORCE',
      context: { limit: warning },
    });
    expect(fake.count('start')).toBe(0);
    expect(containers()).toEqual([]);
  });

  it('is not read into other warnings', async () => {
    const { run } = await warned(
      "The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64) and no specific platform was requested",
    );
    expect(await run(ECHO).outcome).toMatchObject({ end: 'exited', exitCode: 0 });
  });
});

describe('output that is not whole', () => {
  const half = frame('stdout', 'half and more');

  it.each([
    ['inside a header', half.subarray(0, 5)],
    ['inside a payload', half.subarray(0, 12)],
  ])('because it ends %s is told with what came', async (_, cut) => {
    const { fake, run } = await opened();
    fake.fail('attach', faults.upgraded('end', frame('stdout', 'whole '), cut));
    const { outcome, seen } = run(ECHO);
    expect(await outcome).toMatchObject({
      end: 'exited',
      exitCode: 0,
      outputIncomplete: true,
      cleanup: 'removed',
    });
    expect(seen.stdout).toBe(`whole ${cut.subarray(8).toString()}`);
  });

  it('because its connection is cut is told, and the exit code is right all the same', async () => {
    const { fake, run } = await opened();
    fake.fail('attach', faults.upgraded('reset', frame('stderr', 'before')));
    const { outcome } = run(['sh', '-c', 'sleep 0.4; exit 3']);
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 3, outputIncomplete: true });
  });

  it('because it ended long before the program is told', async () => {
    const { fake, run } = await opened();
    fake.fail('attach', faults.upgraded('end', frame('stdout', 'before')));
    const { outcome, seen } = run(['sh', '-c', 'sleep 0.4; exit 3']);
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 3, outputIncomplete: true });
    expect(seen.stdout).toBe('before');
  });

  it('because it does not end with the program is told', async () => {
    const { fake, run } = await opened();
    fake.fail('attach', faults.upgraded('open', frame('stdout', 'before')));
    const { outcome, seen } = run(ECHO);
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 0, outputIncomplete: true });
    expect(seen.stdout).toBe('before');
  });

  it('is whole although its connection stays open, when that waits for input to be read', async () => {
    const { fake, run } = await opened();
    fake.fail('attach', (connection) => {
      faults.upgraded('open', frame('stdout', 'all'))(connection);
      connection.pause();
    });
    const { outcome, seen } = run(ECHO, { stdin: Buffer.alloc(5_000_000) });
    expect(await outcome).toMatchObject({ end: 'exited', exitCode: 0, outputIncomplete: false });
    expect(seen.stdout).toBe('all');
  });

  it.each([
    ['garbage', [Buffer.from('garbage'.repeat(100))]],
    ["the engine's own error", [frame('systemerr', 'Error grabbing logs')]],
    ['a frame that nobody sends', [Buffer.of(1, 0, 0, 0, 0xff, 0, 0, 0)]],
  ])('because of %s ends the run', async (_, bytes) => {
    const { fake, run, ...scene } = await opened();
    fake.fail('attach', faults.upgraded('open', frame('stdout', 'before'), ...bytes));
    const { outcome, seen } = run(WAITING);
    expect(await outcome).toMatchObject({
      end: 'engine_lost',
      exitCode: null,
      outputIncomplete: true,
      cleanup: 'removed',
    });
    expect(seen.stdout).toBe('before');
    expect(scene.containers()).toEqual([]);
  });

  it('is not read any further after garbage, whatever comes then', async () => {
    const { fake, run } = await opened();
    fake.fail('attach', (connection) => {
      faults.upgraded('open', frame('stdout', 'before'), Buffer.from('garbage!'))(connection);
      fake
        .asked('kill')
        .then(() => connection.end(frame('stdout', 'nobody can know')))
        .catch(() => undefined);
    });
    const { outcome, seen } = run(WAITING);
    expect(await outcome).toMatchObject({ end: 'engine_lost', outputIncomplete: true });
    expect(seen.stdout).toBe('before');
  });
});

async function opened() {
  const scene = await FaultScene.open();
  return {
    fake: scene.fake,
    engine: scene.engine,
    run: scene.run.bind(scene),
    containers: () => scene.containers,
  };
}

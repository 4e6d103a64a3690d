import { describe, expect, it } from 'vitest';
import { textWith } from '../support/matchers.js';
import { Recording } from '../support/recording.js';
import { COLD, Scene, type ConnectSubject } from './scene.js';

const WAITING = 'echo ready; sleep 60';
const WAITING_IGNORING_TERM = 'trap "" TERM; echo ready; sleep 60';

function sh(script: string): { readonly command: readonly string[] } {
  return { command: ['sh', '-c', script] };
}

/** What every `ContainerRuntime.run` does with a program. */
export function containerRunContract(name: string, connect: ConnectSubject, way = COLD): void {
  describe(`running a container on ${name}`, () => {
    const scene = Scene.use(connect, way);

    it.each([0, 3, 255])('tells exit code %i', async (code) => {
      const { outcome } = await scene.run(sh(`exit ${code}`));
      expect(outcome).toMatchObject({
        end: 'exited',
        exitCode: code,
        outOfMemory: false,
        outputIncomplete: false,
        // With 255 an engine ends containers when it stops: it is asked, also about a parked one.
        cleanup: code === 255 ? 'removed' : way.cleanup,
        path: { kind: way.path, reason: null },
      });
    });

    it('tells the two streams apart and delivers their exact bytes', async () => {
      const { outcome, seen } = await scene.run(
        sh('printf "\\000\\377 out\\n"; printf "\\200 err" >&2'),
      );
      expect(seen.bytes('stdout')).toEqual(Buffer.from('\0\u00ff out\n', 'latin1'));
      expect(seen.bytes('stderr')).toEqual(Buffer.from('\u0080 err', 'latin1'));
      expect(outcome.outputIncomplete).toBe(false);
    });

    it('delivers every byte of a large output', async () => {
      const { outcome, seen } = await scene.run(sh('head -c 3000000 /dev/zero'));
      expect(seen.bytes('stdout').equals(Buffer.alloc(3_000_000))).toBe(true);
      expect(outcome).toMatchObject({ end: 'exited', exitCode: 0, outputIncomplete: false });
    });

    it('tells what happens in order, and the id before the program runs', async () => {
      const { outcome, seen } = await scene.run(sh('exit 0'));
      expect(seen.steps).toEqual(way.steps);
      expect(outcome.containerId).toMatch(/^[0-9a-f]{64}$/);
      expect(seen.containerId).toBe(outcome.containerId);
      const phases = way.steps.filter((step) => step !== 'created');
      expect(Object.keys(outcome.phases)).toEqual(phases);
      expect(Object.values(outcome.phases).every((ms) => ms >= 0)).toBe(true);
    });

    it("reads the limits that are in force back from the engine's record", async () => {
      const { outcome } = await scene.run({
        timeoutMs: 9000,
        user: '65534:65534',
        readOnlyRoot: true,
      });
      expect(outcome.limits).toEqual({
        memoryBytes: 64 * 1024 * 1024,
        cpus: 0.5,
        pids: 32,
        timeoutMs: 9000,
        networkMode: 'none',
        readOnlyRoot: true,
        user: '65534:65534',
      });
    });

    it('gives the program its environment', async () => {
      const environment = { GREETING: 'a=b "c" ü' };
      const { seen } = await scene.run({ ...sh('echo "$GREETING"'), environment });
      expect(seen.stdout).toBe('a=b "c" ü\n');
    });
  });
}

/** What goes into a container. */
export function containerInputContract(name: string, connect: ConnectSubject, way = COLD): void {
  describe(`input of a container on ${name}`, () => {
    const scene = Scene.use(connect, way);

    it('delivers standard input whole and closes it', async () => {
      const stdin = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 256));
      const { outcome, seen } = await scene.run({ command: ['cat'], stdin });
      expect(seen.bytes('stdout').equals(stdin)).toBe(true);
      expect(outcome).toMatchObject({ end: 'exited', exitCode: 0, outputIncomplete: false });
    });

    it('closes an empty standard input as well', async () => {
      const { outcome, seen } = await scene.run({ command: ['cat'], stdin: Buffer.alloc(0) });
      expect(outcome.end).toBe('exited');
      expect(seen.stdout).toBe('');
    });

    it('gives a program nothing to read when there is no input', async () => {
      const { outcome, seen } = await scene.run({ command: ['cat'] });
      expect(outcome).toMatchObject({ end: 'exited', exitCode: 0 });
      expect(seen.stdout).toBe('');
    });

    it('ends, with all of its output, a program that leaves its input unread', async () => {
      const stdin = Buffer.alloc(5_000_000, 'x');
      const { outcome, seen } = await scene.run({ command: ['echo', 'hi'], stdin });
      expect(seen.stdout).toBe('hi\n');
      expect(outcome).toMatchObject({ end: 'exited', exitCode: 0, outputIncomplete: false });
    });

    it('puts files where they belong, with their mode', async () => {
      const { seen } = await scene.run({
        ...sh('cat /srv/deep/er/a.bin; stat -c %a /srv/deep/er/a.bin; stat -c %a /b'),
        files: [
          { path: '/srv/deep/er/a.bin', content: Buffer.from([0, 255, 10]), mode: 0o640 },
          { path: '/b', content: Buffer.alloc(0), mode: 0o755 },
        ],
      });
      expect(seen.bytes('stdout')).toEqual(Buffer.from('\0\u00ff\n640\n755\n', 'latin1'));
    });

    it('lets a user other than root read a file in a folder that was not there', async () => {
      const { outcome, seen } = await scene.run({
        command: ['cat', '/srv/deep/er/a.txt'],
        user: '65534:65534',
        files: [{ path: '/srv/deep/er/a.txt', content: Buffer.from('for you'), mode: 0o644 }],
      });
      expect(seen.stdout).toBe('for you');
      expect(outcome.exitCode).toBe(0);
    });

    it('puts files into volumes of a container whose root is read-only', async () => {
      const { outcome, seen } = await scene.run({
        command: ['cat', '/payload/data.json'],
        readOnlyRoot: true,
        volumes: ['/payload'],
        files: [{ path: '/payload/data.json', content: Buffer.from('{}'), mode: 0o444 }],
      });
      expect(seen.stdout).toBe('{}');
      expect(outcome).toMatchObject({ exitCode: 0, cleanup: way.cleanup });
    });
  });
}

/** How a run ends that does not end by itself, or does not begin. */
export function containerEndContract(name: string, connect: ConnectSubject, way = COLD): void {
  describe(`the end of a container on ${name}`, () => {
    const scene = Scene.use(connect, way);

    it('ends a program at its time limit and keeps what it wrote', async () => {
      const { outcome, seen } = await scene.run({ ...sh(WAITING), timeoutMs: 1000 });
      expect(outcome).toMatchObject({ end: 'timed_out', exitCode: null, cleanup: 'removed' });
      expect(outcome.outOfMemory).toBe(false);
      expect(outcome.phases.run).toBeGreaterThanOrEqual(999);
      expect(seen.stdout).toBe('ready\n');
    });

    it('lets a program end itself in its grace after TERM', async () => {
      const script = 'trap "echo tidied up; exit 5" TERM; echo ready; sleep 60 & wait';
      const { outcome, seen } = await scene.run({
        ...sh(script),
        timeoutMs: 1000,
        stopGraceMs: 20_000,
      });
      expect(seen.stdout).toBe('ready\ntidied up\n');
      expect(outcome).toMatchObject({ end: 'timed_out', exitCode: null });
      expect(outcome.phases.run).toBeLessThan(15_000);
    });

    it('kills a program that ignores TERM, after the grace', async () => {
      const { outcome } = await scene.run({
        ...sh(WAITING_IGNORING_TERM),
        timeoutMs: 1000,
        stopGraceMs: 500,
      });
      expect(outcome).toMatchObject({ end: 'timed_out', exitCode: null, outOfMemory: false });
      expect(outcome.phases.run).toBeGreaterThanOrEqual(1499);
    });

    it('creates nothing when the caller has aborted already', async () => {
      const reason = new Error('no longer wanted');
      const { outcome, seen } = scene.start({}, AbortSignal.abort(reason));
      await expect(outcome).rejects.toBe(reason);
      expect(seen.steps).toEqual([]);
    });

    it('ends a running program when the caller aborts', async () => {
      const controller = new AbortController();
      const { outcome, seen, wrote } = scene.start(sh(WAITING), controller.signal);
      await wrote('ready');
      controller.abort();
      expect(await outcome).toMatchObject({
        end: 'cancelled',
        exitCode: null,
        outOfMemory: false,
        cleanup: 'removed',
      });
      expect(seen.stdout).toBe('ready\n');
    });

    it('ends a program that writes more than its observer wants', async () => {
      const seen = new Recording(1_000_000);
      const { outcome } = await scene.run({ command: ['yes'] }, seen);
      expect(outcome).toMatchObject({
        end: 'output_limit',
        exitCode: null,
        outOfMemory: false,
        cleanup: 'removed',
      });
      expect(seen.bytes('stdout').length).toBeGreaterThan(1_000_000);
    });

    it('says that a program is not in the image', async () => {
      const { outcome } = scene.start({ command: ['/opt/nonesuch', '-v'] });
      await expect(outcome).rejects.toMatchObject({
        code: 'START_FAILED',
        context: { exitCode: 127, reason: 'not found' },
      });
    });

    it('says that a file is not executable', async () => {
      const { outcome } = scene.start({
        command: ['/opt/tool'],
        files: [{ path: '/opt/tool', content: Buffer.from('#!/bin/sh\n'), mode: 0o644 }],
      });
      await expect(outcome).rejects.toMatchObject({
        code: 'START_FAILED',
        context: { exitCode: 126, reason: 'not executable' },
      });
    });

    it("gives the engine's own reason when the user is not in the image", async () => {
      const { outcome } = scene.start({ user: 'nobody-here' });
      await expect(outcome).rejects.toMatchObject({
        code: 'START_FAILED',
        message: textWith('unable to find user nobody-here'),
        context: { exitCode: null },
      });
    });

    it('says that the image is gone', async () => {
      const imageId = `sha256:${'0'.repeat(64)}`;
      const { outcome } = scene.start({ imageId });
      await expect(outcome).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
        context: { image: imageId },
      });
    });
  });
}

/** What only a container can show that is made for its run. */
export function containerCreationContract(name: string, connect: ConnectSubject): void {
  describe(`making a container on ${name}`, () => {
    const scene = Scene.use(connect);

    it('starts nothing when the caller aborts while the container is created', async () => {
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const { outcome, seen } = scene.start(sh(WAITING), controller.signal);
      await seen.reached('create');
      controller.abort(reason);
      await expect(outcome).rejects.toBe(reason);
      expect(seen.steps).toEqual(['create', 'created', 'remove']);
    });
  });
}

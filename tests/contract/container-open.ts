import { describe, expect, it } from 'vitest';
import type { ContainerSpec, OpenContainer } from '../../src/engine/ports.js';
import { failureOf } from '../support/failure.js';
import { specOf } from '../support/container-spec.js';
import { Recording } from '../support/recording.js';
import { Scene, type ConnectSubject } from './scene.js';

/** What every `ContainerRuntime.open` does. Nothing may be left after each. */
export function containerOpenContract(name: string, connect: ConnectSubject): void {
  describe(`an open container on ${name}`, () => {
    const scene = Scene.use(connect);

    async function withOpen<T>(
      differences: Partial<ContainerSpec>,
      work: (container: OpenContainer, seen: Recording) => Promise<T>,
    ): Promise<T> {
      const seen = new Recording();
      const spec = specOf(scene.imageId, { name: scene.name(), ...differences });
      const container = await scene.engine.containers.open(spec, seen);
      try {
        return await work(container, seen);
      } finally {
        expect(await container.end(0)).toBe('removed');
      }
    }

    it('is written to and heard while it runs, until its input is closed', async () => {
      await withOpen({ command: ['cat'] }, async (container, seen) => {
        expect(container.id).toMatch(/^[0-9a-f]{64}$/);
        container.write(Buffer.from('one\n'));
        await seen.wrote('one\n');
        container.write(Buffer.from('two\n'));
        await seen.wrote('two\n');
        container.closeInput();
        expect(await container.ended).toEqual({
          exitCode: 0,
          outOfMemory: false,
          failure: undefined,
        });
        expect(seen.stdout).toBe('one\ntwo\n');
      });
    });

    it('gets the bytes of its specification first', async () => {
      const stdin = Buffer.from('first ');
      await withOpen({ command: ['cat'], stdin }, async (container, seen) => {
        container.write(Buffer.from('second'));
        container.closeInput();
        await container.ended;
        expect(seen.stdout).toBe('first second');
      });
    });

    it('tells the exit code after all of its output, on both streams', async () => {
      const command = ['sh', '-c', 'head -c 300000 /dev/zero; echo problem >&2; exit 3'];
      await withOpen({ command }, async (container, seen) => {
        expect((await container.ended).exitCode).toBe(3);
        expect(seen.bytes('stdout')).toHaveLength(300_000);
        expect(seen.stderr).toBe('problem\n');
        container.write(Buffer.from('too late'));
      });
    });

    it('is ended and removed by its owner, who may ask twice', async () => {
      await withOpen({ command: ['sh', '-c', 'echo ready; sleep 60'] }, async (container, seen) => {
        await seen.wrote('ready');
        expect(await container.hostPort(80)).toBeUndefined();
        expect(await Promise.all([container.end(0), container.end(0)])).toEqual([
          'removed',
          'removed',
        ]);
        expect((await container.ended).exitCode).toBeNull();
      });
    });

    it('is removed when it could not be started', async () => {
      const spec = specOf(scene.imageId, { name: scene.name(), user: 'nobody-at-all' });
      const failure = await failureOf(scene.engine.containers.open(spec, new Recording()));
      expect(failure.code).toBe('START_FAILED');
    });

    it('is not made for a signal that is aborted already', async () => {
      const spec = specOf(scene.imageId, { name: scene.name() });
      const reason = new Error('not wanted');
      const signal = AbortSignal.abort(reason);
      await expect(scene.engine.containers.open(spec, new Recording(), signal)).rejects.toBe(
        reason,
      );
    });
  });
}

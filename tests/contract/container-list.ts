import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signLabels } from '../../src/engine/labels.js';
import type { ContainerSummary } from '../../src/engine/ports.js';
import { IMAGE, Scene, type ConnectSubject } from './scene.js';

const WAITING = ['sh', '-c', 'echo ready; sleep 60'];
const WAITING_IGNORING_TERM = ['sh', '-c', 'trap "" TERM; echo ready; sleep 60'];
const ABSENT = 'f'.repeat(64);

/** What every `ContainerRuntime` says of the engine's containers. */
export function containerListContract(engineName: string, connect: ConnectSubject): void {
  describe(`listing containers on ${engineName}`, () => {
    const scene = Scene.use(connect);

    async function listed(all: boolean, id: string): Promise<ContainerSummary | undefined> {
      const containers = await scene.engine.containers.list({ all });
      return containers.find((container) => container.id === id);
    }

    it('shows a run of ours under the name its image was asked by, as managed', async () => {
      const secrets = { environment: { TOKEN: 'hush' }, labels: { note: 'hush' } };
      const run = scene.start({ command: WAITING, ...secrets });
      await run.wrote('ready');
      const summary = await listed(false, run.seen.containerId);
      expect(summary).toMatchObject({
        id: run.seen.containerId,
        name: run.spec.name,
        image: IMAGE,
        state: 'running',
        ports: [],
        managed: true,
      });
      expect(Math.abs((summary?.createdAt.getTime() ?? 0) - Date.now())).toBeLessThan(120_000);
      expect(JSON.stringify(summary)).not.toMatch(/hush|sleep/);
    });

    it.each<[string, (name: string) => Record<string, string>]>([
      ['no labels of ours', () => ({})],
      ['the labels without the signature', unsigned],
      ['labels signed with another key', (own) => signLabels(randomBytes(32), ownership(own))],
      ['an empty signature', (own) => ({ ...unsigned(own), 'io.slipway.signature': '' })],
    ])('does not take a container with %s for managed', async (_, labels) => {
      const name = scene.name();
      const id = await scene.plant({ Labels: labels(name) }, name);
      expect(await listed(true, id)).toMatchObject({ name, managed: false, state: 'created' });
    });

    it('does not take a container with the labels of a run of ours for managed', async () => {
      const run = scene.start({ command: WAITING });
      await run.wrote('ready');
      const { Config: config } = await scene.http.inspect(run.spec.name);
      const id = await scene.plant({ Labels: config['Labels'] });
      expect(await listed(true, id)).toMatchObject({ managed: false });
    });

    it('shows only running ones unless asked for all, newest first', async () => {
      const id = await scene.plant({});
      expect(await listed(false, id)).toBeUndefined();
      const all = await scene.engine.containers.list({ all: true });
      expect(all.map((container) => container.id)).toContain(id);
      const times = all.map((container) => container.createdAt.getTime());
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    });
  });
}

/** How every `ContainerRuntime` ends and removes containers. */
export function containerStopContract(name: string, connect: ConnectSubject): void {
  describe(`stopping and removing containers on ${name}`, () => {
    const scene = Scene.use(connect);

    it('lets a program end in its grace', async () => {
      const run = scene.start({ command: WAITING });
      await run.wrote('ready');
      const began = Date.now();
      const stopped = await scene.engine.containers.stop(run.seen.containerId, { graceMs: 60_000 });
      expect(stopped).toBe(true);
      expect(Date.now() - began).toBeLessThan(20_000);
      expect(await run.outcome).toMatchObject({ end: 'exited', exitCode: 143 });
    });

    it('kills a program that ignores TERM when its grace is over', async () => {
      const run = scene.start({ command: WAITING_IGNORING_TERM });
      await run.wrote('ready');
      const stopped = await scene.engine.containers.stop(run.seen.containerId, { graceMs: 300 });
      expect(stopped).toBe(true);
      expect(await run.outcome).toMatchObject({ end: 'exited', exitCode: 137 });
    });

    it('kills at once without a grace', async () => {
      const run = scene.start({ command: WAITING });
      await run.wrote('ready');
      expect(await scene.engine.containers.stop(run.seen.containerId, { graceMs: 0 })).toBe(true);
      expect(await run.outcome).toMatchObject({ end: 'exited', exitCode: 137 });
    });

    it('says that a container was not running', async () => {
      const id = await scene.plant({});
      expect(await scene.engine.containers.stop(id, { graceMs: 1000 })).toBe(false);
    });

    it('says of an absent container that it was not running', async () => {
      expect(await scene.engine.containers.stop(ABSENT, { graceMs: 1000 })).toBe(false);
    });

    it('gives up waiting for the grace when the caller aborts', async () => {
      const script = 'trap "echo not yet" TERM; echo ready; sleep 60 & wait; sleep 60';
      const run = scene.start({ command: ['sh', '-c', script] });
      await run.wrote('ready');
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const stopping = scene.engine.containers.stop(run.seen.containerId, {
        graceMs: 60_000,
        signal: controller.signal,
      });
      await run.wrote('not yet');
      controller.abort(reason);
      await expect(stopping).rejects.toBe(reason);
    });

    it('removes a running container', async () => {
      const id = await scene.plant({ Cmd: ['sleep', '60'] });
      await scene.http.request('POST', `/containers/${id}/start`);
      await scene.engine.containers.remove(id);
      expect(await scene.http.exists(`/containers/${id}/json`)).toBe(false);
    });

    it('takes an absent container for removed', async () => {
      await expect(scene.engine.containers.remove(ABSENT)).resolves.toBeUndefined();
    });
  });
}

function ownership(own: string) {
  return { kind: 'run', name: own, instance: 'x', deadline: Date.now() + 60_000 } as const;
}

function unsigned(own: string): Record<string, string> {
  const labels = signLabels(randomBytes(32), ownership(own));
  return Object.fromEntries(
    Object.entries(labels).filter(([label]) => label !== 'io.slipway.signature'),
  );
}

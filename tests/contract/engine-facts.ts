import { describe, expect, it } from 'vitest';
import { Scene, type ConnectSubject } from './scene.js';

/** What every engine says of itself. */
export function engineFactsContract(name: string, connect: ConnectSubject): void {
  describe(`facts of ${name}`, () => {
    const scene = Scene.use(connect);

    it('are what the engine answers, and a version that both sides speak', async () => {
      const { body: version } = await scene.http.request('GET', '/version');
      const { body: info } = await scene.http.request('GET', '/info');
      const { facts } = scene.engine;
      expect(version).toMatchObject({ Version: facts.version, Os: facts.os, Arch: facts.arch });
      expect(info).toMatchObject({ NCPU: facts.cpus, MemTotal: facts.memoryBytes });
      expect(['docker', 'podman']).toContain(facts.flavor);
      const ping = await scene.http.request('GET', `/v${facts.apiVersion}/version`);
      expect(ping.status).toBe(200);
    });

    it('name the address that is in use', () => {
      expect(scene.engine.facts.endpoint).toMatch(/^(unix|tcp):\/\//);
    });
  });
}

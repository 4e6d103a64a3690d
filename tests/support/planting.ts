import { spawnSync } from 'node:child_process';
import { localProcesses, newInstance } from '../../src/engine/instance.js';
import { randomName, signLabels, type Ownership } from '../../src/engine/labels.js';
import { EngineHttp } from './engine-http.js';

const BUSYBOX = 'busybox:1.36';

/** A process of a machine that cannot be asked whether it lives. */
export const ELSEWHERE = `${'0'.repeat(16)}-1-1-${'0'.repeat(16)}`;

/** A process of this machine that has ended. */
export function endedInstance(): string {
  const { pid } = spawnSync('true');
  return newInstance({
    ...localProcesses(),
    ownPid: pid,
    look: () => ({ state: 'here', start: '1' }),
  });
}

/** Containers with the labels of a run, made by nobody who runs. */
export class Planting implements AsyncDisposable {
  readonly #http = new EngineHttp(process.env['DOCKER_HOST'] ?? '');
  readonly #ids: string[] = [];
  readonly #key: () => Promise<Uint8Array>;

  /** @param key signs the labels */
  constructor(key: () => Promise<Uint8Array>) {
    this.#key = key;
  }

  /** @returns its name */
  async plant(ownership: Partial<Ownership> = {}): Promise<string> {
    const name = randomName();
    const usual = { kind: 'run', name, instance: ELSEWHERE, deadline: Date.now() } as const;
    await this.plantWith(name, signLabels(await this.#key(), { ...usual, ...ownership }));
    return name;
  }

  async plantWith(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const body = { Image: BUSYBOX, Cmd: ['sleep', '600'], Labels: labels };
    this.#ids.push(await this.#http.plant(name, body));
  }

  /** Those of the names that are still on the engine. */
  async left(...names: readonly string[]): Promise<readonly string[]> {
    const there = await Promise.all(
      names.map((name) => this.#http.exists(`/containers/${name}/json`)),
    );
    return names.filter((_, i) => there[i]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#ids.splice(0)) await this.#http.removeContainer(id);
  }
}

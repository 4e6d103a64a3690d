import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import type { ContainerSpec, Engine } from '../../src/engine/ports.js';
import type { Deadlines } from '../../src/engine/transport.js';
import { specOf } from '../support/container-spec.js';
import { FakeEngine } from '../support/fake-engine/fake-engine.js';
import { Recording } from '../support/recording.js';
import { IMAGE, type Running } from './scene.js';

/** Short enough to wait for, long enough for a busy machine to answer in time. */
const DEADLINES: Deadlines = {
  pingMs: 1000,
  queryMs: 300,
  changeMs: 300,
  archiveMs: 300,
  killMs: 150,
  drainMs: 150,
  reconnectMs: 500,
  patienceMs: 300,
  probeAfterMs: 10_000,
  probeMs: 300,
};

/** A fake engine that a test breaks, and Slipway connected to it while it was well. */
export class FaultScene {
  readonly fake: FakeEngine;
  readonly engine: Engine;
  readonly #imageId: string;

  constructor(fake: FakeEngine, engine: Engine, imageId: string) {
    this.fake = fake;
    this.engine = engine;
    this.#imageId = imageId;
  }

  static async open(deadlines: Partial<Deadlines> = {}): Promise<FaultScene> {
    const fake = await FakeEngine.forTest();
    const key = randomBytes(32);
    const connect = engineConnector({
      dockerHost: fake.endpoint,
      logger: silentLogger,
      labelKey: () => Promise.resolve(key),
      deadlines: { ...DEADLINES, ...deadlines },
    });
    onTestFinished(async () => {
      await fake.heal();
      await connect.close?.();
    });
    const engine = await connect();
    // The look around that follows a connection must not meet the faults of the test.
    await engine.sweep();
    const image = await engine.images.inspect(IMAGE);
    return new FaultScene(fake, engine, image?.id ?? '');
  }

  run(
    command: readonly string[],
    differences: Partial<ContainerSpec> = {},
    signal?: AbortSignal,
  ): Running {
    const seen = new Recording();
    const spec = specOf(this.#imageId, { command, stopGraceMs: 50, ...differences });
    const outcome = this.engine.containers.run(spec, seen, signal);
    const wrote = (text: string): Promise<unknown> =>
      Promise.all([seen.wrote(text), seen.reached('run')]);
    return { spec, seen, outcome, wrote };
  }

  /** Names of the containers that the engine has. */
  get containers(): readonly string[] {
    return this.fake.containers.all.map((container) => container.name);
  }
}

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import { randomName } from '../../src/engine/labels.js';
import type {
  ConnectEngine,
  ContainerSpec,
  Engine,
  Parking,
  RunObserver,
  RunOutcome,
} from '../../src/engine/ports.js';
import { specOf } from '../support/container-spec.js';
import { EngineHttp } from '../support/engine-http.js';
import { Recording } from '../support/recording.js';

export const IMAGE = 'busybox:1.36';

/** An engine that the suites run on: its address, and how it is taken down. */
export interface Subject {
  /** As in `DOCKER_HOST`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

export type ConnectSubject = () => Promise<Subject>;

/** How a suite's containers come about, and what its runs say of that. */
export interface Way {
  readonly path: 'cold' | 'parked';
  /** Undefined parks none. */
  readonly parking: Parking | undefined;
  /** Of a run whose program ended by itself. */
  readonly cleanup: 'removed' | 'removing';
  /** What the observer of such a run hears. */
  readonly steps: readonly string[];
}

export const COLD: Way = {
  path: 'cold',
  parking: undefined,
  cleanup: 'removed',
  steps: ['create', 'created', 'start', 'run', 'collect', 'remove'],
};

export const PARKED: Way = {
  path: 'parked',
  parking: { containers: 4, memoryBytes: 2 ** 30, idleMs: 60_000, always: true },
  cleanup: 'removing',
  steps: ['start', 'created', 'run', 'collect', 'remove'],
};

/** A run that is under way, as its observer sees it. */
export interface Running {
  readonly spec: ContainerSpec;
  readonly seen: Recording;
  readonly outcome: Promise<RunOutcome>;
  /** Resolves once the program runs and has written `text`; rejects when it ends before. */
  readonly wrote: (text: string) => Promise<unknown>;
}

/** One engine for a suite. Every test has to leave nothing behind that bears a name of its own. */
export class Scene {
  readonly #way: Way;
  /** On every container, also on one that waits. */
  readonly #mark = randomBytes(8).toString('hex');
  #connect: ConnectEngine | undefined;
  #engine: Engine | undefined;
  #http: EngineHttp | undefined;
  #imageId = '';
  readonly #names = new Set<string>();
  readonly #planted = new Set<string>();
  readonly #runs = new Set<Promise<RunOutcome>>();
  #testOver = new AbortController();

  private constructor(way: Way) {
    this.#way = way;
  }

  static use(connect: ConnectSubject, way = COLD): Scene {
    const scene = new Scene(way);
    let subject: Subject | undefined;
    beforeAll(async () => {
      subject = await connect();
      await scene.#open(subject.endpoint);
    });
    afterEach(() => scene.#endTest());
    afterAll(async () => {
      await scene.#close();
      await subject?.close();
    });
    return scene;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error('the suite has not begun');
    return this.#engine;
  }

  get http(): EngineHttp {
    if (this.#http === undefined) throw new Error('the suite has not begun');
    return this.#http;
  }

  get imageId(): string {
    return this.#imageId;
  }

  /** A name of which nothing may be left after the test. */
  name(): string {
    const name = randomName();
    this.#names.add(name);
    return name;
  }

  /** Creates a container that is not Slipway's, and removes it after the test. */
  async plant(body: object, name = this.name()): Promise<string> {
    const id = await this.http.plant(name, { Image: IMAGE, ...body });
    this.#planted.add(id);
    return id;
  }

  /** Runs a program until it ends, `signal` aborts, or the test is over. */
  start(differences: Partial<ContainerSpec>, signal?: AbortSignal): Running {
    return this.#start(differences, new Recording(), signal);
  }

  /** Runs a program to its end. */
  async run(
    differences: Partial<ContainerSpec>,
    seen = new Recording(),
  ): Promise<{ readonly outcome: RunOutcome; readonly seen: Recording }> {
    return { outcome: await this.#start(differences, seen).outcome, seen };
  }

  #start(
    differences: Partial<ContainerSpec>,
    seen: Recording & RunObserver,
    signal?: AbortSignal,
  ): Running {
    const labels = { 'slipway.scene': this.#mark };
    const spec = specOf(this.#imageId, { labels, ...differences });
    this.#names.add(spec.name);
    const over = this.#testOver.signal;
    const either = signal === undefined ? over : AbortSignal.any([signal, over]);
    const outcome = this.engine.containers.run(spec, seen, either);
    this.#runs.add(outcome);
    const ended = outcome.then(({ end }) => {
      throw new Error(`the run ended (${end}) before it wrote that`);
    });
    ended.catch(() => undefined);
    // A program can write before the engine has answered that it started.
    const runs = (text: string): Promise<unknown> =>
      Promise.all([seen.wrote(text), seen.reached('run')]);
    return { spec, seen, outcome, wrote: (text) => Promise.race([runs(text), ended]) };
  }

  async #open(endpoint: string): Promise<void> {
    const key = randomBytes(32);
    const connect = engineConnector({
      dockerHost: endpoint,
      logger: silentLogger,
      labelKey: () => Promise.resolve(key),
      parking: this.#way.parking,
    });
    this.#connect = connect;
    this.#engine = await connect();
    this.#http = new EngineHttp(endpoint);
    const image = await this.#engine.images.inspect(IMAGE);
    if (image === undefined) throw new Error(`the engine at ${endpoint} has no ${IMAGE}`);
    this.#imageId = image.id;
  }

  async #close(): Promise<void> {
    await this.#connect?.close?.();
    const left = await this.#http?.containersLabelled(`slipway.scene=${this.#mark}`);
    if (left !== undefined && left.length > 0) throw new Error(`left: ${left.join(', ')}`);
  }

  async #endTest(): Promise<void> {
    this.#testOver.abort();
    this.#testOver = new AbortController();
    await Promise.allSettled(this.#runs);
    this.#runs.clear();
    for (const id of this.#planted) await this.http.removeContainer(id);
    this.#planted.clear();
    const names = [...this.#names];
    this.#names.clear();
    for (const name of names) {
      const left = await this.http.containersNamed(name);
      if (left.length > 0) throw new Error(`the test left ${left.join(', ')} behind`);
    }
  }
}

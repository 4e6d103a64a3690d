/** An executor on an engine of the test's own, with a program to run while the engine is broken. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import { localMachine } from '../../src/engine/endpoint/local-machine.js';
import type { ConnectEngine, Parking, RunObserver, RunPhase } from '../../src/engine/ports.js';
import { DockerExecutor } from '../../src/execution/docker-executor.js';
import { isSlipwayError, type DockerExecutionResult } from '../../src/index.js';
import { resolvePolicy } from '../../src/policy/policy.js';
import { imageArchive } from './image-archive.js';
import { PrivateEngine } from './private-engine.js';

export const IMAGE = 'busybox:1.36';
export const EXIT_CODE = 7;
const LINES = Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join('');
/** About 300 ms of output, a line at a time. */
const PROGRAM = `i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); usleep 9000; done; exit ${EXIT_CODE}`;
/** Milliseconds from the moment at which the engine works again until nothing of ours is left. */
const CLEAN_WITHIN_MS = 15_000;

export interface FaultyRun {
  readonly name: string;
  /** Resolves at the beginning of that phase, or when the call is over without it. */
  reached(phase: RunPhase): Promise<void>;
  readonly answer: Promise<Answer>;
}

/** The one answer of a call: a result's status, or an error's code. */
export interface Answer {
  readonly word: string;
  readonly result: DockerExecutionResult | undefined;
  readonly error: unknown;
}

/** Something in front of an engine. */
export interface Front extends AsyncDisposable {
  /** As in `DOCKER_HOST`. */
  readonly dockerHost: string;
  /** Variables with which it is found. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunWishes {
  readonly command?: readonly string[];
  readonly memoryBytes?: string;
  readonly timeoutMs?: number;
}

export class FaultBench {
  readonly #startFront: ((engine: PrivateEngine) => Promise<Front>) | undefined;
  readonly #parking: Parking | undefined;
  #front: Front | undefined;
  #engine: PrivateEngine | undefined;
  #image: Buffer | undefined;
  #executor: DockerExecutor | undefined;
  #closed = false;
  readonly #runs = new Map<string, Hearing>();
  /** What happens between the look at the image and the creation of a container. */
  beforeRun: () => Promise<void> = () => Promise.resolve();

  /**
   * @param front what the executor reaches the engine through. @default the engine's own socket
   * @param parking containers are started ahead of time for every run
   */
  static use(front?: (engine: PrivateEngine) => Promise<Front>, parking?: Parking): FaultBench {
    const bench = new FaultBench(front, parking);
    beforeAll(() => bench.#open());
    afterAll(() => bench.#close());
    return bench;
  }

  private constructor(
    front: ((engine: PrivateEngine) => Promise<Front>) | undefined,
    parking: Parking | undefined,
  ) {
    this.#startFront = front;
    this.#parking = parking;
  }

  get engine(): PrivateEngine {
    if (this.#engine === undefined) throw new Error('the suite has not begun');
    return this.#engine;
  }

  /** A run under the strict policy, whose payload lies on an anonymous volume. */
  start(wishes: RunWishes = {}): FaultyRun {
    const mark = randomBytes(8).toString('hex');
    const hearing = new Hearing();
    this.#runs.set(mark, hearing);
    const config = { image: IMAGE, payload: 'x', pull: 'never', labels: { mark } } as const;
    const usual = { command: ['sh', '-c', PROGRAM], timeoutMs: 30_000 };
    const call = this.#executor?.executeWithPayload({ ...config, ...usual, ...wishes });
    if (call === undefined) throw new Error('the suite has not begun');
    const answer = call.then(
      (result): Answer => ({ word: result.status, result, error: undefined }),
      (error: unknown): Answer => ({ word: codeOf(error), result: undefined, error }),
    );
    void answer.then(() => hearing.end());
    return {
      get name() {
        return hearing.name;
      },
      reached: (phase) => hearing.reached(phase),
      answer,
    };
  }

  /** Gives the engine its image again. */
  async load(): Promise<void> {
    this.#image ??= await imageArchive(IMAGE);
    await this.engine.load(this.#image);
  }

  /** What a result says that is not so, whatever happened meanwhile. */
  untruths({ result }: Answer, exitCodes: readonly number[] = [EXIT_CODE]): readonly string[] {
    if (result === undefined) return [];
    const { status, exitCode, stdout, truncated } = result;
    const wrong: string[] = [];
    const possible = status === 'exited' ? exitCodes : [null];
    if (!possible.some((code) => code === exitCode)) wrong.push(`exit code ${exitCode}`);
    if (!LINES.startsWith(stdout)) wrong.push(`stdout ${stdout}`);
    if (exitCode === EXIT_CODE && !truncated && stdout !== LINES) wrong.push('output is missing');
    return wrong;
  }

  /** Of an engine that works again: waits until nothing of ours is on it, or tells what is. */
  async leftovers(): Promise<readonly string[]> {
    const giveUp = performance.now() + CLEAN_WITHIN_MS;
    for (;;) {
      const left = await this.#left();
      if (left.length === 0 || performance.now() > giveUp) return left;
      await delay(25);
    }
  }

  /** Containers, volumes, networks that are not the engine's own, and images but the one. */
  async #left(): Promise<readonly string[]> {
    const { http } = this.engine;
    const ask = async (path: string): Promise<unknown> => (await http.request('GET', path)).body;
    const containers = named.parse(await ask('/containers/json?all=1'));
    const nobodys = this.engine.unfinishedVolumes();
    const volumes = (volumeList.parse(await ask('/volumes')).Volumes ?? []).filter(
      ({ Name }) => !nobodys.includes(Name),
    );
    const networks = networkList.parse(await ask('/networks'));
    const images = imageList.parse(await ask('/images/json?all=1'));
    return [
      ...containers.filter((one) => !this.#waits(one)).flatMap(({ Names }) => Names),
      ...volumes.map(({ Name }) => `volume ${Name}`),
      ...networks.flatMap(({ Name }) => (OWN_NETWORKS.includes(Name) ? [] : [`network ${Name}`])),
      ...images.flatMap(({ RepoTags }) => RepoTags ?? ['<none>']).filter((tag) => tag !== IMAGE),
    ];
  }

  /** What waits is no left-over until the executor is closed. */
  #waits({ Names, State }: z.output<typeof named>[number]): boolean {
    const isParked = Names.some((name) => name.startsWith('/slipway-parked-'));
    return isParked && State === 'running' && !this.#closed;
  }

  async #open(): Promise<void> {
    this.#engine = await PrivateEngine.start();
    await this.load();
    this.#front = await this.#startFront?.(this.engine);
    const key = randomBytes(32);
    const machine = await localMachine();
    const connect = engineConnector({
      dockerHost: this.#front?.dockerHost ?? this.engine.dockerHost,
      environment: { ...machine, env: { ...machine.env, ...this.#front?.env } },
      logger: silentLogger,
      labelKey: () => Promise.resolve(key),
      parking: this.#parking,
    });
    this.#executor = new DockerExecutor({
      connect: this.#overheard(connect),
      policy: resolvePolicy({ preset: 'strict', load: { concurrency: 10 } }),
      repositories: { buildRepository: () => Promise.reject(new Error('nothing is built')) },
      logger: silentLogger,
    });
  }

  async #close(): Promise<void> {
    await this.#executor?.close();
    this.#closed = true;
    const left = this.#parking === undefined ? [] : await this.leftovers();
    if (left.length > 0) throw new Error(`left after close: ${left.join(', ')}`);
    await this.#front?.[Symbol.asyncDispose]();
    await this.#engine?.[Symbol.asyncDispose]();
  }

  /** The same engine, with somebody who hears in which phase a run is. */
  #overheard(connect: ConnectEngine): ConnectEngine {
    const overheard: ConnectEngine = async (signal) => {
      const engine = await connect(signal);
      const { containers } = engine;
      const run: typeof containers.run = async (spec, observer, ended) => {
        const hearing = this.#runs.get(spec.labels['mark'] ?? '') ?? new Hearing();
        hearing.name = spec.name;
        await this.beforeRun();
        return containers.run(spec, hearing.on(observer), ended);
      };
      return { ...engine, containers: { ...containers, run } };
    };
    return Object.assign(overheard, { close: async () => connect.close?.() });
  }
}

class Hearing {
  name = '';
  readonly #phases = new Set<RunPhase>();
  readonly #waiting = new Set<() => void>();
  #over = false;

  on(observer: RunObserver): RunObserver {
    return {
      output: (stream, chunk) => observer.output(stream, chunk),
      created: (id, name) => observer.created(id, name),
      phase: (phase) => {
        this.#phases.add(phase);
        this.#wake();
        observer.phase(phase);
      },
    };
  }

  end(): void {
    this.#over = true;
    this.#wake();
  }

  async reached(phase: RunPhase): Promise<void> {
    while (!this.#phases.has(phase) && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

function codeOf(error: unknown): string {
  return isSlipwayError(error) ? error.code : String(error);
}

const OWN_NETWORKS: readonly string[] = ['bridge', 'host', 'none'];
const named = z.array(z.object({ Names: z.array(z.string()), State: z.string() }));
const volumeList = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() });
const networkList = z.array(z.object({ Name: z.string() }));
const imageList = z.array(z.object({ RepoTags: z.array(z.string()).nullable() }));

/** A moment of a run: so long after the beginning of a phase. */
export interface Moment {
  readonly phase: RunPhase;
  readonly ms: number;
}

const PHASES: readonly RunPhase[] = ['create', 'start', 'run', 'collect', 'remove'];

/** About how long they are. */
const LENGTH_MS: Readonly<Record<RunPhase, number>> = {
  create: 60,
  start: 200,
  run: 300,
  collect: 8,
  remove: 30,
};

/** Moments in every phase in turn. */
export function moments(count: number, random: (limit: number) => number): readonly Moment[] {
  return Array.from({ length: count }, (_, i) => {
    const phase = PHASES[i % PHASES.length] ?? 'run';
    return { phase, ms: random(LENGTH_MS[phase]) };
  });
}

/** Waits for a moment of a run. */
export async function at(run: FaultyRun, { phase, ms }: Moment): Promise<void> {
  await run.reached(phase);
  await delay(ms);
}

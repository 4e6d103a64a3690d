/** Runs in containers that were started ahead of time, where one can serve; else in one of their own. */
import { inspectImage } from '../inspect-image.js';
import { parkedName } from '../labels.js';
import type { OwnedContainerDependencies } from '../owned-container.js';
import type { ContainerSpec, ImageFacts, ParkedContainers, Parking, RunOutcome } from '../ports.js';
import { runContainer } from '../run-container.js';
import { runFresh, type RunCall } from '../run-fresh.js';
import { ParkedContainer } from './parked-container.js';
import { NotServedError, ParkedLaunch } from './parked-launch.js';
import { ParkedPool } from './parked-pool.js';
import { LONGEST_RUN_MS, type ParkedPlan, parkedPlan, parkedSpec } from './plan.js';
import type { Park } from './shelf.js';

/** More than a run can take; each run lowers it to its own. */
const MOST_CPU_SECONDS = 100 * 3600;
/** The longest run, and time to remove what is left of it. */
const RUN_MS = LONGEST_RUN_MS + 120_000;
/** Images of which it is remembered what they are: what has an id never changes. */
const KNOWN_IMAGES = 200;

export class ParkedRuns {
  readonly #dependencies: OwnedContainerDependencies;
  readonly #parking: Parking;
  readonly #pool: ParkedPool;
  readonly #images = new Map<string, ImageFacts>();
  #running = 0;

  constructor(dependencies: OwnedContainerDependencies, parking: Parking) {
    const { logger } = dependencies;
    this.#dependencies = dependencies;
    this.#parking = parking;
    this.#pool = new ParkedPool({ parking, logger, busy: () => this.#running > 0 });
  }

  /** Ids of containers that only wait. They are nobody's runs. */
  get waiting(): ReadonlySet<string> {
    return this.#pool.waiting;
  }

  /** See `ContainerRuntime.run`. */
  async run(run: RunCall): Promise<RunOutcome> {
    run.signal?.throwIfAborted();
    this.#running += 1;
    try {
      const { spec, signal } = run;
      const plan = await this.#plan(spec, signal);
      if (typeof plan === 'string') return await runFresh(this.#dependencies, run, plan);
      if (this.#parking.always === true) {
        await this.#pool.ready(plan, this.#park(spec, plan), signal);
      }
      return await this.#parked(run, plan);
    } finally {
      this.#running -= 1;
      this.#pool.fillSoon();
    }
  }

  /** See `ContainerRuntime.park`. */
  async park(spec: ContainerSpec, count: number): Promise<ParkedContainers> {
    const plan = await this.#plan(spec);
    if (typeof plan === 'string') return { waiting: 0, reason: plan };
    return this.#pool.keep(plan, count, this.#park(spec, plan));
  }

  settled(): Promise<void> {
    return this.#pool.settled();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #parked(run: RunCall, plan: ParkedPlan): Promise<RunOutcome> {
    const { spec, observer, signal } = run;
    const parked = await this.#pool.take(plan, signal);
    if (typeof parked === 'string') {
      const outcome = await runFresh(this.#dependencies, run, parked);
      this.#pool.used(plan, this.#park(spec, plan));
      return outcome;
    }
    const remove = (): void => this.#pool.discard(parked);
    // Whatever is aborted later finds the run under way, which removes it.
    if (signal?.aborted === true) remove();
    signal?.throwIfAborted();
    try {
      const launch = new ParkedLaunch({ parked, spec, plan, remove });
      const dependencies = { ...this.#dependencies, transport: parked.transport, launch };
      return await runContainer(dependencies, spec, observer, signal);
    } catch (error) {
      if (!(error instanceof NotServedError)) throw error;
      signal?.throwIfAborted();
      return await runFresh(this.#dependencies, run, error.message);
    } finally {
      this.#pool.used(plan, this.#park(spec, plan));
    }
  }

  /** How to make a container for runs like this one. */
  #park(spec: ContainerSpec, plan: ParkedPlan): Park {
    const { idleMs } = this.#parking;
    return (signal) => {
      const transport = this.#dependencies.transport.forOneRun();
      const waiting = parkedSpec(spec, plan, {
        name: parkedName(),
        deadline: Date.now() + idleMs + RUN_MS,
        cpuSeconds: MOST_CPU_SECONDS,
      });
      return ParkedContainer.start({ ...this.#dependencies, transport }, waiting, signal);
    };
  }

  async #plan(spec: ContainerSpec, signal?: AbortSignal): Promise<ParkedPlan | string> {
    if (this.#dependencies.flavor === 'podman') return 'the engine is Podman';
    if (spec.temporaryImage) return 'its image is removed after the run';
    const image = await this.#image(spec.imageId, signal);
    return image === undefined ? 'the image is gone' : parkedPlan(spec, image);
  }

  async #image(id: string, signal: AbortSignal | undefined): Promise<ImageFacts | undefined> {
    const known = this.#images.get(id);
    if (known !== undefined) return known;
    const image = await inspectImage(this.#dependencies.transport, id, signal);
    if (image === undefined) return undefined;
    if (this.#images.size >= KNOWN_IMAGES) this.#images.clear();
    this.#images.set(id, image);
    return image;
  }
}

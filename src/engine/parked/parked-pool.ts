/**
 * The containers that wait. Each serves one run and is never used again; who takes one leaves a
 * place that is filled behind the run's back.
 */
import { aborted } from '../../core/deadline.js';
import { linkSignals } from '../../core/link-signals.js';
import type { Logger } from '../../core/logger.js';
import type { ParkedContainers, Parking } from '../ports.js';
import type { ParkedContainer } from './parked-container.js';
import type { ParkedPlan } from './plan.js';
import { type Park, Shelf } from './shelf.js';
import { NoisyShellError } from './waiting-shell.js';

/**
 * What one that waits was measured to take: the engine's process for it (about 13 MB on Docker
 * 20.10 with containerd 1.6), an init and a shell.
 */
const PARKED_BYTES = 16 * 1024 * 1024;

/** Containers that are made at a time while nothing runs: a fill must not starve what does. */
const MAKING = 2;

/** Kinds that are remembered. A caller's labels can make every run one of its own. */
const SHELVES = 500;

const NONE_WAITS = 'none was waiting';
const NO_ROOM = 'there is no room for more';

export interface ParkedPoolParts {
  readonly parking: Parking;
  readonly logger: Logger;
  /** Something runs: only one container is made meanwhile. */
  readonly busy: () => boolean;
}

export class ParkedPool {
  readonly #parts: ParkedPoolParts;
  readonly #shelves = new Map<string, Shelf>();
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<unknown>>();
  #uses = 0;

  constructor(parts: ParkedPoolParts) {
    this.#parts = parts;
  }

  /** Ids of those that wait. */
  get waiting(): ReadonlySet<string> {
    return new Set(this.#all().flatMap(({ waiting }) => waiting.map(({ id }) => id)));
  }

  /**
   * One that waits for such a run, else one of its kind whose limits can be changed, else one that
   * is being made and nobody waits for: that is sooner there than any other could be. Or why none.
   */
  async take({ key, kind }: ParkedPlan, signal?: AbortSignal): Promise<ParkedContainer | string> {
    const shelf = this.#shelves.get(key);
    const ready = shelf?.take() ?? this.#similar(kind);
    if (ready !== undefined) return ready;
    shelf?.missed(Math.ceil(this.#parts.parking.containers / 2));
    return (await shelf?.next(signal)) ?? shelf?.reason ?? NONE_WAITS;
  }

  /** Such a run was: the next one finds a container. */
  used(plan: ParkedPlan, park: Park): void {
    const shelf = this.#shelf(plan, park);
    shelf.retry();
    shelf.wanted = Math.max(shelf.wanted, 1);
    this.fillSoon();
  }

  /** Has so many wait, no more, and keeps them. */
  keep(plan: ParkedPlan, count: number, park: Park): Promise<ParkedContainers> {
    const shelf = this.#shelf(plan, park);
    shelf.kept = count > 0;
    for (const surplus of shelf.waiting.slice(count)) this.#drop(shelf, surplus);
    return this.#untilWaiting(shelf, count);
  }

  /**
   * Has one wait, unless one does.
   *
   * @throws the reason of `signal`; what is being made waits for somebody else then
   */
  async ready(plan: ParkedPlan, park: Park, signal?: AbortSignal): Promise<void> {
    const shelf = this.#shelf(plan, park);
    const { signal: left, release } = linkSignals(signal);
    const waiting = this.#untilWaiting(shelf, Math.max(shelf.wanted, 1));
    await Promise.race([waiting, aborted(left)]).finally(release);
    signal?.throwIfAborted();
  }

  /** Removes one in the background. */
  discard(parked: ParkedContainer): void {
    this.#track(afterAnswer().then(() => parked.remove()));
  }

  /** As `fill`. */
  fillSoon(): void {
    this.#track(afterAnswer().then(() => this.fill()));
  }

  /** Begins as many as may be made now; each that is done begins the next. */
  fill(): void {
    for (;;) {
      if (this.#closing.signal.aborted) return;
      if (this.#making() >= (this.#parts.busy() ? 1 : MAKING)) return;
      const [neediest] = this.#all()
        .filter((shelf) => shelf.lacksOne)
        .sort((a, b) => b.usedAt - a.usedAt);
      if (neediest === undefined || !this.#makeRoom(neediest)) return;
      neediest.making += 1;
      this.#track(this.#make(neediest));
    }
  }

  /** Resolves once nothing is made or removed in the background. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Removes all that wait, and waits for what is removed already. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const shelf of this.#all()) {
      shelf.wanted = 0;
      for (const parked of shelf.waiting) this.#drop(shelf, parked);
    }
    await this.settled();
  }

  #all(): readonly Shelf[] {
    return [...this.#shelves.values()];
  }

  #making(): number {
    return this.#all().reduce((sum, { making }) => sum + making, 0);
  }

  #shelf(plan: ParkedPlan, park: Park): Shelf {
    const { key } = plan;
    const shelf = this.#shelves.get(key) ?? new Shelf(plan, park);
    // Set anew, so that the map is in the order of use.
    this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    shelf.usedAt = this.#uses += 1;
    this.#forget();
    return shelf;
  }

  /** Those that were not used for longest, as far as nothing hangs on them. */
  #forget(): void {
    for (const [key, shelf] of this.#shelves) {
      if (this.#shelves.size <= SHELVES) return;
      if (shelf.waiting.length + shelf.making === 0) this.#shelves.delete(key);
    }
  }

  #similar(kind: string): ParkedContainer | undefined {
    for (const shelf of this.#all()) {
      const parked = shelf.kind === kind ? shelf.take() : undefined;
      if (parked !== undefined) return parked;
    }
    return undefined;
  }

  /** Until they are there, or cannot be. */
  async #untilWaiting(shelf: Shelf, count: number): Promise<ParkedContainers> {
    shelf.retry();
    shelf.wanted = count;
    this.fill();
    const lacks = (): boolean => shelf.waiting.length < count && !shelf.givenUp;
    while (lacks() && this.#making() > 0) await Promise.race(this.#work);
    const waiting = shelf.waiting.length;
    return { waiting, reason: waiting < count ? (shelf.reason ?? NO_ROOM) : null };
  }

  /** The one that was not used for longest gives way. */
  #makeRoom(wanting: Shelf): boolean {
    const { containers, memoryBytes } = this.#parts.parking;
    const room = Math.min(containers, Math.floor(memoryBytes / PARKED_BYTES));
    const all = this.#all().reduce((sum, { waiting }) => sum + waiting.length, this.#making());
    if (all < room) return true;
    const [oldest] = this.#all()
      .filter((shelf) => shelf !== wanting && !shelf.kept && shelf.waiting.length > 0)
      .sort((a, b) => a.usedAt - b.usedAt);
    const [parked] = oldest?.waiting ?? [];
    if (oldest === undefined || parked === undefined) return false;
    this.#drop(oldest, parked);
    oldest.wanted = oldest.waiting.length;
    return true;
  }

  async #make(shelf: Shelf): Promise<void> {
    try {
      const parked = await shelf.park(this.#closing.signal);
      shelf.making -= 1;
      this.#put(shelf, parked);
    } catch (error) {
      shelf.making -= 1;
      this.#failed(shelf, error);
    }
    this.fill();
  }

  #failed(shelf: Shelf, error: unknown): void {
    shelf.failed(error);
    const { logger } = this.#parts;
    if (error instanceof NoisyShellError) {
      // No shell that means well does that: whoever permits the image should hear of it.
      logger.warn('parked.unfit', { image: shelf.imageName, reason: error.reason });
    } else logger.debug('parked.failed', { error: String(error) });
  }

  #put(shelf: Shelf, parked: ParkedContainer): void {
    if (this.#closing.signal.aborted) {
      this.discard(parked);
      shelf.failed(this.#closing.signal.reason);
      return;
    }
    shelf.put(parked, this.#parts.parking.idleMs, () => this.#tooOld(shelf, parked));
    const lost = (note: () => void): void => {
      if (!this.#drop(shelf, parked)) return;
      note();
      this.fill();
    };
    const ended = (): void => lost(() => shelf.lostOne());
    parked.exited.then(ended, ended);
    void parked.failed.then((error) => lost(() => this.#failed(shelf, error)));
  }

  #tooOld(shelf: Shelf, parked: ParkedContainer): void {
    if (!this.#drop(shelf, parked)) return;
    if (!shelf.kept) shelf.wanted = shelf.waiting.length;
    this.fill();
  }

  #drop(shelf: Shelf, parked: ParkedContainer): boolean {
    const waited = shelf.remove(parked);
    if (waited) this.discard(parked);
    return waited;
  }

  #track(work: Promise<unknown>): void {
    const done = work.finally(() => this.#work.delete(done));
    this.#work.add(done);
  }
}

/** Whoever waits for a run has its answer by then: a millisecond, which is a tenth of a short run. */
function afterAnswer(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * The containers that wait. Each serves one run and is never used again; who takes one leaves a
 * place that is filled behind the run's back.
 */
import type { Logger } from '../../core/logger.js';
import type { ParkedCount, Parking } from '../ports.js';
import { NoShellError, type ParkedContainer } from './parked-container.js';
import type { ParkedPlan } from './plan.js';

/**
 * What one that waits was measured to take: the engine's process for it (about 13 MB on Docker
 * 20.10 with containerd 1.6), an init and a shell.
 */
export const PARKED_BYTES = 16 * 1024 * 1024;

/** Containers that are made at a time: a fill must not starve what runs. */
const FILLING = 2;
/** A kind whose containers keep ending is given up until it is asked for anew. */
const FAILURES = 3;

const NO_SHELL = 'its image has no shell that could wait';
const NONE_WAITS = 'none was waiting';
const NO_ROOM = 'there is no room for more';

export interface ParkedPoolParts {
  readonly limits: Parking;
  readonly logger: Logger;
  /** Something runs: only one container is made meanwhile. */
  readonly busy: () => boolean;
}

/** Makes one container of a kind. */
export type Park = (signal: AbortSignal) => Promise<ParkedContainer>;

interface Waiting {
  readonly parked: ParkedContainer;
  readonly timer: NodeJS.Timeout;
}

type Taker = (parked: ParkedContainer | undefined) => void;

/** The containers of one kind and limits. */
interface Shelf {
  readonly kind: string;
  readonly park: Park;
  /** How many are to wait. */
  wanted: number;
  /** They are kept however long nobody uses them. */
  kept: boolean;
  usedAt: number;
  failures: number;
  /** Why the last one could not be made. */
  reason: string | null;
  readonly waiting: Waiting[];
  /** Takers that will have the next one. */
  readonly takers: Taker[];
  filling: number;
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
    const all = [...this.#shelves.values()].flatMap(({ waiting }) => waiting);
    return new Set(all.map(({ parked }) => parked.id));
  }

  /**
   * One that waits for such a run, else one of its kind whose limits can be changed, else one that
   * is being made and nobody waits for: that is sooner there than any other could be. Or why none.
   */
  async take({ key, kind }: ParkedPlan, signal?: AbortSignal): Promise<ParkedContainer | string> {
    const shelf = this.#shelves.get(key);
    const ready = takeFrom(shelf) ?? this.#similar(kind);
    if (ready !== undefined) return ready;
    if (shelf === undefined) return NONE_WAITS;
    const next =
      shelf.filling > shelf.takers.length ? await this.#nextOf(shelf, signal) : undefined;
    return next ?? shelf.reason ?? NONE_WAITS;
  }

  /** Such a run was: the next one finds a container. */
  used(plan: ParkedPlan, park: Park): void {
    const shelf = this.#shelf(plan, park);
    shelf.wanted = Math.max(shelf.wanted, 1);
    if (shelf.reason !== NO_SHELL) shelf.failures = 0;
    this.fill();
  }

  /** Has so many wait, and keeps them. */
  keep(plan: ParkedPlan, count: number, park: Park): Promise<ParkedCount> {
    const shelf = this.#shelf(plan, park);
    shelf.kept = count > 0;
    return this.#untilWaiting(shelf, count);
  }

  /** Has one wait, unless one does. */
  async ready(plan: ParkedPlan, park: Park): Promise<void> {
    const shelf = this.#shelf(plan, park);
    await this.#untilWaiting(shelf, Math.max(shelf.wanted, 1));
  }

  /** Removes one in the background. */
  discard(parked: ParkedContainer): void {
    this.#track(parked.remove());
  }

  /** Resolves once nothing is made or removed in the background. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Removes all that wait, and waits for what is removed already. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const shelf of this.#shelves.values()) {
      shelf.wanted = 0;
      for (const { parked, timer } of shelf.waiting.splice(0)) {
        clearTimeout(timer);
        this.discard(parked);
      }
    }
    await this.settled();
  }

  #shelf({ key, kind }: ParkedPlan, park: Park): Shelf {
    const shelf = this.#shelves.get(key) ?? newShelf(kind, park);
    this.#shelves.set(key, shelf);
    shelf.usedAt = this.#uses += 1;
    return shelf;
  }

  /** The next that is made for it, or none when that fails or nobody waits any more. */
  #nextOf(shelf: Shelf, signal: AbortSignal | undefined): Promise<ParkedContainer | undefined> {
    return new Promise((resolve) => {
      const leave = (): void => {
        shelf.takers.splice(shelf.takers.indexOf(taker), 1);
        resolve(undefined);
      };
      const taker: Taker = (parked) => {
        signal?.removeEventListener('abort', leave);
        resolve(parked);
      };
      signal?.addEventListener('abort', leave, { once: true });
      shelf.takers.push(taker);
    });
  }

  /** Until they are there, or cannot be. */
  async #untilWaiting(shelf: Shelf, count: number): Promise<ParkedCount> {
    shelf.failures = 0;
    shelf.wanted = count;
    this.fill();
    const lacks = (): boolean => shelf.waiting.length < count && shelf.failures < FAILURES;
    while (lacks() && this.#making() > 0) await Promise.race(this.#work);
    const waiting = shelf.waiting.length;
    return { waiting, reason: waiting < count ? (shelf.reason ?? NO_ROOM) : null };
  }

  #making(): number {
    return sum(this.#shelves, ({ filling }) => filling);
  }

  #similar(kind: string): ParkedContainer | undefined {
    for (const shelf of this.#shelves.values()) {
      const parked = shelf.kind === kind ? takeFrom(shelf) : undefined;
      if (parked !== undefined) return parked;
    }
    return undefined;
  }

  /** Begins as many as may be made now; each that is done begins the next. */
  fill(): void {
    if (this.#closing.signal.aborted) return;
    for (;;) {
      if (this.#making() >= (this.#parts.busy() ? 1 : FILLING)) return;
      const shelf = this.#neediest();
      if (shelf === undefined || !this.#makeRoom(shelf)) return;
      shelf.filling += 1;
      this.#track(this.#make(shelf));
    }
  }

  /** The one used last among those that lack a container. */
  #neediest(): Shelf | undefined {
    return [...this.#shelves.values()]
      .filter(
        ({ wanted, waiting, filling, failures }) =>
          failures < FAILURES && waiting.length + filling < wanted,
      )
      .sort((a, b) => b.usedAt - a.usedAt)[0];
  }

  /** The one that was not used for longest gives way. */
  #makeRoom(wanting: Shelf): boolean {
    const { containers, memoryBytes } = this.#parts.limits;
    const room = Math.min(containers, Math.floor(memoryBytes / PARKED_BYTES));
    const all = sum(this.#shelves, ({ waiting, filling }) => waiting.length + filling);
    if (all < room) return true;
    const [oldest] = [...this.#shelves.values()]
      .filter((shelf) => shelf !== wanting && !shelf.kept && shelf.waiting.length > 0)
      .sort((a, b) => a.usedAt - b.usedAt);
    const parked = takeFrom(oldest);
    if (oldest === undefined || parked === undefined) return false;
    oldest.wanted = oldest.waiting.length;
    this.discard(parked);
    return true;
  }

  async #make(shelf: Shelf): Promise<void> {
    const { logger } = this.#parts;
    try {
      const parked = await shelf.park(this.#closing.signal);
      shelf.filling -= 1;
      this.#put(shelf, parked);
    } catch (error) {
      shelf.filling -= 1;
      shelf.failures = error instanceof NoShellError ? FAILURES : shelf.failures + 1;
      shelf.reason = error instanceof NoShellError ? NO_SHELL : String(error);
      logger.debug('parked.failed', { error: String(error) });
      shelf.takers.shift()?.(undefined);
    } finally {
      this.fill();
    }
  }

  #put(shelf: Shelf, parked: ParkedContainer): void {
    const taker = shelf.takers.shift();
    if (taker !== undefined) {
      taker(parked);
      return;
    }
    if (this.#closing.signal.aborted) {
      this.discard(parked);
      return;
    }
    const timer = setTimeout(() => this.#tooOld(shelf, parked), this.#parts.limits.idleMs);
    timer.unref();
    shelf.waiting.push({ parked, timer });
    const ended = (): void => this.#ended(shelf, parked);
    parked.exited.then(ended, ended);
  }

  #tooOld(shelf: Shelf, parked: ParkedContainer): void {
    if (!without(shelf, parked)) return;
    this.discard(parked);
    if (shelf.kept) this.fill();
    else shelf.wanted = shelf.waiting.length;
  }

  /** It ended while it waited: somebody stopped it, or the engine did. */
  #ended(shelf: Shelf, parked: ParkedContainer): void {
    if (!without(shelf, parked)) return;
    shelf.failures += 1;
    this.discard(parked);
    this.fill();
  }

  #track(work: Promise<unknown>): void {
    const done = work.finally(() => this.#work.delete(done));
    this.#work.add(done);
  }
}

function newShelf(kind: string, park: Park): Shelf {
  const counts = { wanted: 0, kept: false, usedAt: 0, failures: 0, reason: null, filling: 0 };
  return { kind, park, ...counts, waiting: [], takers: [] };
}

/** The one that waited longest; those that ended meanwhile are left to whoever hears of it. */
function takeFrom(shelf: Shelf | undefined): ParkedContainer | undefined {
  const index = shelf?.waiting.findIndex(({ parked }) => parked.usable) ?? -1;
  const [taken] = index === -1 ? [] : (shelf?.waiting.splice(index, 1) ?? []);
  clearTimeout(taken?.timer);
  return taken?.parked;
}

function without(shelf: Shelf, parked: ParkedContainer): boolean {
  const index = shelf.waiting.findIndex((one) => one.parked === parked);
  const [found] = index === -1 ? [] : shelf.waiting.splice(index, 1);
  clearTimeout(found?.timer);
  return found !== undefined;
}

function sum(shelves: ReadonlyMap<string, Shelf>, count: (shelf: Shelf) => number): number {
  return [...shelves.values()].reduce((total, shelf) => total + count(shelf), 0);
}

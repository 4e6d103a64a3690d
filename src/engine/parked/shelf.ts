/** The waiting containers of one kind and limits. */
import type { ParkedContainer } from './parked-container.js';
import type { ParkedPlan } from './plan.js';
import { NoShellError } from './waiting-shell.js';

/** Makes one container of a kind. */
export type Park = (signal: AbortSignal) => Promise<ParkedContainer>;

/** A kind whose containers keep ending is given up until it is used again. */
const FAILURES = 3;

interface Waiting {
  readonly parked: ParkedContainer;
  /** Ends its waiting when nobody has used it. */
  readonly timer: NodeJS.Timeout;
}

type Taker = (parked: ParkedContainer | undefined) => void;

export class Shelf {
  readonly imageName: string;
  readonly kind: string;
  readonly park: Park;
  /** How many are to wait. */
  wanted = 0;
  /** They wait however long nobody uses them. */
  kept = false;
  /** Counts up with every use of any shelf. */
  usedAt = 0;
  /** How many are being made. */
  making = 0;
  /** Why the last one could not be made. */
  reason: string | null = null;
  #failures = 0;
  /** Why its image can never be used like this. */
  #unfit: string | undefined;
  #waiting: readonly Waiting[] = [];
  #takers: readonly Taker[] = [];

  constructor({ imageName, kind }: Pick<ParkedPlan, 'imageName' | 'kind'>, park: Park) {
    this.imageName = imageName;
    this.kind = kind;
    this.park = park;
  }

  get waiting(): readonly ParkedContainer[] {
    return this.#waiting.map(({ parked }) => parked);
  }

  get givenUp(): boolean {
    return this.#unfit !== undefined || this.#failures >= FAILURES;
  }

  /** One more is to be made. */
  get lacksOne(): boolean {
    return !this.givenUp && this.#waiting.length + this.making < this.wanted;
  }

  /** An image does not get a (better) shell; anything else may have passed. */
  retry(): void {
    this.#failures = 0;
  }

  /** One could not be made, or cannot be used. */
  failed(error: unknown): void {
    this.#failures += 1;
    if (error instanceof NoShellError) this.#unfit ??= error.reason;
    this.reason = this.#unfit ?? String(error);
    this.#give(undefined);
  }

  /** A run found none that waits: one more is to, but not more than so many. */
  missed(most: number): void {
    if (this.wanted > 0 && this.wanted < most) this.wanted += 1;
  }

  /** One that waited ended: somebody stopped it, or the engine did. */
  lostOne(): void {
    this.#failures += 1;
  }

  /** The one that waited longest; one that has ended is left to whoever hears of that. */
  take(): ParkedContainer | undefined {
    const found = this.#waiting.find(({ parked }) => parked.usable)?.parked;
    if (found !== undefined) this.remove(found);
    return found;
  }

  /**
   * The next that is made and that nobody else waits for; undefined when there is none, when it
   * fails, or when it is not waited for any more.
   */
  next(signal: AbortSignal | undefined): Promise<ParkedContainer | undefined> {
    const none = this.making <= this.#takers.length;
    if (none || signal?.aborted === true) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#takers = this.#takers.filter((one) => one !== taker);
        resolve(undefined);
      };
      const taker: Taker = (parked) => {
        signal?.removeEventListener('abort', leave);
        resolve(parked);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#takers = [...this.#takers, taker];
    });
  }

  /** Gives it to who waits for it, or has it wait itself, so long. */
  put(parked: ParkedContainer, idleMs: number, onIdle: () => void): void {
    if (this.#give(parked)) return;
    const timer = setTimeout(onIdle, idleMs);
    timer.unref();
    this.#waiting = [...this.#waiting, { parked, timer }];
  }

  /** `false`: it does not wait here any more. */
  remove(parked: ParkedContainer): boolean {
    const found = this.#waiting.find((one) => one.parked === parked);
    clearTimeout(found?.timer);
    this.#waiting = this.#waiting.filter((one) => one !== found);
    return found !== undefined;
  }

  #give(parked: ParkedContainer | undefined): boolean {
    const [taker, ...rest] = this.#takers;
    this.#takers = rest;
    taker?.(parked);
    return taker !== undefined;
  }
}

import { now } from '../core/deadline.js';
import { SlipwayError } from '../core/errors.js';

/** How long a run is guessed to take while none has ended yet. In milliseconds. */
const FIRST_GUESS_MS = 5000;

interface Waiter {
  readonly begin: () => void;
  readonly onMove: (position: number) => void;
}

/**
 * Lets a bounded number of runs go at once and a bounded number wait, first come first served.
 * Beyond that a call is refused at once: a caller can do something with a quick no.
 */
export class RunQueue {
  readonly #concurrency: number;
  readonly #places: number;
  readonly #waiting: Waiter[] = [];
  #running = 0;
  #averageMs = FIRST_GUESS_MS;

  constructor(limits: { readonly concurrency: number; readonly queue: number }) {
    this.#concurrency = limits.concurrency;
    this.#places = limits.queue;
  }

  /**
   * Runs `work` when its turn comes.
   *
   * @param onMove hears the place in the queue (1 is next) while waiting
   * @throws {SlipwayError} `SERVER_BUSY` when every place is taken; the signal's reason when it is
   * aborted while waiting
   */
  async run<T>(
    work: () => Promise<T>,
    onMove: (position: number) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running >= this.#concurrency) await this.#turn(onMove, signal);
    else this.#running += 1;
    const started = now();
    try {
      return await work();
    } finally {
      this.#averageMs = 0.8 * this.#averageMs + 0.2 * (now() - started);
      this.#next();
    }
  }

  /** Resolves when a running call hands its slot over. */
  async #turn(onMove: (position: number) => void, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.#places) throw this.#busy();
    const left = await new Promise<boolean>((resolve) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        this.#announce();
        resolve(true);
      };
      const begin = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(false);
      };
      const waiter: Waiter = { begin, onMove };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
      onMove(this.#waiting.length);
    });
    if (left) signal?.throwIfAborted();
  }

  /** The slot goes to the first waiter, or becomes free. */
  #next(): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#running -= 1;
      return;
    }
    waiter.begin();
    this.#announce();
  }

  #announce(): void {
    for (const [index, waiter] of this.#waiting.entries()) waiter.onMove(index + 1);
  }

  #busy(): SlipwayError<'SERVER_BUSY'> {
    const waiting = this.#waiting.length;
    const retryAfterMs =
      Math.ceil((this.#averageMs * (waiting + 1)) / this.#concurrency / 1000) * 1000;
    return new SlipwayError('SERVER_BUSY', {
      message: `Not started: ${this.#running} runs are active and ${waiting} are waiting. Nothing was run.`,
      hint: `Try again in about ${retryAfterMs / 1000} seconds.`,
      context: { running: this.#running, waiting, retryAfterMs },
    });
  }
}

import { now } from '../core/deadline.js';

/** What every call may still take, however late it is. In milliseconds. */
const LEAST_MS = 250;

/**
 * How long a run still waits for an engine that has missed a deadline. Every call has a deadline
 * of its own, and an engine that hangs would miss one after the other.
 */
export class Patience {
  readonly #budgetMs: number;
  #endsAt = Infinity;

  /** @param budgetMs for everything from the first missed deadline until the next answer; Infinity is no bound */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** A deadline was: the first time counts. */
  missed(): void {
    this.#endsAt = Math.min(this.#endsAt, now() + this.#budgetMs);
  }

  /** The engine is there again. */
  answered(): void {
    this.#endsAt = Infinity;
  }

  /** Milliseconds that something may take which may usually take `ms`. */
  of(ms: number): number {
    return Math.min(ms, Math.max(this.#endsAt - now(), LEAST_MS));
  }
}

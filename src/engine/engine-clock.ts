/**
 * The engine's wall clock, seen from here. Deadlines are written and compared by this one clock:
 * those of the processes that share an engine may differ by any amount.
 */
export class EngineClock {
  readonly #ourNow: () => number;
  #aheadMs: number | undefined;

  /** @param ourNow milliseconds since 1970 by this machine; it may be moved, as the engine's */
  constructor(systemTime: string, ourNow: () => number = Date.now) {
    this.#ourNow = ourNow;
    this.set(systemTime);
  }

  /** @param systemTime `SystemTime` of `GET /info`, RFC 3339; what is no time changes nothing */
  set(systemTime: string): void {
    const time = Date.parse(systemTime);
    if (Number.isFinite(time)) this.#aheadMs = time - this.#ourNow();
  }

  /** Milliseconds since 1970 by the engine; undefined when it never told. */
  now(): number | undefined {
    return this.#aheadMs === undefined ? undefined : this.#ourNow() + this.#aheadMs;
  }

  /** The engine's time at a moment of our clock. */
  at(ours: number): number {
    return ours + (this.#aheadMs ?? 0);
  }
}

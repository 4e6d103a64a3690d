import { randomBytes } from 'node:crypto';
import type { OutputStream } from '../engine/ports.js';

/** The output of one run, as far as it was captured. */
export type RunOutput = Readonly<Record<OutputStream, string>>;

/** A run whose output is kept. */
export interface StoredRun {
  readonly id: string;
  readonly output: RunOutput;
}

/** How much is kept, and how long. */
const KEPT = {
  runs: 20,
  milliseconds: 3_600_000,
  /** Characters of all runs together: two or three of the largest captures. */
  characters: 64 * 1024 * 1024,
} as const;

/** The address of one stream of a kept run. */
export function outputUri(id: string, stream: OutputStream): string {
  return `slipway://runs/${id}/${stream}`;
}

interface Entry extends StoredRun {
  readonly storedAt: number;
}

/**
 * Keeps the complete output of the last 20 runs that were shown shortened, for an hour, in memory.
 * Ids cannot be guessed, and nothing survives the process.
 */
export class RunStore {
  #entries: readonly Entry[] = [];
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Gives an id for a run that may be stored under it later. */
  newId(): string {
    return randomBytes(8).toString('hex');
  }

  put(id: string, output: RunOutput): void {
    this.#entries = this.#fitting([{ id, output, storedAt: this.#now() }, ...this.#entries]);
  }

  /** The run, or undefined when it was never kept or is kept no longer. */
  get(id: string): StoredRun | undefined {
    return this.list().find((entry) => entry.id === id);
  }

  /** Newest first. */
  list(): readonly StoredRun[] {
    this.#entries = this.#fitting(this.#entries);
    return this.#entries;
  }

  #fitting(entries: readonly Entry[]): readonly Entry[] {
    const oldest = this.#now() - KEPT.milliseconds;
    let room: number = KEPT.characters;
    return entries.slice(0, KEPT.runs).filter((entry) => {
      room -= entry.output.stdout.length + entry.output.stderr.length;
      return room >= 0 && entry.storedAt > oldest;
    });
  }
}

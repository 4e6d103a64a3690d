import { randomBytes } from 'node:crypto';
import type { Logger } from '../core/logger.js';
import type { OutputStream } from '../engine/ports.js';
import type { ArtifactContent } from './artifact-content.js';
import { RunFolder, type WrittenRun } from './run-folder.js';

/** The output of one run, as far as it was captured. */
export type RunOutput = Readonly<Record<OutputStream, string>>;

/** A run whose output is to be kept. */
export interface StoredRun {
  readonly id: string;
  readonly output: RunOutput;
  readonly artifacts: readonly ArtifactContent[];
}

/** A run that is kept. The place of a file that is not stays empty: the others keep their numbers. */
export interface KeptRun extends Omit<StoredRun, 'artifacts'> {
  readonly artifacts: readonly (ArtifactContent | undefined)[];
}

/** How much is kept, and how long. */
const KEPT = {
  runs: 20,
  milliseconds: 3_600_000,
  /** Characters and bytes of all runs together: two or three of the largest captures. */
  size: 64 * 1024 * 1024,
  /** Bytes of the artifacts of one run, so that one run does not displace all others. */
  artifactBytes: 32 * 1024 * 1024,
} as const;

/** The address of one stream of a kept run. */
export function outputUri(id: string, stream: OutputStream): string {
  return `slipway://runs/${id}/${stream}`;
}

/** The address of an artifact of a kept run. It holds nothing that a program chose. */
export function artifactUri(id: string, index: number): string {
  return `slipway://runs/${id}/artifacts/${index + 1}`;
}

/** How runs are kept. */
export interface RunStoreOptions {
  /** Folder that every run is written into as well. @default none */
  readonly outputDir?: string | undefined;
  /** Hears of what stays in that folder for too long. @default none */
  readonly logger?: Logger | undefined;
  /** Milliseconds of a clock that only goes forward. @default the process's */
  readonly now?: (() => number) | undefined;
}

interface Entry extends KeptRun {
  readonly storedAt: number;
}

/**
 * Keeps the last 20 runs that were not shown whole, with their artifacts, for an hour, in memory.
 * Ids cannot be guessed, and nothing survives the process but what is in the output folder.
 */
export class RunStore {
  #entries: readonly Entry[] = [];
  readonly #now: () => number;
  readonly #folder: RunFolder | undefined;

  constructor({ outputDir, logger, now = () => performance.now() }: RunStoreOptions = {}) {
    this.#now = now;
    this.#folder = outputDir === undefined ? undefined : new RunFolder(outputDir, logger);
  }

  /** Gives an id for a run that may be stored under it later. */
  newId(): string {
    return randomBytes(8).toString('hex');
  }

  /** Keeps a run, and of its artifacts, in their order, those that fit in 32 MiB. */
  put(run: StoredRun): KeptRun {
    const kept = { ...run, artifacts: fittingOnes(run.artifacts), storedAt: this.#now() };
    this.#entries = this.#fitting([kept, ...this.#entries]);
    return kept;
  }

  /** Writes a run into the output folder; undefined without one. Rejects with the disk's error. */
  async write(run: StoredRun): Promise<WrittenRun | undefined> {
    return this.#folder?.write(run);
  }

  /** The run, or undefined when it was never kept or is kept no longer. */
  get(id: string): KeptRun | undefined {
    return this.list().find((entry) => entry.id === id);
  }

  /** Newest first. */
  list(): readonly KeptRun[] {
    this.#entries = this.#fitting(this.#entries);
    return this.#entries;
  }

  #fitting(entries: readonly Entry[]): readonly Entry[] {
    const oldest = this.#now() - KEPT.milliseconds;
    let room: number = KEPT.size;
    return entries.slice(0, KEPT.runs).filter((entry) => {
      room -= sizeOf(entry);
      return room >= 0 && entry.storedAt > oldest;
    });
  }
}

function fittingOnes(artifacts: readonly ArtifactContent[]): KeptRun['artifacts'] {
  let room: number = KEPT.artifactBytes;
  return artifacts.map((file) => {
    if (file.content.byteLength > room) return undefined;
    room -= file.content.byteLength;
    return file;
  });
}

function sizeOf({ output, artifacts }: KeptRun): number {
  const bytes = artifacts.reduce((sum, file) => sum + (file?.content.byteLength ?? 0), 0);
  return output.stdout.length + output.stderr.length + bytes;
}

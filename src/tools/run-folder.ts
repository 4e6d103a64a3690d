import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Logger, silentLogger } from '../core/logger.js';
import type { StoredRun } from './run-store.js';

/** Where the parts of a run were written. */
export interface WrittenRun {
  readonly stdout: string;
  readonly stderr: string;
  /** In the order of the run's artifacts. */
  readonly artifacts: readonly string[];
}

/** What stays in the folder. A run alone has at most 16 MiB of output and 64 MiB of artifacts. */
const KEPT = { runs: 200, bytes: 1024 ** 3 } as const;

/** The folders that this class makes, and the only ones that it removes. */
const RUN_FOLDER = /^run-[0-9a-f]{16}$/;

/**
 * Writes runs into a folder of the operator's, each into a folder of its own that only this user
 * may read. No name comes from a program. The oldest go when there are more than 200 runs, or
 * 1 GiB: servers that share the folder share the bounds.
 */
export class RunFolder {
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger = silentLogger) {
    this.#folder = path.resolve(folder);
    this.#logger = logger;
  }

  /**
   * Rejects with the error of the file system; then nothing of the run is left. Old runs that cannot
   * be removed, such as those of another user, take nothing from it.
   */
  async write({ id, output, artifacts }: StoredRun): Promise<WrittenRun> {
    const folder = path.join(this.#folder, `run-${id}`);
    const files = artifacts.map(({ content, mimeType }, index) => ({
      file: path.join(folder, `artifact-${index + 1}${EXTENSIONS[mimeType] ?? ''}`),
      content,
    }));
    const stdout = path.join(folder, 'stdout.txt');
    const stderr = path.join(folder, 'stderr.txt');
    const all = [
      { file: stdout, content: output.stdout },
      { file: stderr, content: output.stderr },
      ...files,
    ];
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    try {
      for (const { file, content } of all) await writeFile(file, content, NEW_FILE);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await this.#removeOldest().catch((error: unknown) => this.#left(this.#folder, error));
    return { stdout, stderr, artifacts: files.map(({ file }) => file) };
  }

  async #removeOldest(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => RUN_FOLDER.test(name));
    const runs = await Promise.all(names.map((name) => this.#measured(name)));
    let bytes = 0;
    const newestFirst = runs.sort((a, b) => b.writtenAt - a.writtenAt);
    for (const [index, run] of newestFirst.entries()) {
      bytes += run.bytes;
      if (index < KEPT.runs && bytes <= KEPT.bytes) continue;
      await rm(run.folder, { recursive: true, force: true }).catch((error: unknown) =>
        this.#left(run.folder, error),
      );
    }
  }

  #left(folder: string, error: unknown): void {
    this.#logger.warn('output.remove_failed', { folder, error: String(error) });
  }

  async #measured(name: string): Promise<MeasuredRun> {
    const folder = path.join(this.#folder, name);
    try {
      const { mtimeMs } = await stat(folder);
      const files = await readdir(folder);
      const sizes = await Promise.all(
        files.map(async (file) => (await stat(path.join(folder, file))).size),
      );
      return { folder, writtenAt: mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    } catch {
      // Another server removes it right now.
      return { folder, writtenAt: 0, bytes: 0 };
    }
  }
}

interface MeasuredRun {
  readonly folder: string;
  readonly writtenAt: number;
  readonly bytes: number;
}

/** Never over something that is there, and never through a link. */
const NEW_FILE = { mode: 0o600, flag: 'wx' } as const;

/** Programs go by the extension. It says what the file is, not what it was called. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/gzip': '.gz',
  'application/json': '.json',
  'application/pdf': '.pdf',
  'application/xml': '.xml',
  'application/yaml': '.yaml',
  'application/zip': '.zip',
  'image/gif': '.gif',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/svg+xml': '.svg',
  'image/webp': '.webp',
  'text/csv': '.csv',
  'text/html': '.html',
  'text/markdown': '.md',
  'text/plain': '.txt',
};

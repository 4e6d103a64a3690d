import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FAKETIME } from '../../scripts/engine/packages.mjs';

const PROGRAM = fileURLToPath(new URL('clock-child.mjs', import.meta.url));

const line = z.object({
  heard: z.array(
    z.object({
      status: z.string(),
      exitCode: z.number().nullable(),
      stdout: z.string(),
      cleanup: z.string(),
      timings: z.record(z.string(), z.number()),
    }),
  ),
  movedMs: z.number(),
});

/** See `clock-child.mjs`. */
export type Round = z.output<typeof line>;

/**
 * A process that runs programs with the built package, and believes a wall clock that can be
 * moved: libfaketime reads the offset from a file whenever the process asks for the time.
 */
export class MovedClock implements AsyncDisposable {
  readonly #folder: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  #offsetS = 0;

  /** @param folder where it keeps its key */
  static async start(folder: string): Promise<MovedClock> {
    await writeFile(offsetFile(folder), '+0');
    return new MovedClock(folder);
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [PROGRAM], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        XDG_STATE_HOME: folder,
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: offsetFile(folder),
        FAKETIME_NO_CACHE: '1',
        // Only the wall clock is moved, as an administrator or a time server would.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        NO_FAKE_STAT: '1',
      },
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Moves the clock by so many seconds, back if below 0. */
  async move(seconds: number): Promise<void> {
    this.#offsetS += seconds;
    const sign = this.#offsetS < 0 ? '' : '+';
    // Whole at any moment: the process reads it all the time.
    await writeFile(`${offsetFile(this.#folder)}.new`, `${sign}${this.#offsetS}`);
    await rename(`${offsetFile(this.#folder)}.new`, offsetFile(this.#folder));
  }

  /**
   * Resolves when the round has begun.
   *
   * @param mark the value of the label `slipway.test` on the containers
   */
  async begin(mark: string): Promise<{ readonly ended: Promise<Round> }> {
    this.#child.stdin.write(`${mark}\n`);
    if ((await this.#line()) !== 'began') throw new Error('the process wrote something else');
    return { ended: this.#line().then((text) => line.parse(JSON.parse(text))) };
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('the process ended');
    return next.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
    }
  }
}

function offsetFile(folder: string): string {
  return join(folder, 'clock');
}

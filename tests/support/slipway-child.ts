import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { childrenOf } from './processes.js';

/** Milliseconds between our end and that of the last thing of ours. */
export const GONE_WITHIN = 5000;
/** How long a guardian looks for what was announced to it and never appeared, and some more. */
export const LOOKS_FOR_MS = 40_000;

const PROGRAM = fileURLToPath(new URL('slipway-child.mjs', import.meta.url));

/** See `slipway-child.mjs`. */
export interface Job {
  readonly method: 'executeContainer' | 'executeWithPayload' | 'buildAndExecuteGitHubRepo';
  readonly config: Readonly<Record<string, unknown>>;
  readonly policy?: unknown;
  readonly keepOpen?: boolean;
  /** How many containers are to wait before the call. */
  readonly parked?: number;
}

export interface ChildOptions {
  /** @default that of the tests */
  readonly dockerHost?: string | undefined;
  /** Where the child keeps its key and makes its folders. */
  readonly folder: string;
}

/** A process that runs one job with the built package. */
export interface SlipwayChild extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly pid: number;
  /** `name=value` on its containers. */
  readonly label: string;
  /** Resolves when it writes the line; rejects when it ends without. */
  line(text: string): Promise<void>;
  /** Process ids of its guardians. */
  guardians(): readonly number[];
  /** SIGKILL. */
  kill(): void;
  readonly exited: Promise<void>;
  /** Rejects, with what it wrote, when it ends without having been killed. */
  readonly endedEarly: Promise<never>;
}

/** `await using` kills it. */
export function startChild(job: Job, { dockerHost, folder }: ChildOptions): SlipwayChild {
  const mark = randomBytes(8).toString('hex');
  const config = { ...job.config, labels: { 'slipway.test': mark } };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ ...job, config })], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DOCKER_HOST: dockerHost ?? process.env['DOCKER_HOST'],
      XDG_STATE_HOME: folder,
      TMPDIR: folder,
    },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the child did not start');
  const lines = new Lines(child.stdout, child.stderr);
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  const endedEarly = new Promise<never>((_resolve, reject) => {
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(lines.endedEarly('the point at which it is killed'));
    });
  });
  endedEarly.catch(() => undefined);
  return {
    child,
    pid,
    label: `slipway.test=${mark}`,
    line: (text) => lines.wait(text),
    guardians: () => childrenOf(pid, 'guardian-process.js'),
    kill: () => void child.kill('SIGKILL'),
    exited,
    endedEarly,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

class Lines {
  readonly #seen: string[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;
  #errors = '';

  constructor(stdout: Readable, stderr: Readable) {
    createInterface({ input: stdout })
      .on('line', (line) => this.#wake(() => this.#seen.push(line)))
      .on('close', () => this.#wake(() => (this.#ended = true)));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  async wait(text: string): Promise<void> {
    while (!this.#seen.includes(text)) {
      if (this.#ended) throw this.endedEarly(text);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  endedEarly(text: string): Error {
    return new Error(`it ended without "${text}": ${this.#seen.join(', ')} ${this.#errors}`);
  }

  #wake(change: () => unknown): void {
    change();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

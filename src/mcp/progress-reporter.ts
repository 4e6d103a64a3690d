import { stripControl } from '../core/text.js';
import type { ToolProgress } from '../tools/progress.js';

/** One progress notification. */
export interface ProgressUpdate {
  /** Larger each time, as the protocol demands. */
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message: string;
}

/** Twice a second is as often as anyone reads. */
const MIN_INTERVAL_MS = 500;

/** Clients that wait 10 s or more for a sign of life see one in time. */
const HEARTBEAT_MS = 5000;

const MESSAGE_CHARACTERS = 120;

/**
 * Turns a call's progress into notifications: at most two a second, one every five seconds
 * whatever happens, numbers that only grow, and none after `stop`.
 */
export class ProgressReporter {
  readonly #send: (update: ProgressUpdate) => Promise<void>;
  readonly #startedAt = performance.now();
  #latest: ToolProgress = { phase: 'Working' };
  #phaseStartedAt = this.#startedAt;
  #sentAt = -Infinity;
  #value = 0;
  /** The client does not read as fast as we write: nothing more is written meanwhile. */
  #sending = false;
  #stopped = false;
  #timer: NodeJS.Timeout;

  /** @param send writes one notification; its failure is of no interest to the call */
  constructor(send: (update: ProgressUpdate) => Promise<void>) {
    this.#send = send;
    this.#timer = setTimeout(this.#fire, HEARTBEAT_MS);
  }

  readonly report = (progress: ToolProgress): void => {
    if (progress.phase !== this.#latest.phase) this.#phaseStartedAt = performance.now();
    this.#latest = progress;
    this.#schedule(Math.max(0, this.#sentAt + MIN_INTERVAL_MS - performance.now()));
  };

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#fire, ms);
  }

  readonly #fire = (): void => {
    if (!this.#sending) void this.#sendLatest();
    this.#schedule(HEARTBEAT_MS);
  };

  async #sendLatest(): Promise<void> {
    this.#sending = true;
    this.#sentAt = performance.now();
    try {
      await this.#send(this.#nextUpdate());
    } catch {
      // The client is gone or does not want it; the call goes on without.
    } finally {
      this.#sending = false;
    }
  }

  #nextUpdate(): ProgressUpdate {
    const { amount } = this.#latest;
    this.#value = Math.max(this.#value + 1, amount?.done ?? 0);
    const total = amount !== undefined && this.#value <= amount.total ? amount.total : undefined;
    return { progress: this.#value, total, message: this.#message() };
  }

  #message(): string {
    const { phase, detail } = this.#latest;
    const seconds = Math.floor((performance.now() - this.#phaseStartedAt) / 1000);
    const details = [
      ...(seconds > 0 ? [`${seconds} s`] : []),
      ...(detail === undefined ? [] : [detail]),
    ];
    const text = details.length === 0 ? phase : `${phase} (${details.join(', ')})`;
    return oneLine(text);
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const cut =
    line.length <= MESSAGE_CHARACTERS ? line : `${line.slice(0, MESSAGE_CHARACTERS - 1)}…`;
  return stripControl(cut);
}

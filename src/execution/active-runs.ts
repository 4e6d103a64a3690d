import { closedError } from '../core/closed.js';
import { randomName } from '../engine/labels.js';

const CLOSED_FIRST = 'The executor was closed before the run began. Nothing was run.';

/** One run of this executor that has not ended. */
export class ActiveRun {
  /** The container's name, known before it exists. */
  readonly name = randomName();
  /** The tag of an image that is built for this run only. */
  readonly imageTag = `${this.name}:run`;
  readonly #controller = new AbortController();
  #containerId: string | undefined;
  #stopped = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get containerId(): string | undefined {
    return this.#containerId;
  }

  /** `stopContainer` ends it: however the program reacts, it did not end by itself. */
  get stopped(): boolean {
    return this.#stopped;
  }

  created(containerId: string): void {
    this.#containerId = containerId;
  }

  markStopped(): void {
    this.#stopped = true;
  }

  cancel(): void {
    this.#controller.abort(new Error('the executor was closed'));
  }
}

/** The runs of one executor, so that they can be stopped, and waited for when it closes. */
export class ActiveRuns {
  readonly #runs = new Map<ActiveRun, Promise<unknown>>();
  #closed = false;

  /**
   * Keeps a run for as long as `work` takes.
   *
   * @throws {SlipwayError} `CLOSED` once all were cancelled: nobody would end this one
   */
  async track<T>(work: (run: ActiveRun) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(CLOSED_FIRST, 'close');
    const run = new ActiveRun();
    const done = work(run);
    this.#runs.set(
      run,
      done.catch(() => undefined),
    );
    try {
      return await done;
    } finally {
      this.#runs.delete(run);
    }
  }

  find(containerId: string): ActiveRun | undefined {
    return [...this.#runs.keys()].find((run) => run.containerId === containerId);
  }

  /** Ends every run and refuses new ones; resolves when the last one has cleaned up. */
  async cancelAll(): Promise<void> {
    this.#closed = true;
    const pending = [...this.#runs.entries()];
    for (const [run] of pending) run.cancel();
    await Promise.all(pending.map(([, done]) => done));
  }
}

/**
 * What this process has on one engine, from before it is made until it is known to be gone.
 *
 * Three things keep a promise to remove it: the run or build that made it; the rounds of this
 * class, when the engine did not confirm the removal; and for the time after our own end, the
 * guardian and the sweep of the next process. The rounds are also that sweep for others.
 */
import { LATE, now, within } from '../core/deadline.js';
import { SWEEP } from '../core/limits.js';
import type { Logger } from '../core/logger.js';
import type { EngineClock } from './engine-clock.js';
import { guardian as ourGuardian, type GuardedConnection, type Guardian } from './guardian.js';
import { parseImageReference } from './image-reference.js';
import { LABEL, signLabels, type OwnedKind } from './labels.js';
import type { Owner, SweepResult } from './ports.js';
import { sweep, type Swept } from './sweep.js';
import type { Transport } from './transport.js';

export interface CustodyDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Signs and verifies labels. */
  readonly key: Uint8Array;
  readonly clock: EngineClock;
  /** Where the guardian finds the engine. */
  readonly connection: GuardedConnection;
  /** @default the guardian of this process */
  readonly guardian?: Guardian;
}

/** What a claim is for; the name is the container's, or the image's tag. */
export interface Claim {
  readonly kind: OwnedKind;
  readonly name: string;
  readonly owner: Owner;
}

interface Held {
  /** As the guardian names it. */
  readonly path: string;
  made: boolean;
  /** On the monotonic clock; undefined while somebody still looks after it. */
  abandonedAt: number | undefined;
}

export class Custody {
  readonly #dependencies: CustodyDependencies;
  readonly #guardian: Guardian;
  readonly #held = new Map<string, Held>();
  /** Names whose failed removal was reported already. */
  readonly #reported = new Set<string>();
  #sweeping: { readonly done: Promise<SweepResult>; readonly stop: AbortController } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs: number = SWEEP.retryMs;
  #unreachable = false;
  #closed = false;

  constructor(dependencies: CustodyDependencies) {
    this.#dependencies = dependencies;
    this.#guardian = dependencies.guardian ?? ourGuardian;
  }

  /**
   * To be called right before the thing is made.
   *
   * @returns the labels that prove whose it is; it has to bear them
   */
  claim({ kind, name, owner }: Claim): Record<string, string> {
    const { key, clock, connection, logger } = this.#dependencies;
    const deadline = Math.round(clock.at(owner.deadline));
    const labels = signLabels(key, { kind, name, instance: owner.instance, deadline });
    // The name in full: the engine could take a short one for the beginning of an image id.
    const path = kind === 'run' ? name : parseImageReference(name).canonical;
    this.#held.set(name, { path, made: false, abandonedAt: undefined });
    const signature = labels[LABEL.signature] ?? '';
    const guarded = kind === 'run' ? 'container' : 'image';
    this.#guardian.hold({ connection, signature, kind: guarded, name: path }, logger);
    return labels;
  }

  /** The engine says it exists. */
  made(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    held.made = true;
    this.#guardian.made(held.path);
  }

  /** It is gone, or was certainly never made. What was never claimed is left alone. */
  release(name: string): void {
    const held = this.#held.get(name);
    this.#reported.delete(name);
    if (held === undefined) return;
    this.#held.delete(name);
    this.#guardian.release(held.path);
  }

  /** It may exist, and whoever made it gives up on it: the rounds go on until it is gone. */
  abandon(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    held.abandonedAt ??= now();
    this.#retryMs = SWEEP.retryMs;
    this.#roundIn(this.#retryMs);
  }

  /** Begins the rounds; the first one at once, but after the caller's own work. */
  start(): void {
    this.#roundIn(0);
  }

  /** Removes what is left over on the engine, see `Engine.sweep`. One at a time. */
  sweep(): Promise<SweepResult> {
    if (this.#sweeping !== undefined) return this.#sweeping.done;
    const stop = new AbortController();
    const done = this.#sweep(stop.signal).finally(() => {
      this.#sweeping = undefined;
    });
    this.#sweeping = { done, stop };
    return done;
  }

  /** Ends the rounds, after a last one for what was abandoned. What is still there then has the guardian. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#abandoned().size > 0) {
      const last = await within(this.#lastRound(), this.#dependencies.transport.deadlines.killMs);
      if (last === LATE) this.#dependencies.logger.warn('custody.closed_late');
    }
    if (this.#abandoned().size === 0) this.#sweeping?.stop.abort();
    this.#guardian.rest();
  }

  /** One that is under way may have looked before the last thing was abandoned. */
  async #lastRound(): Promise<void> {
    await this.#sweeping?.done.catch(() => undefined);
    await this.#round();
  }

  async #round(): Promise<void> {
    const { logger } = this.#dependencies;
    try {
      await this.sweep();
      this.#unreachable = false;
    } catch (error) {
      const known = this.#closed || this.#unreachable;
      this.#unreachable = true;
      if (!known) logger.warn('sweep.failed', { error: String(error) });
    }
    this.#nextRound();
  }

  /** What was abandoned is tried again soon, then less and less often. */
  #nextRound(): void {
    const retrying = this.#abandoned().size > 0;
    if (this.#closed && !retrying) return;
    this.#retryMs = Math.min(this.#retryMs * 2, SWEEP.everyMs);
    this.#roundIn(retrying ? this.#retryMs : SWEEP.everyMs);
  }

  #roundIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#round(), ms);
    this.#timer.unref();
  }

  async #sweep(signal: AbortSignal): Promise<SweepResult> {
    const before = now();
    const swept = await sweep(this.#dependencies, this.#abandoned(), signal);
    for (const name of swept.removed) this.release(name);
    this.#letGo(swept, before);
    this.#report(swept);
    return { removed: swept.removed, failed: swept.failed.map(({ name }) => name) };
  }

  /** What was not found is gone, unless the request that makes it can still be under way. */
  #letGo({ found }: Swept, before: number): void {
    for (const [name, { made, abandonedAt }] of this.#held) {
      if (abandonedAt === undefined || abandonedAt >= before || found.has(name)) continue;
      if (made || before - abandonedAt > SWEEP.appearsMs) this.release(name);
    }
  }

  #report({ removed, failed }: Swept): void {
    const { logger } = this.#dependencies;
    if (removed.length > 0) logger.info('sweep.removed', { names: removed });
    for (const { name, error } of failed) {
      if (this.#reported.has(name)) continue;
      this.#reported.add(name);
      logger.warn('sweep.remove_failed', { name, error: String(error) });
    }
  }

  #abandoned(): ReadonlySet<string> {
    const abandoned = [...this.#held].filter(([, held]) => held.abandonedAt !== undefined);
    return new Set(abandoned.map(([name]) => name));
  }
}

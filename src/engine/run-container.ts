/**
 * One container from creation to removal.
 *
 * The order is create, files, attach, start, wait, drain, inspect, remove. It is the only one
 * without a race on every engine: never AutoRemove (the exit code is lost behind it), never trust
 * the end of the output as the end of the program (a dying engine ends it just so), and never
 * stop reading the attached output.
 */
import { LATE, now, within } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import { collectArtifacts } from './container-artifacts.js';
import { inspectContainer, killContainer } from './container-calls.js';
import { endedByEngine } from './engine-leaving.js';
import type { Launch, Launched, ProgramReport } from './launch.js';
import { watchMemory, type MemoryWatch } from './memory-watch.js';
import type {
  ContainerSpec,
  EngineFacts,
  RunEnd,
  RunObserver,
  RunOutcome,
  RunPhase,
} from './ports.js';
import type { InspectedContainer } from './replies.js';
import { appliedLimits, isEndOfEngine } from './run-verdict.js';
import type { Transport } from './transport.js';

/** What a run is made from. */
export interface RunDependencies {
  /** The engine, for the calls of this run; see `Transport.forOneRun`. */
  readonly transport: Transport;
  readonly logger: Logger;
  readonly flavor: EngineFacts['flavor'];
  readonly launch: Launch;
}

/** See `ContainerRuntime.run`. */
export async function runContainer(
  dependencies: RunDependencies,
  spec: ContainerSpec,
  observer: RunObserver,
  signal?: AbortSignal,
): Promise<RunOutcome> {
  signal?.throwIfAborted();
  const run = new ContainerRun(dependencies, spec, observer);
  const onAbort = (): void => run.end('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await run.complete(signal);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** What is known before the container is removed. */
type Verdict = Omit<RunOutcome, 'cleanup' | 'phases' | 'outOfMemory' | 'path'>;

class ContainerRun {
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #flavor: EngineFacts['flavor'];
  readonly #launch: Launch;
  readonly #spec: ContainerSpec;
  readonly #observer: RunObserver;
  readonly #phases: Partial<Record<RunPhase, number>> = {};
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #phase: { readonly name: RunPhase; readonly since: number } | undefined;
  #launched: Launched | undefined;
  #report: ProgramReport | undefined;
  #memory: MemoryWatch | undefined;
  #end: RunEnd | undefined;
  #killed = false;
  /** The engine was out of reach while the program ran. */
  #interrupted = false;

  constructor(dependencies: RunDependencies, spec: ContainerSpec, observer: RunObserver) {
    this.#transport = dependencies.transport;
    this.#logger = dependencies.logger;
    this.#flavor = dependencies.flavor;
    this.#launch = dependencies.launch;
    this.#spec = spec;
    this.#observer = observer;
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Ends the run. The first cause wins; later ones change nothing. */
  end(cause: RunEnd): void {
    this.#end ??= cause;
    this.#resolveEnded();
  }

  async complete(signal: AbortSignal | undefined): Promise<RunOutcome> {
    let verdict: Verdict;
    let cleanup: RunOutcome['cleanup'] = 'pending';
    let outOfMemory = false;
    try {
      const launched = await this.#start(signal);
      await this.#untilEnded(launched);
      verdict = await this.#collect(launched);
    } finally {
      cleanup = await this.#remove();
      outOfMemory = await this.#ranOutOfMemory();
    }
    const path = this.#launch.path;
    return { ...verdict, outOfMemory, cleanup, path, phases: this.#phases };
  }

  async #start(signal: AbortSignal | undefined): Promise<Launched> {
    this.#launched = await this.#launch.start(
      {
        phase: (phase) => this.#enter(phase),
        created: (id, name) => this.#observer.created(id, name),
        output: (stream, chunk) => {
          if (this.#observer.output(stream, chunk) === 'stop') this.end('output_limit');
        },
        broken: (error) => {
          this.#logger.warn('run.output_broken', { error: String(error) });
          this.end('engine_lost');
        },
      },
      signal,
    );
    return this.#launched;
  }

  /** Until the program exits or is ended, whichever cause comes first. */
  async #untilEnded(launched: Launched): Promise<void> {
    this.#enter('run');
    const exited = launched.exited().then(
      ({ interrupted }) => {
        this.#interrupted = interrupted;
        this.end('exited');
      },
      () => this.end('engine_lost'),
    );
    // Without a report, the engine tells it a moment later.
    launched.report?.then(
      (report) => {
        this.#report = report;
        this.end('exited');
      },
      () => undefined,
    );
    const timer = setTimeout(() => this.end('timed_out'), this.#spec.timeoutMs);
    await this.#ended;
    clearTimeout(timer);
    if (this.#end !== 'exited') await this.#stop(launched.id, exited);
    // What only the engine can tell, it tells of a container that has ended: a moment later.
    else if (this.#told === undefined) await within(exited, this.#transport.deadlines.killMs);
  }

  /** TERM, grace, KILL; the output is read all the while. */
  async #stop(id: string, exited: Promise<void>): Promise<void> {
    this.#killed = true;
    const { deadlines, patience } = this.#transport;
    const exitedWithin = async (ms: number): Promise<boolean> =>
      (await within(exited, patience.of(ms))) !== LATE;
    if (this.#spec.stopGraceMs > 0) {
      await killContainer(this.#transport, id, 'SIGTERM');
      if (await exitedWithin(this.#spec.stopGraceMs)) return;
    }
    await killContainer(this.#transport, id, 'SIGKILL');
    if (await exitedWithin(deadlines.killMs)) return;
    // An engine that waits for a reader of the output lets go once the connection is cut.
    this.#launched?.output.destroy();
    patience.missed();
    if (!(await exitedWithin(deadlines.killMs))) this.#end = 'engine_lost';
  }

  async #collect({ id, output }: Launched): Promise<Verdict> {
    this.#enter('collect');
    if (this.#told !== undefined) return this.#verdictOf(id, this.#told);
    await output.drain();
    const facts = await this.#inspect(id);
    if (facts === undefined || (await this.#endIsUnknown(facts))) return this.#lost(id);
    const exited = this.#end === 'exited';
    if (exited) this.#refuseFailedLaunch(facts.State.ExitCode);
    const ended = { id, facts, killedByUs: this.#killed };
    this.#memory = watchMemory(this.#transport, this.#flavor, ended);
    return {
      containerId: id,
      end: this.#end ?? 'exited',
      exitCode: exited ? facts.State.ExitCode : null,
      outputIncomplete: this.#interrupted || output.incomplete,
      limits: appliedLimits(facts, this.#spec),
      artifacts: await collectArtifacts(this.#transport, id, this.#spec.artifacts),
    };
  }

  /** What the container itself told, where that is enough: then the engine is not asked. */
  get #told(): ProgramReport | undefined {
    const report = this.#report;
    if (this.#end !== 'exited' || report?.oomKills === undefined) return undefined;
    const asksEngine = this.#spec.artifacts.length > 0 || isEndOfEngine(report.exitCode);
    return asksEngine ? undefined : report;
  }

  /** The kernel's own count, where it was told, is better than what an engine hears of it. */
  async #ranOutOfMemory(): Promise<boolean> {
    const kills = this.#end === 'exited' ? this.#report?.oomKills : undefined;
    const heard = (await this.#memory?.verdict()) ?? false;
    return kills === undefined ? heard : kills > 0;
  }

  #verdictOf(id: string, { exitCode, facts }: ProgramReport): Verdict {
    this.#refuseFailedLaunch(exitCode);
    return {
      containerId: id,
      end: 'exited',
      exitCode,
      outputIncomplete: false,
      limits: appliedLimits(facts, this.#spec),
      artifacts: { files: [], omitted: [] },
    };
  }

  async #endIsUnknown(facts: InspectedContainer): Promise<boolean> {
    if (facts.State.Running) return true;
    if (this.#end !== 'exited') return false;
    return endedByEngine(this.#transport, facts, this.#interrupted);
  }

  #lost(id: string): Verdict {
    return {
      containerId: id,
      end: 'engine_lost',
      exitCode: null,
      outputIncomplete: true,
      limits: undefined,
      artifacts: { files: [], omitted: [] },
    };
  }

  async #inspect(id: string): Promise<InspectedContainer | undefined> {
    try {
      return await inspectContainer(this.#transport, id);
    } catch (error) {
      this.#logger.warn('run.inspect_failed', { container: id, error: String(error) });
      return undefined;
    }
  }

  #refuseFailedLaunch(exitCode: number): void {
    const failure = this.#launch.failure(exitCode);
    if (failure !== undefined) throw failure;
  }

  async #remove(): Promise<RunOutcome['cleanup']> {
    this.#enter('remove');
    // A lost engine is not waited for again: the custody removes what is left.
    const { killMs, changeMs } = this.#transport.deadlines;
    const deadlineMs = this.#end === 'engine_lost' ? killMs : changeMs;
    const cleanup = await this.#launch.remove(deadlineMs, this.#told !== undefined);
    this.#leave();
    return cleanup;
  }

  #enter(name: RunPhase): void {
    this.#leave();
    this.#phase = { name, since: now() };
    this.#observer.phase(name);
  }

  #leave(): void {
    if (this.#phase !== undefined) this.#phases[this.#phase.name] = now() - this.#phase.since;
    this.#phase = undefined;
  }
}

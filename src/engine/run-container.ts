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
import { attachOutput, type AttachedOutput } from './attached-output.js';
import { collectArtifacts } from './container-artifacts.js';
import { inspectContainer, killContainer, waitForExit } from './container-calls.js';
import { endedByEngine } from './engine-leaving.js';
import { watchMemory, type MemoryWatch } from './memory-watch.js';
import { OwnedContainer, type OwnedContainerDependencies } from './owned-container.js';
import type {
  ContainerSpec,
  EngineFacts,
  RunEnd,
  RunObserver,
  RunOutcome,
  RunPhase,
} from './ports.js';
import type { InspectedContainer } from './replies.js';
import { appliedLimits } from './run-verdict.js';
import { attachFailure, launchFailure } from './start-failure.js';
import type { Transport } from './transport.js';

/** See `ContainerRuntime.run`. */
export async function runContainer(
  dependencies: OwnedContainerDependencies,
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
type Verdict = Omit<RunOutcome, 'cleanup' | 'phases' | 'outOfMemory'>;

class ContainerRun {
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #flavor: EngineFacts['flavor'];
  readonly #container: OwnedContainer;
  readonly #spec: ContainerSpec;
  readonly #observer: RunObserver;
  readonly #phases: Partial<Record<RunPhase, number>> = {};
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #phase: { readonly name: RunPhase; readonly since: number } | undefined;
  #output: AttachedOutput | undefined;
  #memory: MemoryWatch | undefined;
  #end: RunEnd | undefined;
  #killed = false;
  /** The engine was out of reach while the program ran. */
  #interrupted = false;
  /** Aborted at the end: a wait on an engine that hangs would outlive the run. */
  readonly #over = new AbortController();

  constructor(
    dependencies: OwnedContainerDependencies,
    spec: ContainerSpec,
    observer: RunObserver,
  ) {
    const transport = dependencies.transport.forOneRun();
    this.#transport = transport;
    this.#logger = dependencies.logger;
    this.#flavor = dependencies.flavor;
    this.#container = new OwnedContainer({ ...dependencies, transport }, spec);
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
      const id = await this.#create();
      signal?.throwIfAborted();
      await this.#start(id);
      await this.#untilEnded(id);
      verdict = await this.#collect(id);
    } finally {
      cleanup = await this.#remove();
      outOfMemory = (await this.#memory?.verdict()) ?? false;
    }
    return { ...verdict, outOfMemory, cleanup, phases: this.#phases };
  }

  #create(): Promise<string> {
    this.#enter('create');
    return this.#container.create((id) => this.#observer.created(id));
  }

  async #start(id: string): Promise<void> {
    this.#enter('start');
    this.#output = await attachOutput(this.#transport, id, this.#spec.stdin, {
      output: (stream, chunk) => {
        if (this.#observer.output(stream, chunk) === 'stop') this.end('output_limit');
      },
      broken: (error) => {
        this.#logger.warn('run.output_broken', { container: id, error: String(error) });
        this.end('engine_lost');
      },
    }).catch((error: unknown) => {
      throw attachFailure(error, this.#spec);
    });
    await this.#container.start(id);
  }

  /** Until the program exits or is ended, whichever cause comes first. */
  async #untilEnded(id: string): Promise<void> {
    this.#enter('run');
    const exited = waitForExit(this.#transport, id, this.#over.signal).then(
      ({ interrupted }) => {
        this.#interrupted = interrupted;
        this.end('exited');
      },
      () => this.end('engine_lost'),
    );
    const timer = setTimeout(() => this.end('timed_out'), this.#spec.timeoutMs);
    await this.#ended;
    clearTimeout(timer);
    if (this.#end !== 'exited') await this.#stop(id, exited);
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
    this.#output?.destroy();
    patience.missed();
    if (!(await exitedWithin(deadlines.killMs))) this.#end = 'engine_lost';
  }

  async #collect(id: string): Promise<Verdict> {
    this.#enter('collect');
    await this.#output?.drain();
    const facts = await this.#inspect(id);
    if (facts === undefined || (await this.#endIsUnknown(facts))) return this.#lost(id);
    const exited = this.#end === 'exited';
    if (exited) this.#refuseFailedLaunch(facts);
    const ended = { id, facts, killedByUs: this.#killed };
    this.#memory = watchMemory(this.#transport, this.#flavor, ended);
    return {
      containerId: id,
      end: this.#end ?? 'exited',
      exitCode: exited ? facts.State.ExitCode : null,
      outputIncomplete: this.#interrupted || this.#output?.incomplete === true,
      limits: appliedLimits(facts, this.#spec),
      artifacts: await collectArtifacts(this.#transport, id, this.#spec.artifacts),
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

  /** With an init process the engine's start succeeds even when the program cannot be started. */
  #refuseFailedLaunch(facts: InspectedContainer): void {
    const said = this.#output?.stderrHead ?? '';
    const failure = launchFailure(facts.State.ExitCode, said, this.#spec);
    if (failure !== undefined) throw failure;
  }

  async #remove(): Promise<RunOutcome['cleanup']> {
    this.#enter('remove');
    this.#over.abort();
    this.#output?.destroy();
    // A lost engine is not waited for again: the custody removes what is left.
    const { killMs, changeMs } = this.#transport.deadlines;
    const cleanup = await this.#container.remove(this.#end === 'engine_lost' ? killMs : changeMs);
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

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
import {
  inspectContainer,
  killContainer,
  removeContainer,
  waitForExit,
} from './container-calls.js';
import { byVolume, packFiles } from './container-files.js';
import { createBody } from './create-body.js';
import { LABEL, signLabels } from './labels.js';
import type { ContainerSpec, RunEnd, RunObserver, RunOutcome, RunPhase } from './ports.js';
import { created, readReply, type InspectedContainer } from './replies.js';
import { appliedLimits, ranOutOfMemory, refuseDiscardedLimits } from './run-verdict.js';
import { createFailure, launchFailure, startFailure } from './start-failure.js';
import type { Transport } from './transport.js';

export interface RunDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Signs the labels of our own containers. */
  readonly key: Uint8Array;
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
type Verdict = Omit<RunOutcome, 'cleanup' | 'phases'>;

class ContainerRun {
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #key: Uint8Array;
  readonly #spec: ContainerSpec;
  readonly #observer: RunObserver;
  readonly #phases: Partial<Record<RunPhase, number>> = {};
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #phase: { readonly name: RunPhase; readonly since: number } | undefined;
  #id: string | undefined;
  #output: AttachedOutput | undefined;
  #end: RunEnd | undefined;
  #killed = false;
  /** Aborted at the end: a wait on an engine that hangs would outlive the run. */
  readonly #over = new AbortController();

  constructor(dependencies: RunDependencies, spec: ContainerSpec, observer: RunObserver) {
    this.#transport = dependencies.transport;
    this.#logger = dependencies.logger;
    this.#key = dependencies.key;
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
    try {
      const id = await this.#create();
      await this.#putFiles(id);
      signal?.throwIfAborted();
      await this.#start(id);
      await this.#untilEnded(id);
      verdict = await this.#collect(id);
    } finally {
      cleanup = await this.#remove();
    }
    return { ...verdict, cleanup, phases: this.#phases };
  }

  async #create(): Promise<string> {
    this.#enter('create');
    const operation = 'create container';
    const { name, owner, imageName } = this.#spec;
    const signed = signLabels(this.#key, { kind: 'run', name, ...owner });
    const ownership = { ...signed, [LABEL.image]: imageName };
    // Not abortable: an aborted create leaves its container behind all the same.
    const reply = await this.#transport
      .json({
        method: 'POST',
        path: '/containers/create',
        operation,
        query: { name },
        json: createBody(this.#spec, ownership),
        deadlineMs: this.#transport.deadlines.changeMs,
      })
      .catch((error: unknown) => {
        throw createFailure(error, this.#spec);
      });
    const { Id: id, Warnings: warnings } = readReply(created, reply, operation);
    this.#id = id;
    this.#observer.created(id);
    refuseDiscardedLimits(warnings);
    return id;
  }

  /** An engine takes files into a volume of a read-only container, but not past it: one put each. */
  async #putFiles(id: string): Promise<void> {
    for (const { folder, files } of byVolume(this.#spec)) {
      await this.#transport.json({
        method: 'PUT',
        path: `/containers/${id}/archive`,
        operation: 'put files into container',
        query: { path: folder },
        body: await packFiles(folder, files),
        contentType: 'application/x-tar',
        deadlineMs: this.#transport.deadlines.archiveMs,
      });
    }
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
    });
    await this.#transport
      .json({
        method: 'POST',
        path: `/containers/${id}/start`,
        operation: 'start container',
        deadlineMs: this.#transport.deadlines.changeMs,
      })
      .catch((error: unknown) => {
        throw startFailure(error, this.#spec);
      });
  }

  /** Until the program exits or is ended, whichever cause comes first. */
  async #untilEnded(id: string): Promise<void> {
    this.#enter('run');
    const exited = waitForExit(this.#transport, id, this.#over.signal).then(
      () => this.end('exited'),
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
    const { killMs } = this.#transport.deadlines;
    if (this.#spec.stopGraceMs > 0) {
      await killContainer(this.#transport, id, 'SIGTERM');
      if ((await within(exited, this.#spec.stopGraceMs)) !== LATE) return;
    }
    await killContainer(this.#transport, id, 'SIGKILL');
    if ((await within(exited, killMs)) !== LATE) return;
    // An engine that waits for a reader of the output lets go once the connection is cut.
    this.#output?.destroy();
    if ((await within(exited, killMs)) === LATE) this.#end = 'engine_lost';
  }

  async #collect(id: string): Promise<Verdict> {
    this.#enter('collect');
    await this.#output?.drain();
    const facts = await this.#inspect(id);
    if (facts === undefined || facts.State.Running) return this.#lost(id);
    const exited = this.#end === 'exited';
    if (exited) this.#refuseFailedLaunch(facts);
    return {
      containerId: id,
      end: this.#end ?? 'exited',
      exitCode: exited ? facts.State.ExitCode : null,
      outOfMemory: ranOutOfMemory(facts, this.#killed),
      outputIncomplete: this.#output?.incomplete ?? false,
      limits: appliedLimits(facts, this.#spec),
    };
  }

  #lost(id: string): Verdict {
    return {
      containerId: id,
      end: 'engine_lost',
      exitCode: null,
      outOfMemory: false,
      outputIncomplete: true,
      limits: undefined,
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

  /** By name when create did not answer: the container may be there all the same. */
  async #remove(): Promise<RunOutcome['cleanup']> {
    this.#enter('remove');
    this.#over.abort();
    this.#output?.destroy();
    try {
      // A lost engine is not waited for again: the sweep removes what is left.
      const { killMs, changeMs } = this.#transport.deadlines;
      const deadlineMs = this.#end === 'engine_lost' ? killMs : changeMs;
      await removeContainer(this.#transport, this.#id ?? this.#spec.name, deadlineMs);
      return 'removed';
    } catch (error) {
      this.#logger.error('run.cleanup_pending', {
        container: this.#spec.name,
        error: String(error),
      });
      return 'pending';
    } finally {
      this.#leave();
    }
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

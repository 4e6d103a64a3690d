/** A container made for one run: created, filled, attached, started. */
import { attachOutput, type AttachedOutput } from './attached-output.js';
import { waitForExit } from './container-calls.js';
import type { Launch, Launched, LaunchListener } from './launch.js';
import { OwnedContainer, type OwnedContainerDependencies } from './owned-container.js';
import type { ContainerSpec, RunOutcome, RunPath } from './ports.js';
import { attachFailure, launchFailure } from './start-failure.js';
import type { Transport } from './transport.js';

export class FreshLaunch implements Launch {
  readonly path: RunPath;
  readonly #transport: Transport;
  readonly #spec: ContainerSpec;
  readonly #container: OwnedContainer;
  #output: AttachedOutput | undefined;
  /** Aborted at the end: a wait on an engine that hangs would outlive the run. */
  readonly #over = new AbortController();

  /** @param reason why it is not a waiting container; null where none is ever kept */
  constructor(
    dependencies: OwnedContainerDependencies,
    spec: ContainerSpec,
    reason: string | null = null,
  ) {
    this.path = { kind: 'cold', reason };
    this.#transport = dependencies.transport;
    this.#spec = spec;
    this.#container = new OwnedContainer(dependencies, spec);
  }

  async start(listener: LaunchListener, signal?: AbortSignal): Promise<Launched> {
    listener.phase('create');
    const id = await this.#container.create((made) => listener.created(made, this.#spec.name));
    signal?.throwIfAborted();
    listener.phase('start');
    const output = await attachOutput(this.#transport, id, this.#spec.stdin, listener).catch(
      (error: unknown) => {
        throw attachFailure(error, this.#spec);
      },
    );
    this.#output = output;
    await this.#container.start(id);
    const exited = (): ReturnType<Launched['exited']> =>
      waitForExit(this.#transport, id, this.#over.signal);
    return { id, output, exited, report: undefined };
  }

  /** With an init process the engine's start succeeds even when the program cannot be started. */
  failure(exitCode: number): Error | undefined {
    return launchFailure(exitCode, this.#output?.stderrHead ?? '', this.#spec);
  }

  remove(deadlineMs: number): Promise<RunOutcome['cleanup']> {
    this.#over.abort();
    this.#output?.destroy();
    return this.#container.remove(deadlineMs);
  }
}

/** A container that is started already and waits, in its shell, for the one program it will run. */
import { attachOutput, type AttachedOutput } from '../attached-output.js';
import { inspectContainer, waitForExit } from '../container-calls.js';
import { OwnedContainer, type OwnedContainerDependencies } from '../owned-container.js';
import type { ContainerSpec } from '../ports.js';
import type { InspectedContainer } from '../replies.js';
import type { Transport } from '../transport.js';
import { Relay } from './relay.js';
import { WaitingShell } from './waiting-shell.js';

/** How long its shell has to say that it waits. A busy machine takes seconds to start a process. */
const READY_MS = 10_000;

export class ParkedContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly transport: Transport;
  readonly output: AttachedOutput;
  readonly relay: Relay;
  readonly #shell: WaitingShell;
  readonly #container: OwnedContainer;
  readonly #over: AbortController;
  /** See `Launched.exited`. */
  readonly exited: ReturnType<typeof waitForExit>;
  #facts: Promise<InspectedContainer>;
  #usable = true;

  private constructor(parts: ParkedParts) {
    const { transport, spec, container, shell, relay, output, facts, over } = parts;
    this.id = facts.Id;
    this.spec = spec;
    this.transport = transport;
    this.output = output;
    this.relay = relay;
    this.#facts = Promise.resolve(facts);
    this.#shell = shell;
    this.#container = container;
    this.#over = over;
    this.exited = waitForExit(transport, this.id, over.signal);
    const end = (): void => {
      this.#usable = false;
    };
    this.exited.then(end, end);
  }

  /**
   * Creates and starts one; `spec` has the waiting shell as its program.
   *
   * @throws {NoShellError} when the shell of the image cannot be used
   * @throws {SlipwayError} everything that was created is removed again
   */
  static async start(
    dependencies: OwnedContainerDependencies,
    spec: ContainerSpec,
    signal: AbortSignal,
  ): Promise<ParkedContainer> {
    const { transport } = dependencies;
    const container = new OwnedContainer(dependencies, spec);
    const shell = new WaitingShell();
    const relay = new Relay(shell);
    const over = new AbortController();
    let output: AttachedOutput | undefined;
    try {
      const id = await container.create();
      signal.throwIfAborted();
      output = await attachOutput(transport, id, 'open', relay);
      await container.start(id);
      await shell.ready(READY_MS, signal);
      const facts = await inspectContainer(transport, id);
      if (shell.failure !== undefined) throw shell.failure;
      const parts = { transport, spec, container, shell, relay, output, facts, over };
      return new ParkedContainer(parts);
    } catch (error) {
      output?.destroy();
      await container.remove();
      throw error;
    }
  }

  /** What the engine said of it last. */
  get facts(): Promise<InspectedContainer> {
    return this.#facts;
  }

  /** Asks the engine anew. */
  refresh(): void {
    this.#facts = inspectContainer(this.transport, this.id);
    this.#facts.catch(() => undefined);
  }

  /** It runs, its connection is open, and its shell only waits. */
  get usable(): boolean {
    return this.#usable && this.output.open && this.failure === undefined;
  }

  /** Why it can serve no run although it is there; undefined as long as its shell only waits. */
  get failure(): Error | undefined {
    return this.#shell.failure;
  }

  /** Resolves with `failure`, once there is one. */
  get failed(): Promise<Error> {
    return this.#shell.failed;
  }

  /** Never rejects; see `OwnedContainer.remove`. */
  remove(deadlineMs?: number): Promise<'removed' | 'pending'> {
    this.#usable = false;
    this.#over.abort();
    this.output.destroy();
    return this.#container.remove(deadlineMs);
  }
}

interface ParkedParts {
  readonly transport: Transport;
  readonly spec: ContainerSpec;
  readonly container: OwnedContainer;
  readonly shell: WaitingShell;
  readonly relay: Relay;
  readonly output: AttachedOutput;
  readonly facts: InspectedContainer;
  readonly over: AbortController;
}

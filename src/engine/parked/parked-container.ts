/** A container that is started already and waits, in its shell, for the one program it will run. */
import { LATE, within } from '../../core/deadline.js';
import { attachOutput, type AttachedOutput, type OutputListener } from '../attached-output.js';
import { inspectContainer, waitForExit } from '../container-calls.js';
import { OwnedContainer, type OwnedContainerDependencies } from '../owned-container.js';
import type { ContainerSpec, OutputStream } from '../ports.js';
import type { InspectedContainer } from '../replies.js';
import type { Transport } from '../transport.js';
import { READY } from './boot.js';
import { Relay } from './relay.js';

/** How long its shell has to say that it waits. A busy machine takes seconds to start a process. */
const READY_MS = 10_000;

/** The image cannot be used like this: every later try would fail as well. */
export class NoShellError extends Error {}

export class ParkedContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly transport: Transport;
  readonly output: AttachedOutput;
  readonly relay: Relay;
  readonly #container: OwnedContainer;
  readonly #over: AbortController;
  /** See `Launched.exited`. */
  readonly exited: ReturnType<typeof waitForExit>;
  #facts: Promise<InspectedContainer>;
  #usable = true;

  private constructor(parts: ParkedParts) {
    const { transport, spec, container, relay, output, facts, over } = parts;
    this.id = facts.Id;
    this.spec = spec;
    this.transport = transport;
    this.output = output;
    this.relay = relay;
    this.#facts = Promise.resolve(facts);
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
    const ready = new Ready();
    const relay = new Relay(ready);
    const over = new AbortController();
    let output: AttachedOutput | undefined;
    try {
      const id = await container.create();
      signal.throwIfAborted();
      output = await attachOutput(transport, id, 'open', relay);
      await container.start(id);
      await ready.within(READY_MS, signal);
      const facts = await inspectContainer(transport, id);
      return new ParkedContainer({ transport, spec, container, relay, output, facts, over });
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

  /** It runs, and its connection is open. */
  get usable(): boolean {
    return this.#usable && this.output.open;
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
  readonly relay: Relay;
  readonly output: AttachedOutput;
  readonly facts: InspectedContainer;
  readonly over: AbortController;
}

/** Waits for the shell's first words. */
class Ready implements OutputListener {
  readonly #said: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #text = '';

  constructor() {
    this.#said = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#said.catch(() => undefined);
  }

  output(_stream: OutputStream, chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk).toString('latin1');
    if (this.#text === READY) this.#resolve();
    else if (!READY.startsWith(this.#text)) {
      this.#reject(new NoShellError(this.#text.slice(0, 200)));
    }
  }

  broken(error: unknown): void {
    this.#reject(error instanceof Error ? error : new Error(String(error)));
  }

  async within(ms: number, signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#reject(new Error('nobody wants it any more'));
    signal.addEventListener('abort', onAbort, { once: true });
    const answer = await within(this.#said, ms).finally(() =>
      signal.removeEventListener('abort', onAbort),
    );
    if (answer === LATE) throw new NoShellError('the shell did not answer');
  }
}

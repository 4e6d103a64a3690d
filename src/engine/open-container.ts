import { attachOutput, type AttachedOutput } from './attached-output.js';
import { inspectContainer, waitForExit } from './container-calls.js';
import { endedByEngine } from './engine-leaving.js';
import { watchMemory } from './memory-watch.js';
import { OwnedContainer, type OwnedContainerDependencies } from './owned-container.js';
import type {
  ContainerEnd,
  ContainerSpec,
  EngineFacts,
  OpenContainer,
  OutputObserver,
} from './ports.js';
import { publishedPorts, readReply } from './replies.js';
import { attachFailure, launchFailure } from './start-failure.js';
import { stopContainer } from './stop-container.js';
import type { Transport } from './transport.js';

const UNKNOWN_END: ContainerEnd = { exitCode: null, outOfMemory: false, failure: undefined };

/** See `ContainerRuntime.open`. */
export async function openContainer(
  dependencies: OwnedContainerDependencies,
  spec: ContainerSpec,
  observer: OutputObserver,
  signal?: AbortSignal,
): Promise<OpenContainer> {
  signal?.throwIfAborted();
  const { logger, flavor } = dependencies;
  const transport = dependencies.transport.forOneRun();
  // Without any input in the specification, the container would be created with a closed one.
  const opened = { ...spec, stdin: spec.stdin ?? new Uint8Array() };
  const container = new OwnedContainer({ ...dependencies, transport }, opened);
  let output: AttachedOutput | undefined;
  try {
    const id = await container.create();
    signal?.throwIfAborted();
    output = await attachOutput(transport, id, 'open', {
      output: (stream, chunk) => observer.output(stream, chunk),
      broken: (error) => logger.warn('open.output_broken', { container: id, error: String(error) }),
    }).catch((error: unknown) => {
      throw attachFailure(error, spec);
    });
    if (opened.stdin.length > 0) output.write(opened.stdin);
    await container.start(id);
    signal?.throwIfAborted();
    return new Opened({ transport, flavor, spec, id, container, output });
  } catch (error) {
    output?.destroy();
    await container.remove();
    throw error;
  }
}

interface OpenedParts {
  readonly transport: Transport;
  readonly flavor: EngineFacts['flavor'];
  readonly spec: ContainerSpec;
  readonly id: string;
  readonly container: OwnedContainer;
  readonly output: AttachedOutput;
}

class Opened implements OpenContainer {
  readonly id: string;
  readonly ended: Promise<ContainerEnd>;
  readonly #parts: OpenedParts;
  /** Aborted at the end: a wait on an engine that hangs would outlive the container. */
  readonly #over = new AbortController();
  #ending: Promise<'removed' | 'pending'> | undefined;

  constructor(parts: OpenedParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.ended = this.#untilEnded().catch(() => UNKNOWN_END);
  }

  write(bytes: Uint8Array): void {
    this.#parts.output.write(bytes);
  }

  closeInput(): void {
    this.#parts.output.closeInput();
  }

  async hostPort(containerPort: number, signal?: AbortSignal): Promise<number | undefined> {
    const { transport, id } = this.#parts;
    const operation = 'inspect container';
    const reply = await transport.json({
      method: 'GET',
      path: `/containers/${id}/json`,
      operation,
      deadlineMs: transport.deadlines.queryMs,
      signal,
    });
    const { Ports: ports } = readReply(publishedPorts, reply, operation).NetworkSettings;
    const port = Number(ports[`${containerPort}/tcp`]?.[0]?.HostPort);
    return port > 0 ? port : undefined;
  }

  end(graceMs: number): Promise<'removed' | 'pending'> {
    this.#ending ??= this.#end(graceMs);
    return this.#ending;
  }

  async #untilEnded(): Promise<ContainerEnd> {
    const { transport, flavor, id, output, spec } = this.#parts;
    const { interrupted } = await waitForExit(transport, id, this.#over.signal);
    // An engine keeps the connection of a program that has ended for as long as its input is open.
    output.closeInput();
    await output.drain();
    const facts = await inspectContainer(transport, id, this.#over.signal);
    const byItself =
      this.#ending === undefined && !(await endedByEngine(transport, facts, interrupted));
    return {
      exitCode: byItself ? facts.State.ExitCode : null,
      outOfMemory: await watchMemory(transport, flavor, {
        id,
        facts,
        killedByUs: !byItself,
      }).verdict(),
      failure: launchFailure(facts.State.ExitCode, output.stderrHead, spec),
    };
  }

  /** An engine that could not stop it is not waited for again as long: the removal kills too. */
  async #end(graceMs: number): Promise<'removed' | 'pending'> {
    const { transport, id, output, container } = this.#parts;
    const { killMs, changeMs } = transport.deadlines;
    const deadlineMs = await stopContainer(transport, id, { graceMs }).then(
      () => changeMs,
      () => killMs,
    );
    output.closeInput();
    if (deadlineMs === changeMs) await output.drain();
    this.#over.abort();
    output.destroy();
    return container.remove(deadlineMs);
  }
}

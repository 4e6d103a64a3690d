/** A server that was deployed and runs until somebody ends it. */
import { deadline, delay } from '../core/deadline.js';
import { SlipwayError } from '../core/errors.js';
import { leavable } from '../core/leavable.js';
import { linkSignals } from '../core/link-signals.js';
import type { ServerTransport } from '../core/build-plan.js';
import type {
  ContainerEnd,
  ContainerSpec,
  Engine,
  OpenContainer,
  OutputStream,
} from '../engine/ports.js';

/** What a server wrote. */
export interface ServerOutput {
  readonly stream: OutputStream;
  readonly data: Uint8Array;
}

export interface RunningServer {
  /** 64 hexadecimal digits. */
  readonly containerId: string;
  readonly container: string;
  readonly transport: ServerTransport;
  /** Where it answers on this machine: `http://127.0.0.1:32768/mcp`. Null for stdio. */
  readonly url: string | null;
  /** Sends bytes to its standard input: one JSON-RPC message and a line end for a server on stdio. */
  readonly write: (bytes: Uint8Array) => void;
  /**
   * What it writes, from its start on, once. The server is never held up by a slow reader: up to
   * 8 MiB wait, then the oldest are dropped.
   */
  readonly output: () => AsyncGenerator<ServerOutput, void, undefined>;
  /** Resolves with the exit code when its program has ended; null when it was ended by us. */
  readonly ended: Promise<number | null>;
  /** Ends its program (TERM, then KILL) and removes the container. */
  readonly stop: () => Promise<void>;
}

export interface ServerLaunch {
  readonly engine: Engine;
  readonly spec: ContainerSpec;
  readonly transport: ServerTransport;
  /** Milliseconds until an HTTP server has to answer. */
  readonly readyMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Between TERM and KILL, in milliseconds. */
const GRACE_MS = 5000;

/**
 * Starts a server and waits until it can be talked to.
 *
 * @throws {SlipwayError} `START_FAILED`, `WAIT_FAILED` when it ends or does not listen; nothing of
 * it is left then
 */
export async function launchServer(launch: ServerLaunch): Promise<RunningServer> {
  const { engine, spec, transport, signal } = launch;
  const waiting = new OutputQueue();
  const observer = {
    output: (stream: OutputStream, data: Uint8Array) => waiting.push({ stream, data }),
  };
  const opened = await engine.containers.open(spec, observer, signal);
  const ended = opened.ended.then(({ exitCode }) => exitCode);
  void ended.then(() => waiting.close());
  const stop = async (): Promise<void> => {
    await opened.end(GRACE_MS);
  };
  const timer = setTimeout(() => void stop(), spec.timeoutMs);
  timer.unref();
  void ended.then(() => clearTimeout(timer));
  try {
    const url = await readyUrl(opened, launch);
    const { id: containerId } = opened;
    return {
      containerId,
      container: spec.name,
      transport,
      url,
      write: (bytes) => opened.write(bytes),
      output: () => waiting.read(),
      ended,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address of a server on HTTP, once something answers there; null for one on stdio. */
async function readyUrl(opened: OpenContainer, launch: ServerLaunch): Promise<string | null> {
  const { transport, readyMs, spec, signal } = launch;
  if (transport.kind === 'stdio') return null;
  const port = await opened.hostPort(transport.port, signal);
  const url = `http://127.0.0.1:${port ?? 0}${transport.path}`;
  const over = new AbortController();
  void opened.ended.then(({ exitCode }) => over.abort(exitCode));
  const late = deadline(readyMs, () => new Error('late'));
  const { signal: stop, release } = linkSignals(signal, over.signal, late.signal);
  try {
    for (let waitMs = 50; !stop.aborted; waitMs = Math.min(waitMs * 2, 1000)) {
      if (await answers(url)) return url;
      await delay(waitMs, stop);
    }
  } finally {
    late.clear();
    release();
  }
  signal?.throwIfAborted();
  const end = over.signal.aborted ? await opened.ended : undefined;
  throw notReady(spec.name, transport.port, end);
}

/** Any answer is one: what it says to a request that is no MCP is its own matter. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(2000),
    });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** @param end undefined while its program still runs */
function notReady(
  container: string,
  port: number,
  end: ContainerEnd | undefined,
): SlipwayError<'WAIT_FAILED'> {
  const exitCode = end?.exitCode ?? null;
  return new SlipwayError('WAIT_FAILED', {
    message:
      end === undefined
        ? `The server did not listen on port ${port} of its container in time.`
        : `The server ended (exit code ${exitCode ?? 'unknown'}) before it listened on port ${port}.`,
    hint: 'It has to listen on 0.0.0.0, not on the loopback address of its container. Nothing of it is left.',
    context: { container, reason: end === undefined ? 'timeout' : 'exited', exitCode },
  });
}

const QUEUE_BYTES = 8 * 1024 * 1024;

/** What was written and not read yet, bounded. */
class OutputQueue {
  readonly #waiting: ServerOutput[] = [];
  #bytes = 0;
  #closed = false;
  #wake: () => void = () => undefined;

  push(output: ServerOutput): void {
    this.#waiting.push({ ...output, data: Uint8Array.from(output.data) });
    this.#bytes += output.data.byteLength;
    while (this.#bytes > QUEUE_BYTES) this.#bytes -= this.#waiting.shift()?.data.byteLength ?? 0;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  read(): AsyncGenerator<ServerOutput, void, undefined> {
    return leavable((signal) => this.#drain(signal));
  }

  async *#drain(signal: AbortSignal): AsyncGenerator<ServerOutput, void> {
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#bytes -= next.data.byteLength;
        yield next;
      } else if (this.#closed) return;
      else await this.#more(signal);
    }
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

import type { Readable, Writable } from 'node:stream';
import {
  type StdioServerHandle,
  StdioServerTransport,
  serveStdio,
} from '@modelcontextprotocol/server/stdio';
import { LATE, within } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import type { Executor } from '../tools/executor.js';
import { RunStore } from '../tools/run-store.js';
import type { Tool } from '../tools/tool.js';
import { createServer } from './create-server.js';

/** What a server needs of the process it lives in. */
export interface McpServing {
  /** Used by every call, and closed with the session. */
  readonly executor: Executor;
  /** What is offered, the same to every client for the whole life of the process. */
  readonly tools: readonly Tool[];
  readonly logger: Logger;
  readonly input: Readable;
  /** Carries the protocol and nothing else. */
  readonly output: Writable;
  /** The version clients are told. */
  readonly version: string;
}

/** How a session ended. */
export interface McpSessionEnd {
  /** `client disconnected`, or what was given to `shutdown`. */
  readonly reason: string;
  /** Every container of a running call is gone. */
  readonly clean: boolean;
}

/** A server that is being served. */
export interface McpSession {
  /** Resolves once the session is over and cleaned up; at the latest 1.5 s after its end began. */
  readonly closed: Promise<McpSessionEnd>;
  /** Ends the session. Only the first call counts. */
  shutdown(reason: string): void;
}

/** Clients wait 2 s between closing our input and ending the process. */
const SHUTDOWN_BUDGET_MS = 1500;

/**
 * Serves the tools over a pair of streams, to clients of the 2024-2025 revisions of the protocol
 * (`initialize`) and of 2026-07-28 (`server/discover`). The session ends when the client closes
 * its side, when our output breaks, on a message above 10 MiB, and on `shutdown`; then every
 * running call is ended, its container is removed, and the executor is closed.
 */
export function serveMcp(serving: McpServing): McpSession {
  const { executor, logger } = serving;
  const stopping = new AbortController();
  const calls = new Set<Promise<unknown>>();
  const ending = new Ending();
  const connection = connect(serving, calls, stopping.signal, () =>
    ending.begin('client disconnected'),
  );
  const closed = ending.begun.then(async (reason) => {
    stopping.abort(new Error(`The MCP session is over: ${reason}.`));
    const work = Promise.allSettled([connection.close(), executor.close(), ...calls]);
    const clean = (await within(work, SHUTDOWN_BUDGET_MS)) !== LATE;
    logger.info('mcp.closed', { reason, clean });
    return { reason, clean };
  });
  return { closed, shutdown: (reason) => ending.begin(reason) };
}

/** Everything that ends a session comes here; the first one counts. */
class Ending {
  readonly begun: Promise<string>;
  #resolve: (reason: string) => void = () => undefined;

  constructor() {
    this.begun = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  begin(reason: string): void {
    this.#resolve(reason);
  }
}

function connect(
  { executor, tools, logger, version, input, output }: McpServing,
  calls: Set<Promise<unknown>>,
  signal: AbortSignal,
  onEnd: () => void,
): StdioServerHandle {
  const shared = { executor, logger, runs: new RunStore(), signal };
  const track = (call: Promise<unknown>): void => {
    const forget = (): boolean => calls.delete(call);
    calls.add(call);
    call.then(forget, forget);
  };
  return serveStdio(() => createServer({ tools, version, shared, track }), {
    transport: new EndingTransport(input, output, onEnd),
    onerror: (error) => logger.debug('mcp.connection_error', { message: error.message }),
  });
}

/** Tells when it closes itself: at the end of the input, at an error of the output. */
class EndingTransport extends StdioServerTransport {
  readonly #onEnd: () => void;

  constructor(input: Readable, output: Writable, onEnd: () => void) {
    super(input, output);
    this.#onEnd = onEnd;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#onEnd();
  }
}

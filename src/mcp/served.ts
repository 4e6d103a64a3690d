import { LATE, within } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';

/** How serving ended. */
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
export const SHUTDOWN_BUDGET_MS = 1500;

/** The calls under way, until each has cleaned up after itself. */
export class RunningCalls {
  readonly #calls = new Set<Promise<unknown>>();

  get size(): number {
    return this.#calls.size;
  }

  readonly track = (call: Promise<unknown>): void => {
    const forget = (): boolean => this.#calls.delete(call);
    this.#calls.add(call);
    call.then(forget, forget);
  };

  /** Resolves when those of now are over. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }
}

/** What is served over any transport, from its start to its one end. */
export class Served implements McpSession {
  readonly calls = new RunningCalls();
  readonly closed: Promise<McpSessionEnd>;
  readonly #stopping = new AbortController();
  #begin: (reason: string) => void = () => undefined;

  /** @param close lets go of the transport and of what the calls use */
  constructor(logger: Logger, close: () => readonly Promise<unknown>[]) {
    const begun = new Promise<string>((resolve) => {
      this.#begin = resolve;
    });
    this.closed = begun.then(async (reason) => {
      this.#stopping.abort(new Error(`The MCP session is over: ${reason}.`));
      const work = Promise.allSettled([...close(), this.calls.settled()]);
      const clean = (await within(work, SHUTDOWN_BUDGET_MS)) !== LATE;
      logger.info('mcp.closed', { reason, clean });
      return { reason, clean };
    });
  }

  /** Ends every call. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  shutdown(reason: string): void {
    this.#begin(reason);
  }
}

import { pipeline, type Readable, type Writable } from 'node:stream';
import {
  type StdioServerHandle,
  StdioServerTransport,
  serveStdio,
} from '@modelcontextprotocol/server/stdio';
import type { Logger } from '../core/logger.js';
import type { Builder } from '../tools/builder.js';
import type { Executor } from '../tools/executor.js';
import { JobStore } from '../tools/jobs.js';
import { startable } from '../tools/registry.js';
import { RunStore } from '../tools/run-store.js';
import type { Tool } from '../tools/tool.js';
import { createServer, type ServerParts } from './create-server.js';
import { RequestGate } from './request-gate.js';
import { type McpSession, Served } from './served.js';
import { WholeLines } from './whole-lines.js';

/** What a server is made from, over any transport. */
export interface McpServerSetup {
  /** Used by every call, and closed with the session. */
  readonly executor: Executor;
  /** As `executor`. */
  readonly builder: Builder;
  /** What is offered, the same to every client for the whole life of the process. */
  readonly tools: readonly Tool[];
  readonly logger: Logger;
  /** Folder that the output and the artifacts of every run are written into as well. @default none */
  readonly outputDir?: string | undefined;
  /** The version clients are told. */
  readonly version: string;
}

/** What a server over a pair of streams needs of the process it lives in. */
export interface McpServing extends McpServerSetup {
  readonly input: Readable;
  /** Carries the protocol and nothing else. */
  readonly output: Writable;
}

/**
 * Serves the tools over a pair of streams, to clients of the 2024-2025 revisions of the protocol
 * (`initialize`) and of 2026-07-28 (`server/discover`). The session ends when the client closes
 * its side, when our output breaks, on a message above 10 MiB, and on `shutdown`; then every
 * running call and job is ended, its container is removed, and executor and builder are closed.
 */
export function serveMcp(serving: McpServing): McpSession {
  const { executor, builder, logger } = serving;
  const served: Served = new Served(logger, () => [
    connection.close(),
    executor.close(),
    builder.close(),
  ]);
  const connection = connect(serving, served);
  return served;
}

function connect(serving: McpServing, served: Served): StdioServerHandle {
  const { tools, logger, version, input, output } = serving;
  const { track } = served.calls;
  const shared = callContext(serving, served.signal, track);
  const onEnd = (): void => served.shutdown('client disconnected');
  // Its errors and its end are those of the transport.
  const lines = pipeline(input, new WholeLines(), () => undefined);
  return serveStdio(() => createServer({ tools, version, shared, track }), {
    transport: new RequestGate(new EndingTransport(lines, output, onEnd)),
    onerror: (error) => logger.debug('mcp.connection_error', { message: error.message }),
  });
}

/**
 * What the calls of one client share; the clients of a server over HTTP each have their own.
 *
 * @param signal ends all of them, and the jobs that they started
 * @param track hears of every job, until it has cleaned up after itself
 */
export function callContext(
  { executor, builder, tools, logger, outputDir }: McpServerSetup,
  signal: AbortSignal,
  track: ServerParts['track'],
): ServerParts['shared'] {
  const runs = new RunStore({ outputDir, logger });
  const jobs = new JobStore({ tools: startable(tools), signal, track });
  return { executor, builder, logger, runs, jobs, signal };
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

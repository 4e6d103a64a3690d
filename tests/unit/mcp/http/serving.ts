import { once } from 'node:events';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Logger } from '../../../../src/core/logger.js';
import {
  type McpHttpServing,
  type McpHttpSession,
  serveMcpHttp,
} from '../../../../src/mcp/http/serve-mcp-http.js';
import type { Executor } from '../../../../src/tools/executor.js';
import { TOOLS } from '../../../../src/tools/registry.js';
import { scriptedBuilder } from '../../../support/scripted-builder.js';
import { scriptedExecutor } from '../../../support/scripted-executor.js';

export const TOKEN = 'a-token-of-at-least-32-characters';

/** What every MCP client sends with a POST. */
export const POST_HEADERS = {
  authorization: `Bearer ${TOKEN}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

export interface Serving extends McpHttpSession {
  readonly port: number;
  /** Every event that was logged, as JSON. */
  readonly logged: readonly string[];
}

/** A server on a free port of this machine, ended with the test. */
export async function serve(
  script: Partial<Executor> = {},
  options: Partial<McpHttpServing> = {},
): Promise<Serving> {
  const logged: string[] = [];
  const session = await serveMcpHttp({
    executor: scriptedExecutor(script),
    builder: scriptedBuilder(),
    tools: TOOLS,
    logger: recordingLogger(logged),
    version: '1.2.3',
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    allowedHosts: [],
    ...options,
  });
  onTestFinished(async () => {
    session.shutdown('the test ends');
    await session.closed;
  });
  return { ...session, port: Number(new URL(session.url).port), logged };
}

function recordingLogger(logged: string[]): Logger {
  const log = (event: string, data: unknown = {}): void => {
    logged.push(JSON.stringify({ event, data }));
  };
  return { debug: log, info: log, warn: log, error: log };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The JSON-RPC message of a JSON answer, or the last one of a stream. */
  readonly message: Readonly<Record<string, unknown>>;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
}

/** One HTTP request as it stands: no client that would mend a header is in between. */
export function send(port: number, raw: RawRequest): Promise<Answer> {
  const { method = 'POST', path = '/mcp', body } = raw;
  const headers = Object.entries({ ...POST_HEADERS, ...raw.headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : [...value]] as const],
  );
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: Object.fromEntries(headers) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: answered } = response;
          resolve({ status, headers: answered, body: text, message: lastMessage(text) });
        });
      },
    );
    request.on('error', reject);
    const isRaw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
    request.end(isRaw ? body : JSON.stringify(body));
  });
}

function lastMessage(text: string): Answer['message'] {
  const data = text.split('\n').findLast((line) => line.startsWith('data: '));
  try {
    return z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(data?.slice('data: '.length) ?? text));
  } catch {
    return {};
  }
}

/** A message of JSON-RPC. */
export function rpc(method: string, params: object = {}, id: string | number = 1): object {
  return { jsonrpc: '2.0', id, method, params };
}

/** What a client of the 2024-2025 revisions sends when it gives up on a request. */
export function cancellation(requestId: unknown): object {
  const params = { requestId, reason: 'enough' };
  return { jsonrpc: '2.0', method: 'notifications/cancelled', params };
}

/** Gives up on a request of a session; gives the status of the answer. */
export async function cancel(port: number, session: string, requestId: unknown): Promise<number> {
  const headers = { 'mcp-session-id': session };
  return (await send(port, { headers, body: cancellation(requestId) })).status;
}

/** The first request of a client of the 2024-2025 revisions. */
export function initialize(protocolVersion = '2025-11-25'): object {
  const clientInfo = { name: 'raw', version: '1' };
  return rpc('initialize', { protocolVersion, capabilities: {}, clientInfo }, 'first');
}

/** The id of a new session. */
export async function openSession(port: number, revision?: string): Promise<string> {
  const { headers } = await send(port, { body: initialize(revision) });
  const id = headers['mcp-session-id'];
  if (typeof id !== 'string') throw new Error('the answer to initialize has no session id');
  return id;
}

/** A run that goes on until it is cancelled, and what becomes of it. */
export interface EndlessRun {
  readonly script: Pick<Executor, 'executeContainer'>;
  readonly began: Promise<void>;
  /** Why it ended. */
  readonly ended: Promise<unknown>;
  /** How many are under way. */
  readonly count: () => number;
}

export function endlessRun(): EndlessRun {
  let count = 0;
  let begin: () => void = () => undefined;
  let end: (reason: unknown) => void = () => undefined;
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const executeContainer: Executor['executeContainer'] = (_config, options) =>
    new Promise((_resolve, reject) => {
      options?.signal?.addEventListener('abort', () => {
        count -= 1;
        end(options.signal?.reason);
        reject(new Error('aborted'));
      });
      count += 1;
      begin();
    });
  return { script: { executeContainer }, began, ended, count: () => count };
}

/** A call of the tool that {@link endlessRun} plays. */
export const RUN_PARAMS = {
  name: 'execute_docker_container',
  arguments: { image: 'busybox' },
} as const;

/** A request whose answer goes on; what came of it so far is in `text`. */
export class OpenStream {
  text = '';
  readonly request: ClientRequest;
  /** Its headers came. */
  readonly answered: Promise<unknown>;
  readonly ended: Promise<unknown>;

  constructor(port: number, sessionId: string, body?: object) {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { ...POST_HEADERS, 'mcp-session-id': sessionId };
    this.request = httpRequest({ host: '127.0.0.1', port, path: '/mcp', method, headers });
    onTestFinished(() => void this.request.destroy());
    this.answered = once(this.request, 'response').catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.request.on('response', (response: IncomingMessage) => {
        response.setEncoding('utf8').on('data', (text: string) => {
          this.text += text;
        });
        response.on('close', () => resolve('ended'));
      });
      this.request.on('error', resolve);
    });
    this.request.end(body === undefined ? undefined : JSON.stringify(body));
  }
}

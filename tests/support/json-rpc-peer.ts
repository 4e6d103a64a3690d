import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

const messageSchema = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

export type JsonRpcMessage = z.output<typeof messageSchema>;

/** What a tool call answered. */
export const callResultSchema = z.looseObject({
  content: z
    .tuple([z.object({ type: z.literal('text'), text: z.string() })])
    .rest(z.looseObject({ type: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()),
  isError: z.boolean().optional(),
});

/**
 * The bare other end of a JSON-RPC connection, so that a test sees every line as it is. A line
 * that is no JSON-RPC message fails the request that waits, and is kept in `strayLines`.
 */
export class JsonRpcPeer {
  readonly messages: JsonRpcMessage[] = [];
  readonly strayLines: string[] = [];
  readonly #output: Writable;
  #rest = '';
  readonly #waiting = new Set<() => void>();

  constructor(output: Writable, input: Readable) {
    this.#output = output;
    output.on('error', () => undefined);
    input.setEncoding('utf8');
    input.on('data', (text: string) => this.#read(text));
  }

  send(message: Record<string, unknown>): void {
    this.#output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  async request(
    id: string | number,
    method: string,
    params: Record<string, unknown> = {},
  ): Promise<JsonRpcMessage> {
    this.send({ id, method, params });
    return this.next((message) => message.id === id && message.method === undefined);
  }

  /** Waits for a message, or finds it among those that came already. */
  async next(wanted: (message: JsonRpcMessage) => boolean): Promise<JsonRpcMessage> {
    for (;;) {
      const found = this.messages.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** The handshake of the 2024-2025 revisions. */
  async initialize(protocolVersion = '2025-11-25'): Promise<JsonRpcMessage> {
    const clientInfo = { name: 'bare-peer', version: '1' };
    const answer = await this.request('initialize', 'initialize', {
      protocolVersion,
      capabilities: {},
      clientInfo,
    });
    this.send({ method: 'notifications/initialized' });
    return answer;
  }

  async callTool(
    id: string | number,
    name: string,
    args: Record<string, unknown>,
    meta?: Record<string, unknown>,
  ): Promise<z.output<typeof callResultSchema>> {
    const _meta = meta === undefined ? {} : { _meta: meta };
    const answer = await this.request(id, 'tools/call', { name, arguments: args, ..._meta });
    return callResultSchema.parse(answer.result);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #take(line: string): void {
    const message = messageSchema.safeParse(json(line));
    if (message.success) this.messages.push(message.data);
    else this.strayLines.push(line);
  }
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

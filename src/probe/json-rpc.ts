/** JSON-RPC 2.0 messages as servers write them, among whatever else they write. */
import { z } from 'zod';

const id = z.union([z.string(), z.number()]);

const response = z.object({
  jsonrpc: z.literal('2.0'),
  id: id.nullable(),
  result: z.unknown().optional(),
  error: z
    .object({ code: z.number(), message: z.string(), data: z.unknown().optional() })
    .optional(),
});

const request = z.object({ jsonrpc: z.literal('2.0'), id, method: z.string() });

export type RequestId = z.output<typeof id>;

/** What a server answered to a request. */
export type Answer =
  | { readonly kind: 'result'; readonly result: unknown }
  | {
      readonly kind: 'error';
      readonly code: number;
      readonly message: string;
      readonly data: unknown;
    };

export type Incoming =
  | { readonly kind: 'response'; readonly id: RequestId | null; readonly answer: Answer }
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string };

/** Messages in a parsed JSON value: older revisions allow several in an array. */
export function messagesIn(value: unknown): readonly Incoming[] {
  const values: readonly unknown[] = Array.isArray(value) ? value.slice(0, 100) : [value];
  return values.flatMap((one) => messageIn(one) ?? []);
}

function messageIn(value: unknown): Incoming | undefined {
  const asked = request.safeParse(value);
  if (asked.success) return { kind: 'request', id: asked.data.id, method: asked.data.method };
  const answered = response.safeParse(value);
  if (!answered.success) return undefined;
  const { error, result, id: to } = answered.data;
  if (error !== undefined) {
    const { code, message, data } = error;
    return { kind: 'response', id: to, answer: { kind: 'error', code, message, data } };
  }
  if (result === undefined) return undefined;
  return { kind: 'response', id: to, answer: { kind: 'result', result } };
}

/**
 * Messages in one line of output. A program's own text may stand before the JSON on the same line:
 * a prompt, a colour, a log entry without an end.
 */
export function messagesInLine(line: string): readonly Incoming[] {
  const starts = [line.indexOf('{"jsonrpc"'), line.search(/[{[]/)];
  for (const start of new Set(starts)) {
    if (start === -1) continue;
    const found = messagesIn(parsed(line.slice(start)));
    if (found.length > 0) return found;
  }
  return [];
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a client without any capability says to a server's request, as a message. */
export function replyTo(asked: { readonly id: RequestId; readonly method: string }): object {
  return asked.method === 'ping'
    ? { jsonrpc: '2.0', id: asked.id, result: {} }
    : {
        jsonrpc: '2.0',
        id: asked.id,
        error: { code: METHOD_NOT_FOUND, message: 'Method not found' },
      };
}

export const METHOD_NOT_FOUND = -32601;

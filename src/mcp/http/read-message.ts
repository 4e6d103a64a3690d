import type { IncomingMessage } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import type { HttpLimits } from './http-limits.js';
import { CODE, type Refusal } from './refusal.js';

/** A body that was taken, or why it was not. */
export type ReadMessage = { readonly value: unknown } | { readonly refusal: Refusal };

/**
 * Reads the JSON body of a request, up to `bodyBytes`. Of a larger one nothing is kept; the rest is
 * thrown away as it comes, so that the client gets to read the answer.
 *
 * @throws when the client goes away before the end of its body
 */
export async function readMessage(
  request: IncomingMessage,
  { bodyBytes, jsonDepth, batchMessages }: BodyLimits,
): Promise<ReadMessage> {
  const refusal = wrongType(request) ?? tooLarge(request, bodyBytes);
  if (refusal !== undefined) return { refusal };
  const bytes = await readBytes(request, bodyBytes);
  if (bytes === undefined) return { refusal: payloadTooLarge(bodyBytes) };
  const read = parse(bytes, jsonDepth);
  return tooMany(read, batchMessages) ? { refusal: batchTooLarge(batchMessages) } : read;
}

type BodyLimits = Pick<HttpLimits, 'bodyBytes' | 'jsonDepth' | 'batchMessages'>;

function wrongType({ headers }: IncomingMessage): Refusal | undefined {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (isJsonContentType(headers['content-type']) && encoding === 'identity') return undefined;
  return {
    status: 415,
    code: CODE.refused,
    message: 'The body must be JSON, not compressed, with Content-Type: application/json.',
  };
}

function tooLarge({ headers }: IncomingMessage, maxBytes: number): Refusal | undefined {
  return Number(headers['content-length'] ?? 0) > maxBytes ? payloadTooLarge(maxBytes) : undefined;
}

function payloadTooLarge(maxBytes: number): Refusal {
  return {
    status: 413,
    code: CODE.refused,
    message: `The body must not be larger than ${maxBytes} bytes.`,
  };
}

/** Undefined when there are more than `maxBytes`. */
function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        chunks = [];
        resolve(undefined);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client went away')));
  });
}

function parse(bytes: Buffer, maxDepth: number): ReadMessage {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isDeeper(value, maxDepth)) return { value };
    return parseRefusal(`nested deeper than ${maxDepth} levels`);
  } catch {
    return parseRefusal('not valid JSON in UTF-8');
  }
}

function parseRefusal(why: string): ReadMessage {
  return {
    refusal: { status: 400, code: CODE.parse, message: `Parse error: the body is ${why}.` },
  };
}

function tooMany(read: ReadMessage, maxMessages: number): boolean {
  return 'value' in read && Array.isArray(read.value) && read.value.length > maxMessages;
}

function batchTooLarge(maxMessages: number): Refusal {
  return {
    status: 400,
    code: CODE.invalidRequest,
    message: `Invalid Request: a batch must not have more than ${maxMessages} messages.`,
  };
}

const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether arrays and objects nest deeper than `levels`; what is below is not looked at. */
function isDeeper(value: unknown, levels: number): boolean {
  let nodes = [value].filter(isNode);
  for (let level = 0; level < levels && nodes.length > 0; level += 1) {
    nodes = nodes.flatMap((node): unknown[] => Object.values(node)).filter(isNode);
  }
  return nodes.length > 0;
}

/** What an answer of the engine says, read whole and with a bound. */
import type { IncomingMessage } from 'node:http';
import { engineLost, statusError } from './map-error.js';

/** JSON answers are small; what is larger is not one. In bytes. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/** The parsed body; undefined for an empty one. */
export async function readJson(response: IncomingMessage, operation: string): Promise<unknown> {
  return parseJson(await collect(response, MAX_JSON_BYTES), operation);
}

/** @throws {SlipwayError} for every status but 2xx, with the engine's own sentence */
export async function refuseError(response: IncomingMessage, operation: string): Promise<void> {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  const text = (await beginning(response, MAX_ERROR_BYTES)).toString('utf8');
  throw statusError(operation, status, errorDetail(text, status));
}

function errorDetail(text: string, status: number): string {
  try {
    const parsed: unknown = JSON.parse(text);
    const message: unknown =
      typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'message') : null;
    if (typeof message === 'string') return message.trim();
  } catch {
    // Not the engine's form: a proxy's page, or the older plain text.
  }
  return text.trim().slice(0, 500) || `HTTP status ${status}`;
}

/** Of a page that does not end, the beginning tells as much. */
async function beginning(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}

async function collect(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer ended early');
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer, operation: string): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw engineLost(operation, new Error('the answer is not JSON', { cause }));
  }
}

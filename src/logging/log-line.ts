import type { Logger } from '../core/logger.js';
import { stripControl } from '../core/text.js';

/** From much to little. `silent` writes nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json`: one JSON object a line. `text`: one line for people. */
export type LogFormat = 'json' | 'text';

export type LogData = Readonly<Record<string, unknown>>;

/** One event, ready to be written: only values that JSON can say. */
export interface LogEntry {
  readonly level: string;
  readonly event: string;
  readonly data: LogData;
}

/** A logger whose events all go to one function, with the level they were logged at. */
export function loggerTo(
  write: (level: keyof Logger, event: string, data: LogData | undefined) => void,
): Logger {
  return {
    debug: (event, data) => write('debug', event, data),
    info: (event, data) => write('info', event, data),
    warn: (event, data) => write('warn', event, data),
    error: (event, data) => write('error', event, data),
  };
}

/** The line of one event, without its end. */
export function logLine(format: LogFormat, entry: LogEntry): string {
  return format === 'json' ? jsonLine(entry) : textLine(entry);
}

function jsonLine({ level, event, data }: LogEntry): string {
  return JSON.stringify({ time: new Date().toISOString(), level, event, ...data });
}

function textLine({ level, event, data }: LogEntry): string {
  const words = Object.entries(data).map(([key, value]) => `${key}=${textValue(value)}`);
  const line = [new Date().toISOString(), level.padEnd(5), event, ...words].join(' ');
  return stripControl(line).replaceAll('\n', ' ');
}

function textValue(value: unknown): string {
  const simple = typeof value === 'string' && /^[\w./:@-]+$/.test(value);
  return simple ? value : JSON.stringify(value);
}

/** How deep causes and objects are followed. */
const DEPTH = 4;

/**
 * An event's data as JSON can say it, so that no value of a caller can make a line fail. Errors
 * are told with their code, cause and, unless they are Slipway's own, their stack.
 */
export function plainData(data: LogData): LogData {
  const entries = Object.entries(data).map(
    ([key, value]) => [key, plainValue(value, DEPTH)] as const,
  );
  return Object.fromEntries(entries);
}

function plainValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return plainError(value, depth);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '(function)';
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (depth === 0) return '(…)';
  if (Array.isArray(value)) return value.map((item: unknown) => plainValue(item, depth - 1));
  const entries = Object.entries(value).map(
    ([key, item]) => [key, plainValue(item, depth - 1)] as const,
  );
  return Object.fromEntries(entries);
}

function plainError(error: Error, depth: number): LogData {
  const code: unknown = Reflect.get(error, 'code');
  const expected = error.name === 'SlipwayError';
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: error.message,
    ...(expected ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth === 0
      ? {}
      : { cause: plainValue(error.cause, depth - 1) }),
  };
}

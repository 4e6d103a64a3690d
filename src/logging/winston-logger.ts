import type { Writable } from 'node:stream';
import { createLogger, format, transports } from 'winston';
import type { Logger } from '../core/logger.js';
import { stripControl } from '../core/text.js';

/** From much to little. `silent` writes nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** How and where is logged. */
export interface WinstonLoggerOptions {
  /** Everything below it is dropped. @default info */
  readonly level?: LogLevel | undefined;
  /** `json`: one JSON object a line. `text`: one line for people. @default json */
  readonly format?: 'json' | 'text' | undefined;
  /** @default the standard error of the process; never its output, which may carry the protocol */
  readonly stream?: Writable | undefined;
}

type Data = Readonly<Record<string, unknown>>;

/**
 * A {@link Logger} that writes one line for each event to standard error: `time`, `level`,
 * `event`, and the event's data. Errors are written with their code, cause and, unless they are
 * Slipway's own, their stack.
 */
export function createWinstonLogger(options: WinstonLoggerOptions = {}): Logger {
  const { level = 'info', format: lines = 'json', stream = process.stderr } = options;
  const logger = createLogger({
    level: level === 'silent' ? 'error' : level,
    silent: level === 'silent',
    format: format.printf((info) => (lines === 'json' ? jsonLine(info) : textLine(info))),
    transports: [new transports.Stream({ stream })],
    exitOnError: false,
  });
  const write = (severity: string, event: string, data: Data = {}): void => {
    logger.log({ level: severity, message: event, data: plain(data) });
  };
  return {
    debug: (event, data) => write('debug', event, data),
    info: (event, data) => write('info', event, data),
    warn: (event, data) => write('warn', event, data),
    error: (event, data) => write('error', event, data),
  };
}

interface Line {
  readonly level: string;
  readonly message: unknown;
  readonly [key: string]: unknown;
}

function jsonLine({ level, message, data }: Line): string {
  const fields = isRecord(data) ? data : {};
  return JSON.stringify({ time: new Date().toISOString(), level, event: message, ...fields });
}

function textLine({ level, message, data }: Line): string {
  const fields = Object.entries(isRecord(data) ? data : {});
  const words = fields.map(([key, value]) => `${key}=${textValue(value)}`);
  const line = [new Date().toISOString(), level.padEnd(5), String(message), ...words].join(' ');
  return stripControl(line).replaceAll('\n', ' ');
}

function textValue(value: unknown): string {
  const simple = typeof value === 'string' && /^[\w./:@-]+$/.test(value);
  return simple ? value : JSON.stringify(value);
}

/** How deep causes and objects are followed. */
const DEPTH = 4;

function plain(data: Data): Record<string, unknown> {
  const entries = Object.entries(data).map(
    ([key, value]) => [key, plainValue(value, DEPTH)] as const,
  );
  return Object.fromEntries(entries);
}

/** Only what JSON can say, so that no value of a caller can make a line fail. */
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

function plainError(error: Error, depth: number): Record<string, unknown> {
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

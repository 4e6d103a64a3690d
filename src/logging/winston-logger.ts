import type { Writable } from 'node:stream';
import { createLogger, format, transports } from 'winston';
import type { Logger } from '../core/logger.js';
import {
  type LogEntry,
  type LogFormat,
  type LogLevel,
  logLine,
  loggerTo,
  plainData,
} from './log-line.js';

/** How and where is logged. */
export interface WinstonLoggerOptions {
  /** Everything below it is dropped. @default info */
  readonly level?: LogLevel | undefined;
  /** `json`: one JSON object a line. `text`: one line for people. @default json */
  readonly format?: LogFormat | undefined;
  /** @default the standard error of the process; never its output, which may carry the protocol */
  readonly stream?: Writable | undefined;
}

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
    format: format.printf((info) => logLine(lines, entryOf(info))),
    transports: [new transports.Stream({ stream })],
    exitOnError: false,
  });
  return loggerTo((severity, event, data = {}) => {
    logger.log({ level: severity, message: event, data: plainData(data) });
  });
}

interface WinstonInfo {
  readonly level: string;
  readonly message: unknown;
  readonly [key: string]: unknown;
}

function entryOf({ level, message, data }: WinstonInfo): LogEntry {
  return { level, event: String(message), data: isRecord(data) ? data : {} };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

import { z } from 'zod';
import { type Logger, silentLogger } from '../core/logger.js';
import { createDeferredLogger, type DeferredLogger } from '../logging/deferred-logger.js';
import { LOG_LEVELS } from '../logging/log-line.js';
import type { WinstonLoggerOptions } from '../logging/winston-logger.js';

/** Without a level nothing is logged, and the logging library is not even loaded. */
export async function loadLogger(level: string | undefined): Promise<Logger> {
  if (level === undefined || level === 'silent') return silentLogger;
  const { createWinstonLogger } = await import('../logging/winston-logger.js');
  return createWinstonLogger(loggerOptions(level));
}

/** The logger of a server: it writes from the start, and loads the logging library when told to. */
export function serverLogger(level = 'info'): DeferredLogger {
  return createDeferredLogger(loggerOptions(level));
}

function loggerOptions(level: string): WinstonLoggerOptions {
  const format = process.stderr.isTTY ? 'text' : 'json';
  return { level: z.enum(LOG_LEVELS).parse(level), format };
}

import { EOL } from 'node:os';
import type { Logger } from '../core/logger.js';
import { LOG_LEVELS, logLine, loggerTo, plainData } from './log-line.js';
import type { WinstonLoggerOptions } from './winston-logger.js';

/** A logger that can do without winston until there is time to load it. */
export interface DeferredLogger extends Logger {
  /** Loads winston; what is logged after it goes through winston. Loads once. */
  load(): Promise<void>;
}

/**
 * The logger of {@link createWinstonLogger}, usable before winston is there: loading it takes
 * longer than answering a client's first questions. Until `load` is done, each event is written at
 * once, as the same line; nothing is kept back, so nothing is lost when the process ends.
 */
export function createDeferredLogger(options: WinstonLoggerOptions = {}): DeferredLogger {
  let target = directLogger(options);
  let loading: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    const { createWinstonLogger } = await import('./winston-logger.js');
    target = createWinstonLogger(options);
  };
  return {
    ...loggerTo((level, event, data) => target[level](event, data)),
    load: () => (loading ??= load()),
  };
}

function directLogger(options: WinstonLoggerOptions): Logger {
  const { level: least = 'info', format = 'json', stream = process.stderr } = options;
  return loggerTo((level, event, data = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
    stream.write(`${logLine(format, { level, event, data: plainData(data) })}${EOL}`);
  });
}

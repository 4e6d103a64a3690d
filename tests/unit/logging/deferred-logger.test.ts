import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../../../src/core/logger.js';
import { createDeferredLogger } from '../../../src/logging/deferred-logger.js';
import { createWinstonLogger } from '../../../src/logging/winston-logger.js';

type Options = NonNullable<Parameters<typeof createDeferredLogger>[0]>;

function recorder(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  return { stream, text: () => String(stream.read() ?? '') };
}

function logEach(logger: Logger): void {
  logger.debug('a.debug', { image: 'busybox:1' });
  logger.info('an.info', { note: 'two words', count: 3n });
  logger.warn('a.warning', { sneaky: 'one\ntwo \u001b[2J' });
  logger.error('an.error', { error: new RangeError('too long') });
}

/** Times and stacks differ between two calls, whatever the logger. */
function comparable(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"stack":"(?:[^"\\]|\\.)*"/g, '"stack":"…"');
}

const events = (text: string): string[] =>
  [...text.matchAll(/"event":"([\w.]+)"/g)].map((match) => match[1] ?? '');

describe('createDeferredLogger', () => {
  it.each<Options>([
    {},
    { level: 'debug' },
    { level: 'warn' },
    { level: 'error' },
    { level: 'silent' },
    { level: 'debug', format: 'text' },
    { format: 'json' },
  ])(
    'writes with %j what the winston logger writes, before and after it is loaded',
    async (options) => {
      const winston = recorder();
      logEach(createWinstonLogger({ ...options, stream: winston.stream }));
      const expected = comparable(winston.text());

      const deferred = recorder();
      const logger = createDeferredLogger({ ...options, stream: deferred.stream });
      logEach(logger);
      expect(comparable(deferred.text())).toBe(expected);
      await logger.load();
      logEach(logger);
      expect(comparable(deferred.text())).toBe(expected);
    },
  );

  it('writes a line at once, so that the end of the process loses none', () => {
    const { stream, text } = recorder();
    createDeferredLogger({ stream }).info('mcp.started', { pid: 7 });
    expect(JSON.parse(text())).toMatchObject({ level: 'info', event: 'mcp.started', pid: 7 });
  });

  it('keeps every line, once and in order, while winston is being loaded', async () => {
    const { stream, text } = recorder();
    const logger = createDeferredLogger({ stream });
    logger.info('first');
    const loaded = Promise.all([logger.load(), logger.load()]);
    logger.info('second');
    await loaded;
    logger.info('third');
    expect(events(text())).toEqual(['first', 'second', 'third']);
  });
});

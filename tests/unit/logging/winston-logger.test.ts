import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import type { Logger } from '../../../src/core/logger.js';
import {
  type WinstonLoggerOptions,
  createWinstonLogger,
} from '../../../src/logging/winston-logger.js';

function logged(options: WinstonLoggerOptions, log: (logger: Logger) => void): string {
  const stream = new PassThrough();
  log(createWinstonLogger({ ...options, stream }));
  const text: unknown = stream.read();
  return text instanceof Buffer ? text.toString('utf8') : '';
}

describe('createWinstonLogger', () => {
  it('writes one JSON object a line', () => {
    const text = logged({}, (logger) => {
      logger.info('run.finished', { exitCode: 0, image: 'busybox' });
      logger.error('run.failed');
    });
    const [first, second, rest] = text.split('\n');
    expect(first).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","level":"info","event":"run.finished","exitCode":0,"image":"busybox"\}$/,
    );
    expect(JSON.parse(second ?? '')).toMatchObject({ level: 'error', event: 'run.failed' });
    expect(rest).toBe('');
  });

  it('writes a readable line', () => {
    const text = logged({ format: 'text' }, (logger) => {
      logger.warn('image.pulled', { image: 'busybox:1', note: 'two words', bytes: 5 });
    });
    expect(text).toMatch(/Z warn {2}image\.pulled image=busybox:1 note="two words" bytes=5\n$/);
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('at level %s writes %j', (level, expected) => {
    const text = logged({ level }, (logger) => {
      logger.debug('debug');
      logger.info('info');
      logger.warn('warn');
      logger.error('error');
    });
    const events = [...text.matchAll(/"event":"(\w+)"/g)].map((match) => match[1]);
    expect(events).toEqual(expected);
  });

  it('keeps what an event says in one line, without steering a terminal', () => {
    const text = logged({ format: 'text' }, (logger) => {
      logger.info('tool.called', { name: 'a\n2026 info fake.event \u001b[2J' });
    });
    expect(text.split('\n')).toHaveLength(2);
    expect(text).not.toContain('\u001b');
  });

  it('writes an error with its code and causes, and the stack of one that is not ours', () => {
    const cause = Object.assign(new Error('connect failed'), { code: 'ENOENT' });
    const error = new SlipwayError('ENGINE_LOST', {
      message: 'The connection broke.',
      hint: 'Try again.',
      context: { operation: 'wait' },
      cause,
    });
    const line: unknown = JSON.parse(logged({}, (logger) => logger.error('run.failed', { error })));
    expect(line).toMatchObject({
      error: {
        code: 'ENGINE_LOST',
        message: 'The connection broke.',
        cause: { code: 'ENOENT', message: 'connect failed' },
      },
    });
    expect(line).toHaveProperty('error.cause.stack');
    expect(line).not.toHaveProperty('error.stack');
  });

  it('takes any value', () => {
    const circle: Record<string, unknown> = { big: 10n, call: () => 1, sign: Symbol('s') };
    circle['self'] = circle;
    const text = logged({}, (logger) => logger.info('odd', { circle, nothing: undefined }));
    expect(JSON.parse(text)).toMatchObject({ circle: { big: '10', call: '(function)' } });
  });
});

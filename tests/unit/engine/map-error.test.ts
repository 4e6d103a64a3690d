import { describe, expect, it } from 'vitest';
import {
  connectionError,
  engineLost,
  hasStatus,
  statusError,
  systemCode,
} from '../../../src/engine/map-error.js';

const ENDPOINT = 'unix:///var/run/docker.sock';

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe('a connection that fails', () => {
  it.each(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTSOCK', 'ENOTFOUND', 'EHOSTUNREACH'])(
    'before it stands (%s) means that nobody is there, and where that is',
    (code) => {
      const error = connectionError(systemError(code), 'list containers', ENDPOINT);
      expect(error).toMatchObject({
        code: 'ENGINE_UNREACHABLE',
        context: { tried: [{ source: 'engine in use', address: ENDPOINT, outcome: code }] },
      });
      expect(error.message).toContain(ENDPOINT);
      expect(error.message).toContain(code);
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT'])(
    'under way (%s) means that the engine was lost during that call',
    (code) => {
      const cause = systemError(code);
      expect(connectionError(cause, 'list containers', ENDPOINT)).toMatchObject({
        code: 'ENGINE_LOST',
        context: { operation: 'list containers' },
        cause,
      });
    },
  );

  it('keeps an error that has its meaning already', () => {
    const known = engineLost('list containers');
    expect(connectionError(known, 'other', ENDPOINT)).toBe(known);
  });

  it('takes whatever was thrown', () => {
    expect(connectionError('broken', 'list containers', ENDPOINT).code).toBe('ENGINE_LOST');
  });
});

describe('an error answer', () => {
  it("carries its status and the engine's words", () => {
    expect(statusError('start container', 409, 'already in use')).toMatchObject({
      code: 'ENGINE_ERROR',
      message: 'The container engine refused start container: already in use',
      context: { operation: 'start container', status: 409, detail: 'already in use' },
    });
  });

  it.each([
    'write /var/lib/docker/overlay2/x: no space left on device',
    'mkdir: disk quota exceeded',
    'No Space Left On Device',
  ])('says that the disk is full: %s', (detail) => {
    expect(statusError('create container', 500, detail)).toMatchObject({
      code: 'DISK_FULL',
      context: { where: 'engine' },
    });
  });

  it('is told apart by its status', () => {
    const error = statusError('remove container', 404, 'No such container');
    expect(hasStatus(error, 404)).toBe(true);
    expect(hasStatus(error, 409, 404)).toBe(true);
    expect(hasStatus(error, 409)).toBe(false);
    expect(hasStatus(engineLost('remove container'), 404)).toBe(false);
    expect(hasStatus(new Error('404'), 404)).toBe(false);
  });
});

describe("the system's code of an error", () => {
  it('is found below other errors', () => {
    expect(systemCode(systemError('ENOENT'))).toBe('ENOENT');
    expect(systemCode(new Error('outer', { cause: systemError('EACCES') }))).toBe('EACCES');
    expect(systemCode(new Error('none'))).toBeUndefined();
    expect(systemCode('text')).toBeUndefined();
  });
});

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { containersWith } from '../support/engine-containers.js';
import { NO_ENGINE, slipway, startSlipway } from '../support/slipway-process.js';

const BUSYBOX = 'busybox:1.36';

describe('slipway on the command line', () => {
  test('runs a program and exits as it did', async () => {
    const done = await slipway(['run', BUSYBOX, 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(done).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('gives it the standard input', async () => {
    const done = await slipway(['run', '--stdin', BUSYBOX, 'tr', 'a-z', 'A-Z'], 'hello\n');
    expect(done).toEqual({ code: 0, stdout: 'HELLO\n', stderr: '' });
  });

  test('ends it after its time', async () => {
    const done = await slipway(['run', '--timeout', '1', BUSYBOX, 'sleep', '600']);
    expect(done.code).toBe(124);
    expect(done.stderr).toMatch(/^slipway: /);
  });

  test('says 127 for a program that is not there', async () => {
    const done = await slipway(['run', BUSYBOX, 'no-such-program']);
    expect(done.code).toBe(127);
    expect(done.stderr).toContain('"no-such-program"');
  });

  test('runs a file from standard input', async () => {
    const args = ['payload', '--path', '/payload/x.sh', BUSYBOX, '-', '/payload/x.sh'];
    const done = await slipway(args, '#!/bin/sh\necho ran $PAYLOAD_PATH\n');
    expect(done).toEqual({ code: 0, stdout: 'ran /payload/x.sh\n', stderr: '' });
  });

  test('prints JSON', async () => {
    const done = await slipway(['run', '--json', BUSYBOX, 'echo', 'hello']);
    expect(JSON.parse(done.stdout)).toMatchObject({ status: 'exited', stdout: 'hello\n' });
  });

  test('removes the container when it is interrupted', async () => {
    const mark = randomBytes(8).toString('hex');
    await using running = startSlipway(['run', BUSYBOX, 'sh', '-c', `echo ${mark}; sleep 600`]);
    const started = () => containersWith(mark, 'running');
    await expect.poll(started, { timeout: 30_000 }).toHaveLength(1);
    running.child.kill('SIGINT');
    expect((await running.exited).code).toBe(130);
    expect(await containersWith(mark)).toEqual([]);
  });

  test('says what to do when there is no engine', async () => {
    const done = await slipway(['ps', ...NO_ENGINE]);
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toContain('unix:///nonexistent/docker.sock');
  });

  test('refuses a wrong option', async () => {
    const done = await slipway(['run', '--memry', '1g', BUSYBOX]);
    expect(done).toMatchObject({ code: 2, stdout: '' });
  });

  test('ends quietly when nobody reads its output', async () => {
    await using listing = startSlipway(['run', BUSYBOX, 'seq', '1', '200000']);
    listing.child.stdout.destroy();
    const { signal } = await listing.exited;
    expect(signal).toBeNull();
    expect(listing.stderr()).toBe('');
  });
});

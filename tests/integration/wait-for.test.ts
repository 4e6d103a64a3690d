import { describe, expect, test } from 'vitest';
import { createDockerExecutor, isSlipwayError, type DetachedContainer } from '../../src/index.js';
import { detachedScripts } from '../support/detached.js';
import { inspect } from '../support/engine-view.js';
import { errorOf, testExecutor } from '../support/executor.js';

const own = testExecutor();
const { executor } = own;
const start = detachedScripts(own);
const SLEEP = 'sleep 600';

describe('waiting for a line', () => {
  test('that was written before, or will be', async () => {
    const { containerId } = await start('echo early; sleep 1; echo "late one"; sleep 600');
    expect(await executor.waitFor(containerId, { logLine: 'late' })).toMatchObject({
      containerId,
      line: 'late one',
      stream: 'stdout',
    });
    expect(await executor.waitFor(containerId, { logLine: 'early' })).toMatchObject({
      line: 'early',
    });
  });

  test('by an expression, on one stream', async () => {
    const { containerId } = await start(
      'echo "port 1 open"; echo "port 22 open" >&2; echo end; sleep 600',
    );
    const logLine = /^port \d+ open$/g;
    const found = await executor.waitFor(containerId, { logLine, stream: 'stderr' });
    expect(found).toMatchObject({ line: 'port 22 open', stream: 'stderr' });
    expect(found.timestamp).toMatch(/Z$/);
  });

  test('that has no end when the program ends', async () => {
    const { containerId } = await start('printf "no end"');
    const found = await executor.waitFor(containerId, { logLine: /^no end$/ });
    expect(found).toMatchObject({ line: 'no end', stream: 'stdout' });
  });

  test('after a line that is too long to be looked at', async () => {
    const { containerId } = await start(
      'head -c 100000 /dev/zero | tr "\\0" x; echo; echo ready; sleep 600',
    );
    expect((await executor.waitFor(containerId, { logLine: 'ready' })).line).toBe('ready');
  });

  test('ends when the program does, with its exit code and its last line', async () => {
    const { containerId, name } = await start('echo "cannot bind"; exit 3');
    const error = await errorOf('WAIT_FAILED', executor.waitFor(name, { logLine: 'ready' }));
    expect(error.context).toEqual({ container: name, reason: 'exited', exitCode: 3 });
    expect(error.message).toBe(
      `The container ${name} ended with exit code 3. Its last line: "cannot bind".`,
    );
    await executor.stopContainer(containerId);
  });

  test('tells why a program could not be started', async () => {
    const { containerId } = await start('', { command: ['nosuchprogram'] });
    const waiting = executor.waitFor(containerId, { logLine: 'ready' });
    const error = await errorOf('WAIT_FAILED', waiting);
    expect(error.context).toMatchObject({ reason: 'exited', exitCode: 127 });
    expect(error.message).toContain('nosuchprogram');
  });

  test('ends after its time, with what was seen', async () => {
    const { name } = await start('echo starting; sleep 600');
    await executor.waitFor(name, { logLine: 'starting' });
    const waiting = executor.waitFor(name, { logLine: 'ready' }, { timeoutMs: 500 });
    const error = await errorOf('WAIT_FAILED', waiting);
    expect(error.context.reason).toBe('timeout');
    expect(error.message).toBe(
      `The container ${name} did not get there within 500 ms. Its last line: "starting".`,
    );
  });

  test('ends with the reason of an abort', async () => {
    const { containerId } = await start(SLEEP);
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = executor.waitFor(containerId, { logLine: 'ready' }, { signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('ends when the executor closes', async () => {
    const { containerId } = await start(SLEEP);
    const other = createDockerExecutor();
    await other.listRunningContainers();
    const waiting = errorOf('CLOSED', other.waitFor(containerId, { logLine: 'ready' }));
    await other.close();
    expect((await waiting).message).toBe('The executor was closed meanwhile.');
  });
});

describe('waiting for the end', () => {
  test('of a container that is stopped and removed meanwhile', async () => {
    const { containerId } = await start(SLEEP);
    const waiting = executor.waitFor(containerId, { exited: true }).then(
      ({ exitCode }) => `exit code ${exitCode}`,
      (error: unknown) => (isSlipwayError(error, 'WAIT_FAILED') ? error.context.reason : error),
    );
    await executor.stopContainer(containerId, { graceMs: 0 });
    // Whichever is seen first.
    expect(['exit code 137', 'removed']).toContain(await waiting);
  });

  test('longer than it lasts', async () => {
    const { containerId } = await start(SLEEP);
    const waiting = executor.waitFor(containerId, { exited: true }, { timeoutMs: 300 });
    expect((await errorOf('WAIT_FAILED', waiting)).context.reason).toBe('timeout');
  });
});

describe('waiting for health', () => {
  const check = (command: string | readonly string[], more: object = {}) => ({
    healthCheck: { command, intervalMs: 200, ...more },
  });
  const healthy = ({ containerId }: DetachedContainer, timeoutMs = 20_000) =>
    executor.waitFor(containerId, { healthy: true }, { timeoutMs });

  test('ends once the check of the caller passes', async () => {
    const container = await start('sleep 1; touch /up; sleep 600', {
      ...check(['test', '-e', '/up'], { retries: 100 }),
    });
    expect(await healthy(container)).toEqual({ containerId: container.containerId });
    expect((await inspect(container.containerId))['Config']).toMatchObject({
      Healthcheck: {
        Test: ['CMD', 'test', '-e', '/up'],
        Interval: 200_000_000,
        Timeout: 5_000_000_000,
        Retries: 100,
      },
    });
  });

  test('ends when it has failed too often, with what it said', async () => {
    const container = await start(SLEEP, check('echo not well; exit 1', { retries: 2 }));
    const error = await errorOf('WAIT_FAILED', healthy(container));
    expect(error.context.reason).toBe('unhealthy');
    expect(error.message).toContain('is unhealthy. Its check: "not well\\n".');
  });

  test('ends when the program does', async () => {
    const container = await start('sleep 1; exit 5', check('false', { retries: 100 }));
    const error = await errorOf('WAIT_FAILED', healthy(container));
    expect(error.context).toMatchObject({ reason: 'exited', exitCode: 5 });
  });

  test('ends after its time', async () => {
    const container = await start(SLEEP, check('false', { retries: 100 }));
    const error = await errorOf('WAIT_FAILED', healthy(container, 500));
    expect(error.context.reason).toBe('timeout');
  });

  test('needs a health check', async () => {
    const error = await errorOf('WAIT_FAILED', healthy(await start(SLEEP)));
    expect(error.context.reason).toBe('no_health_check');
  });
});

describe('a bad condition is refused by name', () => {
  test.each<[string, object, string]>([
    ['no condition', { exited: undefined }, 'condition must be one of'],
    ['two conditions', { healthy: true }, 'condition must be one of'],
    ['an empty line', { exited: undefined, logLine: '' }, 'logLine must not be empty'],
    ['a stream without a line', { stream: 'stdout' }, 'a stream only with a logLine'],
    ['a stream that is none', { exited: undefined, logLine: 'x', stream: 'in' }, 'stream must be'],
    ['an unknown condition', { ready: true }, 'ready is not an option of condition'],
  ])('%s', async (_name, condition, text) => {
    const call = executor.waitFor('slipway-x', { exited: true, ...condition });
    expect((await errorOf('INVALID_INPUT', call)).message).toContain(text);
  });
});

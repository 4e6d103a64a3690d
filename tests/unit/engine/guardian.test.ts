import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { silentLogger, type Logger } from '../../../src/core/logger.js';
import { Guardian, type GuardedThing } from '../../../src/engine/guardian.js';
import { processState } from '../../support/processes.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();
afterEach(() => void vi.useRealTimers());

const socket = { kind: 'socket', path: '/nonexistent/docker.sock' } as const;

function thing(name: string, connection: GuardedThing['connection'] = socket): GuardedThing {
  return { connection, kind: 'container', name, signature: `of ${name}` };
}

/** A guardian whose child only writes down what it is told. */
async function recorded(): Promise<{ guardian: Guardian; lines: () => readonly unknown[] }> {
  const folder = await tempFolder({
    'record.mjs': `import { appendFileSync } from 'node:fs';
      process.stdin.on('data', (text) => appendFileSync(new URL('told', import.meta.url), text));`,
    told: '',
  });
  const guardian = new Guardian(join(folder, 'record.mjs'));
  onTestFinished(() => end(guardian));
  const told = () => readFileSync(join(folder, 'told'), 'utf8').split('\n').filter(Boolean);
  return { guardian, lines: () => told().map((line): unknown => JSON.parse(line)) };
}

function end(guardian: Guardian): void {
  if (guardian.pid !== undefined) process.kill(guardian.pid, 'SIGKILL');
}

test('it is one process for everything, and ends when nothing is held', async () => {
  const { guardian, lines } = await recorded();
  guardian.hold(thing('a'), silentLogger);
  const { pid = 0 } = guardian;
  guardian.hold(thing('b'), silentLogger);
  guardian.made('a');
  guardian.release('a');
  guardian.rest();
  expect(guardian.pid).toBe(pid);
  guardian.release('b');
  guardian.rest();
  expect(guardian.pid).toBeUndefined();
  // `gone`, and not `zombie`: its end is looked at.
  await expect.poll(() => processState(pid)).toBe('gone');
  const hold = { op: 'hold', engine: 0, kind: 'container', made: false };
  expect(lines()).toEqual([
    { op: 'engine', id: 0, connection: { socketPath: socket.path } },
    { ...hold, name: 'a', signature: 'of a' },
    { ...hold, name: 'b', signature: 'of b' },
    { op: 'made', name: 'a' },
    { op: 'release', name: 'a' },
    { op: 'release', name: 'b' },
  ]);
});

test('it is told of folders, which have no engine', async () => {
  const { guardian, lines } = await recorded();
  guardian.holdFolder('/tmp/a', silentLogger);
  guardian.holdFolder('/tmp/b', silentLogger);
  guardian.made('/tmp/a');
  guardian.release('/tmp/a');
  await expect.poll(lines).toEqual([
    { op: 'hold', kind: 'folder', name: '/tmp/a' },
    { op: 'hold', kind: 'folder', name: '/tmp/b' },
    { op: 'release', name: '/tmp/a' },
  ]);
  const { pid } = guardian;
  guardian.rest();
  expect(guardian.pid).toBe(pid);
});

test('it is told of each engine once, and of certificates through the pipe only', async () => {
  const { guardian, lines } = await recorded();
  const pem = (text: string) => Buffer.from(text);
  const tls = { ca: pem('CA'), cert: pem('CERT'), key: pem('KEY'), verify: true };
  const engine = { kind: 'tcp', host: 'engine', port: 2376, tls } as const;
  guardian.hold(thing('a', engine), silentLogger);
  guardian.hold(thing('b', { ...engine }), silentLogger);
  guardian.hold(thing('c'), silentLogger);
  await expect.poll(() => lines().length).toBe(5);
  expect(lines().filter((line) => JSON.stringify(line).includes('"engine",'))).toEqual([
    {
      op: 'engine',
      id: 0,
      connection: {
        host: 'engine',
        port: 2376,
        tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true },
      },
    },
    { op: 'engine', id: 1, connection: { socketPath: socket.path } },
  ]);
});

test('it has none of our secrets in its environment', async () => {
  vi.stubEnv('SLIPWAY_TEST_SECRET', 'canary');
  const folder = await tempFolder({
    'tell.mjs': `import { writeFileSync } from 'node:fs';
      writeFileSync(new URL('told', import.meta.url), JSON.stringify([process.env, process.argv]));`,
    told: '',
  });
  const guardian = new Guardian(join(folder, 'tell.mjs'));
  guardian.hold(thing('a'), silentLogger);
  const told = () => readFileSync(join(folder, 'told'), 'utf8');
  await expect.poll(told).toContain('tell.mjs');
  expect(told()).not.toContain('canary');
});

test('one that was killed is replaced, and the new one is told everything', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { guardian, lines } = await recorded();
  const events: string[] = [];
  const log = (event: string): void => void events.push(event);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  guardian.hold(thing('a'), logger);
  guardian.made('a');
  const { pid = 0 } = guardian;
  await expect.poll(() => lines().length).toBe(3);
  vi.advanceTimersByTime(10_000);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => lines().length).toBe(5);
  expect(guardian.pid).not.toBe(pid);
  expect(lines().slice(3)).toEqual([
    { op: 'engine', id: 0, connection: { socketPath: socket.path } },
    {
      op: 'hold',
      engine: 0,
      kind: 'container',
      made: true,
      name: 'a',
      signature: 'of a',
    },
  ]);
  expect(events).toEqual(['guardian.ended']);
});

test('one that cannot live is not started again and again', async () => {
  const folder = await tempFolder();
  const guardian = new Guardian(join(folder, 'missing.mjs'));
  const events: string[] = [];
  const log = (event: string): void => void events.push(event);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  guardian.hold(thing('a'), logger);
  await expect.poll(() => guardian.pid).toBeUndefined();
  guardian.hold(thing('b'), logger);
  expect(guardian.pid).toBeUndefined();
  expect(events).toEqual(['guardian.ended']);
});

test('it ends after a minute with nothing to guard', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { guardian } = await recorded();
  guardian.hold(thing('a'), silentLogger);
  guardian.release('a');
  vi.advanceTimersByTime(59_999);
  expect(guardian.pid).toBeDefined();
  guardian.hold(thing('b'), silentLogger);
  vi.advanceTimersByTime(60_000);
  expect(guardian.pid).toBeDefined();
  guardian.release('b');
  vi.advanceTimersByTime(60_000);
  expect(guardian.pid).toBeUndefined();
});

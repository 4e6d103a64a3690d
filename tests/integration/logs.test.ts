import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { createDockerExecutor, type LogEntry, type LogOptions } from '../../src/index.js';
import { detachedScripts } from '../support/detached.js';
import { EngineHttp } from '../support/engine-http.js';
import { errorOf, testExecutor } from '../support/executor.js';

const BUSYBOX = 'busybox:1.36';

const own = testExecutor();
const { executor } = own;
const detached = detachedScripts(own);

/** A container whose program has ended. */
async function ended(script: string): Promise<string> {
  const { containerId } = await detached(script);
  await executor.waitFor(containerId, { exited: true });
  return containerId;
}

async function read(container: string, options: LogOptions = {}): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of executor.logs(container, options)) {
    if (entry.stream === 'stdout') entries.push(entry);
  }
  return entries;
}

const texts = (entries: readonly LogEntry[]) => entries.map(({ text }) => text);

const THREE = 'echo one; echo two; echo three';

describe('the log of a container', () => {
  test('that runs has both streams, line by line with a time each', async () => {
    const { containerId: id } = await detached(
      'echo one; echo two >&2; printf three; echo done >&2; sleep 600',
    );
    await executor.waitFor(id, { logLine: 'done' });
    const entries: LogEntry[] = [];
    for await (const entry of executor.logs(id)) entries.push(entry);
    expect(entries.map(({ stream, text }) => `${stream} ${text}`).sort()).toEqual([
      'stderr done\n',
      'stderr two\n',
      'stdout one\n',
    ]);
    for (const { data, text, timestamp } of entries) {
      expect(Buffer.from(data).toString('utf8')).toBe(text);
      expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      expect(Math.abs(Date.parse(timestamp ?? '') - Date.now())).toBeLessThan(60_000);
    }
  });

  test('that has ended is whole', async () => {
    const id = await ended(`${THREE}; printf four`);
    expect(texts(await read(id))).toEqual(['one\n', 'two\n', 'three\n', 'four']);
  });

  test('is found by name and by a part of the id that is long enough', async () => {
    const { containerId, name } = await detached('echo x');
    await executor.waitFor(name, { exited: true });
    expect(texts(await read(name))).toEqual(['x\n']);
    expect(texts(await read(containerId.slice(0, 12)))).toEqual(['x\n']);
    await errorOf('NOT_MANAGED', read(containerId.slice(0, 11)));
    await errorOf('NOT_MANAGED', read(name.slice(0, -1)));
  });

  test('can be read from its end', async () => {
    const id = await ended(THREE);
    expect(texts(await read(id, { tail: 2 }))).toEqual(['two\n', 'three\n']);
    expect(await read(id, { tail: 0 })).toEqual([]);
  });

  test('can be read between two moments, both included', async () => {
    const id = await ended(THREE);
    const [one, two, three] = await read(id);
    const since = two?.timestamp ?? '';
    expect(texts(await read(id, { since }))).toEqual(['two\n', 'three\n']);
    expect(texts(await read(id, { until: since }))).toEqual(['one\n', 'two\n']);
    expect(texts(await read(id, { since, until: since }))).toEqual(['two\n']);
    const before = new Date(Date.parse(one?.timestamp ?? '') - 1);
    const after = new Date(Date.parse(three?.timestamp ?? '') + 1);
    expect(await read(id, { since: before })).toHaveLength(3);
    expect(await read(id, { until: before })).toEqual([]);
    expect(await read(id, { since: after })).toEqual([]);
  });

  test('gives a character that lies across two parts of a long line whole', async () => {
    const id = await ended(
      `awk 'BEGIN { printf "x"; for (i = 0; i < 20000; i++) printf "é"; print "" }'`,
    );
    const entries = await read(id);
    expect(entries.length).toBeGreaterThan(1);
    // Some engines leave the end of such a line out.
    expect(texts(entries).join('').trimEnd()).toBe(`x${'é'.repeat(20_000)}`);
    expect(Math.max(...entries.map(({ data }) => data.byteLength))).toBeLessThanOrEqual(16_384);
  });

  test('has its bytes as they were', async () => {
    const id = await ended("printf '\\377\\000\\001\\n'");
    const [entry] = await read(id);
    expect([...(entry?.data ?? [])]).toEqual([255, 0, 1, 10]);
    expect(entry?.text).toBe('\ufffd\0\u0001\n');
  });
});

describe('following', () => {
  test('goes on until the program ends', async () => {
    const { containerId } = await detached('echo one; sleep 1; echo two; sleep 1; echo three');
    expect(texts(await read(containerId, { follow: true }))).toEqual(['one\n', 'two\n', 'three\n']);
  });

  test('ends when the container is stopped and removed', async () => {
    const { containerId } = await detached('echo one; sleep 600');
    const seen: string[] = [];
    for await (const { text } of executor.logs(containerId, { follow: true })) {
      seen.push(text);
      await executor.stopContainer(containerId, { graceMs: 0 });
    }
    expect(seen).toEqual(['one\n']);
    await errorOf('NOT_MANAGED', read(containerId));
  });

  test('can be left at once while nothing is written', async () => {
    const { containerId } = await detached('echo one; sleep 600');
    const entries = executor.logs(containerId, { follow: true });
    await entries.next();
    const waiting = entries.next();
    await entries.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('throws the reason of an abort', async () => {
    const { containerId } = await detached('echo one; sleep 600');
    const controller = new AbortController();
    const entries = executor.logs(containerId, { follow: true, signal: controller.signal });
    await entries.next();
    const waiting = entries.next();
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('ends with CLOSED when the executor closes', async () => {
    const other = createDockerExecutor();
    const { containerId } = await detached('echo one; sleep 600');
    const entries = other.logs(containerId, { follow: true });
    await entries.next();
    const waiting = errorOf('CLOSED', entries.next());
    await other.close();
    expect((await waiting).message).toBe('The executor was closed meanwhile.');
  });

  test('by a reader who stops reading does not hold the program up', async () => {
    const { containerId } = await detached(
      'yes "$(head -c 99 /dev/zero | tr "\\0" x)" | head -n 300000; exit 7',
    );
    const entries = executor.logs(containerId, { follow: true });
    await entries.next();
    expect((await executor.waitFor(containerId, { exited: true })).exitCode).toBe(7);
    await entries.return();
  });
});

describe('a container that Slipway did not start', () => {
  const engine = new EngineHttp(process.env['DOCKER_HOST'] ?? '');
  const planted: string[] = [];
  const trusting = createDockerExecutor({ policy: { manage: { observeForeign: true } } });

  async function plant(body: object): Promise<string> {
    const name = `foreign-${randomBytes(6).toString('hex')}`;
    const command = ['sh', '-c', 'echo secret; sleep 600'];
    const id = await engine.plant(name, { Image: BUSYBOX, Cmd: command, ...body });
    planted.push(id);
    await engine.request('POST', `/containers/${id}/start`);
    return id;
  }

  afterAll(async () => {
    for (const id of planted) await engine.removeContainer(id);
    await trusting.close();
  });

  test('is refused in the words for one that does not exist', async () => {
    const id = await plant({});
    const absent = 'f'.repeat(64);
    const foreign = await errorOf('NOT_MANAGED', read(id));
    const missing = await errorOf('NOT_MANAGED', read(absent));
    expect(foreign.message.replace(id, '')).toBe(missing.message.replace(absent, ''));
  });

  test.each([
    ['with frames', {}, 'secret\n'],
    ['with a terminal', { Tty: true }, 'secret\r\n'],
  ])('can be read where the policy says so: %s', async (_name, body, text) => {
    const id = await plant(body);
    for await (const entry of trusting.logs(id, { follow: true })) {
      expect(entry).toMatchObject({ stream: 'stdout', text });
      break;
    }
  });
});

describe('bad options are refused by name', () => {
  test.each<[string, object, string]>([
    ['a word for a moment', { since: 'yesterday' }, 'since must be a Date, or an RFC 3339 time'],
    ['a number for a moment', { until: 17 }, 'until must be a Date'],
    ['no time at all', { since: new Date(Number.NaN) }, 'since must be a Date'],
    ['a negative tail', { tail: -1 }, 'tail must be at least 0'],
    ['a fraction of an entry', { tail: 1.5 }, 'tail must be a whole number'],
    ['an unknown option', { tails: 1 }, 'tails is not an option'],
    ['text for a switch', { follow: 'yes' }, 'follow must be true or false'],
    ['a signal that is none', { signal: 'stop' }, 'signal'],
  ])('%s', async (_name, options, text) => {
    const error = await errorOf('INVALID_INPUT', read('slipway-x', options));
    expect(error.message).toContain(text);
  });

  test('a name that is none', async () => {
    const error = await errorOf('INVALID_INPUT', read('../version'));
    expect(error.message).toContain('container must be a container name');
  });
});

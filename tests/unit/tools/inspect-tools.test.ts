import { describe, expect, it } from 'vitest';
import type { LogEntry, LogOptions } from '../../../src/execution/observe-types.js';
import { RunStore } from '../../../src/tools/run-store.js';
import { call, contextOf } from './tool-context.js';

const entry = (stream: 'stdout' | 'stderr', data: string | Uint8Array): LogEntry => {
  const bytes = Buffer.from(data);
  return { stream, data: bytes, text: bytes.toString(), timestamp: null };
};

async function* entriesOf(...entries: readonly LogEntry[]) {
  yield* entries;
}

describe('container_logs', () => {
  it('gives both streams, cleaned, and asks for the last 500 lines', async () => {
    const asked: unknown[] = [];
    const logs = (container: string, options: LogOptions = {}) => {
      asked.push([container, { ...options, signal: undefined }]);
      return entriesOf(
        entry('stdout', 'one\n'),
        entry('stderr', '\u001B[31mbad\u001B[0m\n'),
        entry('stdout', 'two\n'),
      );
    };
    const { output, isError } = await call(
      'container_logs',
      { container_id: 'web' },
      contextOf({ logs }),
    );
    expect(isError).toBe(false);
    expect(output).toEqual({
      success: true,
      error_message: null,
      container_id: 'web',
      truncated: false,
      full_output: null,
      stderr: 'bad\n',
      stdout: 'one\ntwo\n',
    });
    expect(asked).toEqual([['web', { tail: 500, since: undefined, until: undefined }]]);
  });

  it('passes on which part is wanted', async () => {
    const asked: LogOptions[] = [];
    const logs = (_container: string, options: LogOptions = {}) => {
      asked.push(options);
      return entriesOf();
    };
    const since = '2026-01-31T12:00:00Z';
    const until = '2026-01-31T12:05:00Z';
    const args = { container_id: 'web', tail: 7, since, until };
    await call('container_logs', args, contextOf({ logs }));
    expect(asked).toMatchObject([{ tail: 7, since, until }]);
  });

  it('joins a character that two entries share', async () => {
    const [first, second] = [Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1)];
    const logs = () => entriesOf(entry('stdout', first), entry('stdout', second));
    const { output } = await call('container_logs', { container_id: 'w' }, contextOf({ logs }));
    expect(output['stdout']).toBe('ä');
  });

  it('shortens a long log, and the rest of it can be searched', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} of the log\n`);
    const context = contextOf({
      logs: () => entriesOf(...lines.map((one) => entry('stdout', one))),
    });
    const { output } = await call('container_logs', { container_id: 'web' }, context);
    expect(output['truncated']).toBe(true);
    expect(String(output['stdout']).length).toBeLessThanOrEqual(20_500);
    const args = { run_id: output['full_output'], pattern: 'line 2500 ' };
    const found = await call('read_output', args, context);
    expect(found.output).toMatchObject({ matches: 1, text: '2501: line 2500 of the log\n' });
  });

  it('keeps the end of a log that is larger than memory should be', async () => {
    const mebibyte = Buffer.alloc(1024 ** 2, 'a');
    const logs = async function* () {
      for (let index = 0; index < 12; index += 1) yield entry('stderr', mebibyte);
      yield entry('stderr', 'the end\n');
    };
    const runs = new RunStore();
    const context = contextOf({ logs }, { runs });
    const { output } = await call('container_logs', { container_id: 'web' }, context);
    expect(output['truncated']).toBe(true);
    expect(output['stderr']).toMatch(/the end\n$/);
    expect(runs.list()[0]?.output.stderr.length).toBe(8 * 1024 ** 2);
  });

  it.each([
    [{ tail: 0 }, 'tail'],
    [{ tail: 1.5 }, 'tail'],
    [{ follow: true }, 'Unrecognized key: "follow"'],
    [{ container_id: '' }, 'container_id'],
  ])('refuses %j', async (more, named) => {
    const { output, isError } = await call('container_logs', { container_id: 'web', ...more });
    expect(isError).toBe(true);
    expect(output['error_message']).toContain(named);
  });
});

describe('container_stats', () => {
  it('tells what a container uses', async () => {
    const stats = () =>
      Promise.resolve({
        readAt: new Date(0),
        cpuPercent: 12.345,
        cpuTimeMs: 1234.5,
        memoryBytes: 1000,
        memoryLimitBytes: 2000,
        networkRxBytes: 1,
        networkTxBytes: 2,
        blockReadBytes: 3,
        blockWriteBytes: 4,
        pids: 5,
      });
    const { output } = await call('container_stats', { container_id: 'web' }, contextOf({ stats }));
    expect(output).toEqual({
      success: true,
      error_message: null,
      container_id: 'web',
      cpu_percent: 12.3,
      cpu_time: 1.235,
      memory_bytes: 1000,
      memory_limit_bytes: 2000,
      processes: 5,
      network_received_bytes: 1,
      network_sent_bytes: 2,
      disk_read_bytes: 3,
      disk_written_bytes: 4,
    });
  });
});

describe('list_images', () => {
  const image = (id: string, ...tags: readonly string[]) => ({
    id: `sha256:${id.repeat(64)}`,
    tags,
    labels: { secret: 'of somebody' },
    createdAt: new Date('2026-01-02T03:04:05Z'),
    sizeBytes: 4321,
  });

  it('shows what is needed to choose one, and no labels', async () => {
    const listImages = () => Promise.resolve([image('a', 'busybox:1.36', 'busy:latest')]);
    const { output } = await call('list_images', {}, contextOf({ listImages }));
    expect(output).toEqual({
      success: true,
      error_message: null,
      total: 1,
      images: [
        {
          names: ['busybox:1.36', 'busy:latest'],
          image_id: `sha256:${'a'.repeat(64)}`,
          size_bytes: 4321,
          created: '2026-01-02T03:04:05.000Z',
        },
      ],
    });
  });

  it('finds by a part of any name', async () => {
    const all = [
      image('a', 'python:3.13'),
      image('b', 'node:24', 'my/python-like:1'),
      image('c', 'x'),
    ];
    const context = contextOf({ listImages: () => Promise.resolve(all) });
    const { output } = await call('list_images', { name: 'python' }, context);
    expect(output).toMatchObject({
      total: 2,
      images: [{ names: ['python:3.13'] }, { names: ['node:24', 'my/python-like:1'] }],
    });
  });

  it('stays small where there are thousands', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `image:${index}`);
    const all = Array.from({ length: 300 }, () => image('a', ...names));
    const context = contextOf({ listImages: () => Promise.resolve(all) });
    const { output } = await call('list_images', {}, context);
    expect(output['total']).toBe(300);
    expect(output['images']).toHaveLength(50);
    expect(JSON.stringify(output)).toContain('and 290 more');
    expect(JSON.stringify(output).length).toBeLessThan(20_000);
  });
});

describe('read_output', () => {
  const ID = '0123456789abcdef';
  const runs = new RunStore();
  const stdout = `${'first line\n'.repeat(3000)}needle in STDOUT\n`;
  runs.put({ id: ID, output: { stdout, stderr: 'only line\n' }, artifacts: [] });
  const read = (args: Readonly<Record<string, unknown>>) =>
    call('read_output', args, contextOf({}, { runs }));

  it('reads a page, and the next one', async () => {
    const { output, isError } = await read({ run_id: ID, limit: 10 });
    expect(isError).toBe(false);
    expect(output).toEqual({
      success: true,
      error_message: null,
      run_id: ID,
      stream: 'stdout',
      matches: null,
      total_characters: stdout.length,
      offset: 0,
      next_offset: 10,
      text: 'first line',
    });
    const next = await read({ run_id: ID, offset: 10, limit: 6 });
    expect(next.output).toMatchObject({ text: '\nfirst', offset: 10, next_offset: 16 });
  });

  it('gives 20,000 characters unless told otherwise', async () => {
    const { output } = await read({ run_id: ID });
    expect(String(output['text']).length).toBe(20_000);
  });

  it('gives the lines that hold a text, in any case, with their numbers', async () => {
    const { output } = await read({ run_id: ID, pattern: 'NEEDLE in stdout' });
    expect(output).toMatchObject({ matches: 1, text: '3001: needle in STDOUT\n' });
  });

  it.each([
    [`slipway://runs/${ID}/stderr`, 'stderr'],
    [`slipway://runs/${ID}/stdout`, 'stdout'],
    [`/var/lib/outputs/run-${ID}/stderr.txt`, 'stderr'],
    [`/var/stderr/run-${ID}/stdout.txt`, 'stdout'],
    [`/var/fedcba9876543210/run-${ID}/stderr.txt`, 'stderr'],
    [ID, 'stdout'],
  ])('takes %s', async (run_id, stream) => {
    const { output } = await read({ run_id, limit: 10 });
    const text = stream === 'stderr' ? 'only line\n' : 'first line';
    expect(output).toMatchObject({ success: true, run_id: ID, stream, text });
  });

  it('reads the stream that is named, whatever the address says', async () => {
    const { output } = await read({ run_id: `slipway://runs/${ID}/stdout`, stream: 'stderr' });
    expect(output).toMatchObject({ text: 'only line\n', next_offset: null });
  });

  it.each(['fedcba9876543210', 'run 7', `${ID}0`, '../../etc/passwd'])(
    'says of %s, which is not kept, what to do',
    async (run_id) => {
      const { output, isError } = await read({ run_id });
      expect(isError).toBe(true);
      expect(output['error_message']).toMatch(/^run_id: no output of .* is kept/);
      expect(output['text']).toBe('');
    },
  );

  it.each([{ limit: 0 }, { limit: 100_001 }, { offset: -1 }, { pattern: '' }, { stream: 'both' }])(
    'refuses %j',
    async (wrong) => {
      const { output, isError } = await read({ run_id: ID, ...wrong });
      expect(isError).toBe(true);
      expect(output['error_message']).toContain(Object.keys(wrong)[0]);
    },
  );
});

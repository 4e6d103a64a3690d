import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressReporter, type ProgressUpdate } from '../../../src/mcp/progress-reporter.js';

let sent: ProgressUpdate[] = [];
let reporter: ProgressReporter;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  sent = [];
  reporter = new ProgressReporter((update) => {
    sent.push(update);
    return Promise.resolve();
  });
});

afterEach(() => {
  reporter.stop();
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('ProgressReporter', () => {
  it('sends the first report at once', async () => {
    reporter.report({ phase: 'Cloning https://github.com/org/repo' });
    await pass(0);
    expect(sent).toEqual([
      { progress: 1, total: undefined, message: 'Cloning https://github.com/org/repo' },
    ]);
  });

  it('sends at most two a second, and then the latest', async () => {
    for (let tenth = 0; tenth < 30; tenth += 1) {
      reporter.report({ phase: 'Running', detail: `${tenth} lines` });
      await pass(100);
    }
    expect(sent.length).toBeGreaterThanOrEqual(5);
    expect(sent.length).toBeLessThanOrEqual(7);
    expect(sent.at(-1)?.message).toContain('lines');
  });

  it('gives a sign of life every five seconds, even before anything was reported', async () => {
    await pass(15_000);
    expect(sent.map((update) => update.message)).toEqual([
      'Working (5 s)',
      'Working (10 s)',
      'Working (15 s)',
    ]);
  });

  it('counts the time of a phase from its begin', async () => {
    reporter.report({ phase: 'Pulling busybox' });
    await pass(5000);
    reporter.report({ phase: 'Running busybox' });
    await pass(6000);
    expect(sent.map((update) => update.message)).toEqual([
      'Pulling busybox',
      'Pulling busybox (5 s)',
      'Running busybox',
      'Running busybox (5 s)',
    ]);
  });

  it('only ever grows, whatever is reported', async () => {
    const amounts = [5, 5, 3, 0, 100, 99, 100];
    for (const done of amounts) {
      reporter.report({ phase: 'Pulling', amount: { done, total: 100 } });
      await pass(600);
    }
    await pass(20_000);
    const values = sent.map((update) => update.progress);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(new Set(values).size).toBe(values.length);
  });

  it('tells a total only while the number is not above it', async () => {
    reporter.report({
      phase: 'Pulling',
      detail: '41 of 128 MiB',
      amount: { done: 41, total: 128 },
    });
    await pass(0);
    reporter.report({ phase: 'Pulling', amount: { done: 128, total: 128 } });
    await pass(500);
    await pass(5000);
    expect(sent.map(({ progress, total }) => ({ progress, total }))).toEqual([
      { progress: 41, total: 128 },
      { progress: 128, total: 128 },
      { progress: 129, total: undefined },
    ]);
  });

  it('is silent after it was stopped', async () => {
    reporter.report({ phase: 'Running' });
    reporter.stop();
    reporter.report({ phase: 'Running', detail: 'late' });
    await pass(60_000);
    expect(sent).toEqual([]);
  });

  it('writes nothing while the client does not read', async () => {
    let reads: () => void = () => undefined;
    let written = 0;
    const slow = new ProgressReporter(() => {
      written += 1;
      return new Promise((resolve) => {
        reads = resolve;
      });
    });
    slow.report({ phase: 'Running' });
    await pass(30_000);
    expect(written).toBe(1);
    reads();
    await pass(5000);
    expect(written).toBe(2);
    slow.stop();
  });

  it('goes on when a notification cannot be sent', async () => {
    let attempts = 0;
    const broken = new ProgressReporter(() => {
      attempts += 1;
      return Promise.reject(new Error('not connected'));
    });
    await pass(10_000);
    broken.stop();
    expect(attempts).toBe(2);
  });

  it('is one line of at most 120 characters without control characters', async () => {
    const step = `step 3/9 RUN echo "\u001b[2J" &&\n  echo ${'😀'.repeat(100)}`;
    reporter.report({ phase: 'Building', detail: step });
    await pass(0);
    const message = sent[0]?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(120);
    expect(message).toMatch(/^Building \(step 3\/9 RUN echo "" && echo 😀/);
    expect(message).not.toMatch(/\p{Cc}|\p{Cs}/u);
  });
});

import { describe, expect, it } from 'vitest';
import { RunStore } from '../../../src/tools/run-store.js';

describe('RunStore', () => {
  it('keeps the last 20 runs, newest first', () => {
    const runs = new RunStore();
    for (let run = 0; run < 25; run += 1) runs.put(String(run), { stdout: 'x', stderr: '' });
    expect(runs.list()).toHaveLength(20);
    expect(runs.list()[0]?.id).toBe('24');
    expect(runs.get('4')).toBeUndefined();
    expect(runs.get('5')?.output.stdout).toBe('x');
  });

  it('forgets a run after an hour', () => {
    let now = 0;
    const runs = new RunStore(() => now);
    runs.put('a', { stdout: 'x', stderr: '' });
    now = 3_599_999;
    expect(runs.get('a')?.id).toBe('a');
    now = 3_600_000;
    expect(runs.get('a')).toBeUndefined();
  });

  it('drops the oldest runs when all together are too large', () => {
    const runs = new RunStore();
    const large = { stdout: 'x'.repeat(30 * 1024 * 1024), stderr: '' };
    for (const id of ['a', 'b', 'c']) runs.put(id, large);
    expect(runs.list().map((run) => run.id)).toEqual(['c', 'b']);
  });

  it('gives ids that cannot be guessed', () => {
    const runs = new RunStore();
    const ids = new Set(Array.from({ length: 1000 }, () => runs.newId()));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });
});

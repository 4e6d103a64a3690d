import { describe, expect, it } from 'vitest';
import { type ArtifactContent, artifactContent } from '../../../src/tools/artifact-content.js';
import { RunStore, type StoredRun } from '../../../src/tools/run-store.js';

const runOf = (id: string, ...artifacts: readonly ArtifactContent[]): StoredRun => ({
  id,
  output: { stdout: 'x', stderr: '' },
  artifacts,
});

const fileOf = (mebibytes: number): ArtifactContent =>
  artifactContent({ path: '/out/data', content: new Uint8Array(mebibytes * 1024 * 1024) });

const mebibytesOf = (file: ArtifactContent | undefined): number | undefined =>
  file === undefined ? undefined : file.content.byteLength / 1024 ** 2;

describe('RunStore', () => {
  it('keeps the last 20 runs, newest first', () => {
    const runs = new RunStore();
    for (let run = 0; run < 25; run += 1) runs.put(runOf(String(run)));
    expect(runs.list()).toHaveLength(20);
    expect(runs.list()[0]?.id).toBe('24');
    expect(runs.get('4')).toBeUndefined();
    expect(runs.get('5')?.output.stdout).toBe('x');
  });

  it('forgets a run after an hour', () => {
    let now = 0;
    const runs = new RunStore({ now: () => now });
    runs.put(runOf('a'));
    now = 3_599_999;
    expect(runs.get('a')?.id).toBe('a');
    now = 3_600_000;
    expect(runs.get('a')).toBeUndefined();
  });

  it('drops the oldest runs when all together are too large', () => {
    const runs = new RunStore();
    const stdout = 'x'.repeat(30 * 1024 * 1024);
    for (const id of ['a', 'b', 'c']) runs.put({ ...runOf(id), output: { stdout, stderr: '' } });
    expect(runs.list().map((run) => run.id)).toEqual(['c', 'b']);
  });

  it('keeps those files of a run that fit in 32 MiB, under their numbers', () => {
    const runs = new RunStore();
    const files = [fileOf(16), fileOf(17), fileOf(15), fileOf(2), fileOf(1)];
    const kept = runs.put(runOf('a', ...files));
    const sizes = [16, undefined, 15, undefined, 1];
    expect(kept.artifacts.map(mebibytesOf)).toEqual(sizes);
    expect(runs.get('a')?.artifacts.map(mebibytesOf)).toEqual(sizes);
  });

  it('counts files when it drops the oldest runs', () => {
    const runs = new RunStore();
    for (const id of ['a', 'b', 'c']) runs.put(runOf(id, fileOf(25)));
    expect(runs.list().map((run) => run.id)).toEqual(['c', 'b']);
  });

  it('gives ids that cannot be guessed', () => {
    const runs = new RunStore();
    const ids = new Set(Array.from({ length: 1000 }, () => runs.newId()));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });
});

import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import { artifactContent } from '../../../src/tools/artifact-content.js';
import { RunFolder } from '../../../src/tools/run-folder.js';
import { runResult } from '../../../src/tools/run-result.js';
import { RunStore, type StoredRun } from '../../../src/tools/run-store.js';
import { PNG } from '../../support/images.js';
import { textWith } from '../../support/matchers.js';
import { runResultOf } from '../../support/scripted-executor.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-output-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const runOf = (number: number): StoredRun => ({
  id: number.toString(16).padStart(16, '0'),
  output: { stdout: `out ${number}\n`, stderr: '' },
  artifacts: [],
});

/** The folder of a run of long ago: the higher its number, the longer. */
async function oldRun(number: number): Promise<string> {
  const run = path.join(folder, `run-${runOf(number).id}`);
  await mkdir(run);
  await writeFile(path.join(run, 'stdout.txt'), '');
  if (IS_ROOT) await chown(run, NOBODY, NOBODY);
  await utimes(run, 1_000_000 - number, 1_000_000 - number);
  return run;
}

const IS_ROOT = process.geteuid?.() === 0;
const NOBODY = 65_534;

/** As a user whom permissions bind: root may remove everything. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (!IS_ROOT) return work();
  await chown(folder, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

const permissions = async (file: string): Promise<string> =>
  ((await stat(file)).mode & 0o777).toString(8);

describe('the output folder', () => {
  it('holds output and files of a run, for this user alone', async () => {
    const output = path.join(folder, 'made', 'when needed');
    const artifacts = [
      artifactContent({ path: '/out/../../evil.sh', content: PNG }),
      artifactContent({ path: '/out/x.desktop', content: Buffer.from('[Desktop Entry]') }),
    ];
    const written = await new RunFolder(output).write({ ...runOf(1), artifacts });
    const run = path.join(output, 'run-0000000000000001');
    expect(written).toEqual({
      stdout: path.join(run, 'stdout.txt'),
      stderr: path.join(run, 'stderr.txt'),
      artifacts: [path.join(run, 'artifact-1.png'), path.join(run, 'artifact-2.txt')],
    });
    expect(await readdir(output)).toEqual(['run-0000000000000001']);
    expect((await readdir(run)).sort()).toEqual([
      'artifact-1.png',
      'artifact-2.txt',
      'stderr.txt',
      'stdout.txt',
    ]);
    expect(await readFile(written.stdout, 'utf8')).toBe('out 1\n');
    expect(await readFile(path.join(run, 'artifact-1.png'))).toEqual(Buffer.from(PNG));
    expect(await permissions(output)).toBe('700');
    expect(await permissions(run)).toBe('700');
    for (const file of await readdir(run)) {
      expect(await permissions(path.join(run, file))).toBe('600');
    }
  });

  it('keeps the newest 200 runs, and leaves alone what is not its own', async () => {
    await writeFile(path.join(folder, 'run-of-mine'), 'x');
    await writeFile(path.join(folder, 'notes.txt'), 'x');
    const runs = new RunFolder(folder);
    for (let number = 0; number < 203; number += 1) {
      const { stdout } = await runs.write(runOf(number));
      await utimes(path.dirname(stdout), number, number);
    }
    await runs.write(runOf(203));
    const left = await readdir(folder);
    expect(left.filter((name) => /^run-[0-9a-f]{16}$/.test(name))).toHaveLength(200);
    expect(left).toContain('run-00000000000000cb');
    expect(left).not.toContain('run-0000000000000000');
    expect(left).toContain('run-of-mine');
    expect(left).toContain('notes.txt');
  });

  it('passes over an old run that it may not remove, and tells the log', async () => {
    for (let number = 0; number < 199; number += 1) await oldRun(number);
    const stuck = await oldRun(200);
    await oldRun(201);
    await chmod(stuck, 0o555);
    const events: unknown[] = [];
    const warn = (event: string, data: unknown): void => void events.push([event, data]);
    const runs = new RunFolder(folder, { ...silentLogger, warn });
    const { stdout } = await asNobody(() => runs.write(runOf(1000)));
    // So that it can be removed with the others after the test.
    await chmod(stuck, 0o755);
    expect(await readFile(stdout, 'utf8')).toBe('out 1000\n');
    const left = await readdir(folder);
    expect(left).toContain(path.basename(stuck));
    expect(left).toHaveLength(201);
    expect(left).not.toContain(`run-${runOf(201).id}`);
    const error = textWith('EACCES');
    expect(events).toEqual([['output.remove_failed', { folder: stuck, error }]]);
  });

  it('is where the result points', async () => {
    const runs = new RunStore({ outputDir: folder });
    const result = runResultOf({
      stdout: 'line\n'.repeat(10_000),
      artifacts: [{ path: '/out/plot', content: PNG }],
    });
    const { output } = await runResult(result, runs);
    const file = String(output.full_output);
    expect(path.dirname(path.dirname(file))).toBe(folder);
    expect(output.stdout).toContain(`full output: ${file}`);
    expect(await readFile(file, 'utf8')).toBe(result.stdout);
    expect(output.artifacts[0]?.location).toBe(path.join(path.dirname(file), 'artifact-1.png'));
    // Clients that cannot read files have read_output and the resource.
    const id = path.basename(path.dirname(file)).slice('run-'.length);
    expect(runs.get(id)?.output.stdout).toBe(result.stdout);
  });

  it('holds runs that were shown whole as well', async () => {
    await runResult(runResultOf(), new RunStore({ outputDir: folder }));
    const [run = ''] = await readdir(folder);
    expect(await readFile(path.join(folder, run, 'stdout.txt'), 'utf8')).toBe('hello\n');
  });

  it('that cannot be written takes nothing from the result, which says so', async () => {
    const notAFolder = path.join(folder, 'file');
    await writeFile(notAFolder, '');
    const runs = new RunStore({ outputDir: notAFolder });
    const { output, isError } = await runResult(runResultOf({ stdout: 'x'.repeat(50_000) }), runs);
    expect(isError).toBe(false);
    expect(output).toMatchObject({ success: true, exit_code: 0, truncated: true });
    expect(output.full_output).toMatch(/^slipway:/);
    expect(output.error_message).toMatch(
      /^The output folder of this server could not be written \((?:EEXIST|ENOTDIR)\): what is not shown here is kept in memory, for an hour\.$/,
    );
  });
});

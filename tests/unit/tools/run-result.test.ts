import { describe, expect, it } from 'vitest';
import { runResult, runSchema } from '../../../src/tools/run-result.js';
import { RunStore } from '../../../src/tools/run-store.js';
import { PNG } from '../../support/images.js';
import { runResultOf } from '../../support/scripted-executor.js';

describe('runResult', () => {
  it.each([
    ['exited', false],
    ['out_of_memory', false],
    ['timed_out', true],
    ['output_limit', true],
    ['cancelled', true],
    ['engine_lost', true],
  ] as const)('a run that ended as %s is a tool error: %s', async (status, expected) => {
    const result = runResultOf({ success: false, status, exitCode: null });
    const { output, isError } = await runResult(result, new RunStore());
    expect(isError).toBe(expected);
    expect(output.success).toBe(false);
    expect(output.error_message).not.toBeNull();
    expect(runSchema.strict().safeParse(output).error).toBeUndefined();
  });

  it('has no message for a success', async () => {
    const { output } = await runResult(runResultOf(), new RunStore());
    expect(output.error_message).toBeNull();
  });

  it('says how long a stopped run was allowed to take, and keeps its output', async () => {
    const result = runResultOf({ success: false, status: 'timed_out', exitCode: null });
    const { output } = await runResult(result, new RunStore());
    expect(output.error_message).toBe(
      'Stopped after 300 s (timeout). The output so far is included. Raise timeout (max 3600) or do less work per call.',
    );
    expect(output).toMatchObject({ timed_out: true, exit_code: null, stdout: 'hello\n' });
  });

  it.each([
    [512 * 1024 ** 2, '(512m)', '"1g"'],
    [2 * 1024 ** 3, '(2g)', '"4g"'],
    [100 * 1024 ** 2, '(100m)', '"200m"'],
  ])(
    'suggests more memory than %i bytes in the words of the field',
    async (memoryBytes, had, next) => {
      const result = runResultOf({ success: false, status: 'out_of_memory', exitCode: 137 });
      const limits = result.limits === null ? null : { ...result.limits, memoryBytes };
      const { output } = await runResult({ ...result, limits }, new RunStore());
      expect(output.error_message).toContain(had);
      expect(output.error_message).toContain(`memory_limit ${next}`);
    },
  );

  it('speaks of options by their wire names', async () => {
    const result = runResultOf({
      success: false,
      status: 'output_limit',
      exitCode: null,
      errorMessage: 'Raise timeoutMs or memoryBytes.',
    });
    const { output } = await runResult(result, new RunStore());
    expect(output.error_message).toBe('Raise timeout or memory_limit.');
  });

  it('removes what would steer a terminal', async () => {
    const result = runResultOf({ stdout: '\u001b[31mred\u001b[0m\n', stderr: '10%\r100%\n' });
    const { output } = await runResult(result, new RunStore());
    expect(output).toMatchObject({ stdout: 'red\n', stderr: '100%\n', truncated: false });
  });

  it('shortens long output, names where the rest is, and keeps all of it there', async () => {
    const runs = new RunStore();
    const stdout = Array.from({ length: 10_000 }, (_, line) => `line ${line}\n`).join('');
    const { output } = await runResult(runResultOf({ stdout }), runs);
    expect(output.truncated).toBe(true);
    expect(output.stdout.length).toBeLessThanOrEqual(20_000);
    expect(output.stdout).toMatch(/^line 0\n[^]*line 9999\n$/);
    expect(output.full_output).toMatch(/^slipway:\/\/runs\/[0-9a-f]{16}\/stdout$/);
    expect(output.stdout).toContain(`full output: ${output.full_output}`);
    const id = output.full_output?.split('/')[3] ?? '';
    expect(runs.get(id)?.output.stdout).toBe(stdout);
  });

  it('points to stderr when only that was cut', async () => {
    const result = runResultOf({ stderr: 'x'.repeat(50_000) });
    const { output } = await runResult(result, new RunStore());
    expect(output.full_output).toMatch(/\/stderr$/);
    expect(output.stdout).toBe('hello\n');
  });

  it('does not keep a run that was shown whole', async () => {
    const runs = new RunStore();
    await runResult(runResultOf(), runs);
    expect(runs.list()).toEqual([]);
  });

  it('lists the files of the run, and puts the small ones beside the answer', async () => {
    const runs = new RunStore();
    const result = runResultOf({
      artifacts: [
        { path: '/out/plot.png', content: PNG },
        { path: '/out/notes.txt', content: Buffer.from('done\n') },
        { path: '/out/large.csv', content: Buffer.from('1,2\n'.repeat(10_000)) },
      ],
      omittedArtifacts: [{ path: '/out/none', bytes: 0, reason: 'not_found' }],
    });
    const { output, attachments } = await runResult(result, runs);
    const [run] = runs.list();
    const here = { omitted: null };
    expect(output.artifacts).toEqual([
      {
        path: '/out/plot.png',
        bytes: PNG.byteLength,
        mime_type: 'image/png',
        location: `slipway://runs/${run?.id}/artifacts/1`,
        ...here,
      },
      {
        path: '/out/notes.txt',
        bytes: 5,
        mime_type: 'text/plain',
        location: `slipway://runs/${run?.id}/artifacts/2`,
        ...here,
      },
      {
        path: '/out/large.csv',
        bytes: 40_000,
        mime_type: 'text/csv',
        location: `slipway://runs/${run?.id}/artifacts/3`,
        ...here,
      },
      { path: '/out/none', bytes: 0, mime_type: null, location: null, omitted: 'not_found' },
    ]);
    expect(output.artifacts_total).toBe(4);
    expect(attachments?.map(({ path }) => path)).toEqual(['/out/plot.png', '/out/notes.txt']);
    expect(run?.artifacts).toHaveLength(3);
  });

  it('says which files it could not keep', async () => {
    const content = new Uint8Array(20 * 1024 * 1024);
    const artifacts = ['/out/a', '/out/b'].map((path) => ({ path, content }));
    const { output, attachments } = await runResult(runResultOf({ artifacts }), new RunStore());
    expect(output.artifacts).toMatchObject([
      { path: '/out/a', omitted: null },
      { path: '/out/b', location: null, omitted: 'not_kept' },
    ]);
    expect(attachments).toEqual([]);
  });

  it('shows of what it could not keep the images, without an address', async () => {
    const large = new Uint8Array(16 * 1024 * 1024);
    const artifacts = [
      { path: '/out/a', content: large },
      { path: '/out/b', content: large },
      { path: '/out/plot.png', content: PNG },
      { path: '/out/notes.txt', content: Buffer.from('done\n') },
    ];
    const { output, attachments } = await runResult(runResultOf({ artifacts }), new RunStore());
    expect(output.artifacts.map(({ omitted }) => omitted)).toEqual([
      null,
      null,
      'not_kept',
      'not_kept',
    ]);
    expect(attachments).toMatchObject([{ path: '/out/plot.png', uri: null }]);
  });

  it('lists at most a hundred files, and says how many there are', async () => {
    const artifacts = Array.from({ length: 1000 }, (_, index) => ({
      path: `/out/${index}`,
      content: Buffer.from('x'),
    }));
    const { output, attachments } = await runResult(runResultOf({ artifacts }), new RunStore());
    expect(output.artifacts).toHaveLength(100);
    expect(output.artifacts_total).toBe(1000);
    expect(attachments).toHaveLength(20);
  });

  it('says so when the capture itself had to leave bytes out', async () => {
    const { output } = await runResult(runResultOf({ truncated: true }), new RunStore());
    expect(output).toMatchObject({ truncated: true, full_output: null });
  });

  it('stays far below the 10 MiB at which clients drop the connection', async () => {
    const hostile = '\u0000"\\\u001b'.repeat(200_000);
    const { output } = await runResult(
      runResultOf({ stdout: hostile, stderr: hostile }),
      new RunStore(),
    );
    expect(JSON.stringify(output).length).toBeLessThan(100_000);
  });
});

import { describe, expect, it } from 'vitest';
import { runResult, runSchema } from '../../../src/tools/run-result.js';
import { RunStore } from '../../../src/tools/run-store.js';
import { runResultOf } from '../../support/scripted-executor.js';

describe('runResult', () => {
  it.each([
    ['exited', false],
    ['out_of_memory', false],
    ['timed_out', true],
    ['output_limit', true],
    ['cancelled', true],
    ['engine_lost', true],
  ] as const)('a run that ended as %s is a tool error: %s', (status, expected) => {
    const result = runResultOf({ success: false, status, exitCode: null });
    const { output, isError } = runResult(result, new RunStore());
    expect(isError).toBe(expected);
    expect(output.success).toBe(false);
    expect(output.error_message).not.toBeNull();
    expect(runSchema.strict().safeParse(output).error).toBeUndefined();
  });

  it('has no message for a success', () => {
    expect(runResult(runResultOf(), new RunStore()).output.error_message).toBeNull();
  });

  it('says how long a stopped run was allowed to take, and keeps its output', () => {
    const result = runResultOf({ success: false, status: 'timed_out', exitCode: null });
    const { output } = runResult(result, new RunStore());
    expect(output.error_message).toBe(
      'Stopped after 300 s (timeout). The output so far is included. Raise timeout (max 3600) or do less work per call.',
    );
    expect(output).toMatchObject({ timed_out: true, exit_code: null, stdout: 'hello\n' });
  });

  it.each([
    [512 * 1024 ** 2, '(512m)', '"1g"'],
    [2 * 1024 ** 3, '(2g)', '"4g"'],
    [100 * 1024 ** 2, '(100m)', '"200m"'],
  ])('suggests more memory than %i bytes in the words of the field', (memoryBytes, had, next) => {
    const result = runResultOf({ success: false, status: 'out_of_memory', exitCode: 137 });
    const limits = result.limits === null ? null : { ...result.limits, memoryBytes };
    const { output } = runResult({ ...result, limits }, new RunStore());
    expect(output.error_message).toContain(had);
    expect(output.error_message).toContain(`memory_limit ${next}`);
  });

  it('speaks of options by their wire names', () => {
    const result = runResultOf({
      success: false,
      status: 'output_limit',
      exitCode: null,
      errorMessage: 'Raise timeoutMs or memoryBytes.',
    });
    const { output } = runResult(result, new RunStore());
    expect(output.error_message).toBe('Raise timeout or memory_limit.');
  });

  it('removes what would steer a terminal', () => {
    const result = runResultOf({ stdout: '\u001b[31mred\u001b[0m\n', stderr: '10%\r100%\n' });
    const { output } = runResult(result, new RunStore());
    expect(output).toMatchObject({ stdout: 'red\n', stderr: '100%\n', truncated: false });
  });

  it('shortens long output, names where the rest is, and keeps all of it there', () => {
    const runs = new RunStore();
    const stdout = Array.from({ length: 10_000 }, (_, line) => `line ${line}\n`).join('');
    const { output } = runResult(runResultOf({ stdout }), runs);
    expect(output.truncated).toBe(true);
    expect(output.stdout.length).toBeLessThanOrEqual(20_000);
    expect(output.stdout).toMatch(/^line 0\n[^]*line 9999\n$/);
    expect(output.full_output).toMatch(/^slipway:\/\/runs\/[0-9a-f]{16}\/stdout$/);
    expect(output.stdout).toContain(`full output: ${output.full_output}`);
    const id = output.full_output?.split('/')[3] ?? '';
    expect(runs.get(id)?.output.stdout).toBe(stdout);
  });

  it('points to stderr when only that was cut', () => {
    const result = runResultOf({ stderr: 'x'.repeat(50_000) });
    const { output } = runResult(result, new RunStore());
    expect(output.full_output).toMatch(/\/stderr$/);
    expect(output.stdout).toBe('hello\n');
  });

  it('does not keep a run that was shown whole', () => {
    const runs = new RunStore();
    runResult(runResultOf(), runs);
    expect(runs.list()).toEqual([]);
  });

  it('says so when the capture itself had to leave bytes out', () => {
    const { output } = runResult(runResultOf({ truncated: true }), new RunStore());
    expect(output).toMatchObject({ truncated: true, full_output: null });
  });

  it('stays far below the 10 MiB at which clients drop the connection', () => {
    const hostile = '\u0000"\\\u001b'.repeat(200_000);
    const { output } = runResult(runResultOf({ stdout: hostile, stderr: hostile }), new RunStore());
    expect(JSON.stringify(output).length).toBeLessThan(100_000);
  });
});

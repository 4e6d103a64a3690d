/** The truth about a program that runs in a container which had waited. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { containersWithLabel } from '../support/engine-view.js';
import { testExecutor } from '../support/executor.js';
import { PYTHON, runParked, sh } from '../support/parked.js';

const warm = testExecutor({ warm: true });

describe('the truth about a program', () => {
  test('an end marker that a program imitates is output', async () => {
    const marker = '\\002slipway-0123456789abcdef0123456789abcdef-E0 0;';
    const script = `printf '${marker}'; printf '${marker}' >&2; printf '\\002slipway-ready;'; exit 5`;
    const result = await runParked(warm, sh(script));
    const text = '\u0002slipway-0123456789abcdef0123456789abcdef-E0 0;';
    expect(result).toMatchObject({
      exitCode: 5,
      stdout: `${text}\u0002slipway-ready;`,
      stderr: text,
    });
  });

  test('background children end with their program, and delay nothing', async () => {
    const result = await runParked(warm, sh('(while :; do echo late; done) & echo now; exit 0'));
    expect(result).toMatchObject({ status: 'exited', exitCode: 0 });
    expect(result.stdout).toContain('now\n');
    await warm.executor.settled();
    expect((await containersWithLabel(warm.label)).map(({ Id }) => Id)).not.toContain(
      result.containerId,
    );
  });

  test('a program that closes its output has its exit code all the same', async () => {
    expect(await runParked(warm, sh('exec >&- 2>&-; exit 3'))).toMatchObject({
      status: 'exited',
      exitCode: 3,
      truncated: false,
    });
  });

  test.each([
    ['itself', 'kill -9 $$', 137, 'SIGKILL'],
    // An engine that cannot know yet takes a SIGKILL within the first second for one of the kernel.
    ['its parent', 'sleep 1; kill -9 $PPID; sleep 600', 137, 'SIGKILL'],
    ['its group', 'sleep 1; kill -9 0', 137, 'SIGKILL'],
    ['itself, for a reason', 'kill -SEGV $$', 139, 'SIGSEGV'],
  ])('a program that kills %s', async (_what, script, exitCode, signal) => {
    expect(await runParked(warm, sh(script))).toMatchObject({
      status: 'exited',
      exitCode,
      signal,
      stderr: '',
    });
  });

  test('a child that is killed for memory is told although the program exits with 0', async () => {
    const command = [
      'python3',
      '-c',
      'import os\nif os.fork() == 0:\n  x = bytearray(10**9)\nos.wait()',
    ];
    const result = await runParked(warm, { image: PYTHON, command, memoryBytes: '64m' });
    expect(result).toMatchObject({ status: 'out_of_memory', exitCode: 0, success: false });
  });

  test('artifacts come back, and are what the program left', async () => {
    const result = await runParked(warm, {
      ...sh('mkdir /out; echo 1 > /out/a; (sleep 600; echo 2 > /out/a) &'),
      artifacts: ['/out/**'],
    });
    expect(
      result.artifacts.map(({ path, content }) => [path, Buffer.from(content).toString()]),
    ).toEqual([['/out/a', '1\n']]);
  });
});

describe('two runs of a kind', () => {
  const LOOK = `ls /tmp /dev/shm /left 2>&1; env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; ps`;

  test('see nothing of each other', async () => {
    const secret = randomBytes(8).toString('hex');
    const leave = `echo ${secret} > /tmp/${secret}; echo ${secret} > /dev/shm/${secret}; mkdir /left; touch /left/${secret}; export LEFT=${secret}; sleep 600 & echo $SECRET`;
    const first = await runParked(warm, {
      ...sh(leave),
      environment: { SECRET: secret },
      stdin: secret,
    });
    const second = await runParked(warm, sh(LOOK));
    expect(first.stdout).toBe(`${secret}\n`);
    expect(second.containerId).not.toBe(first.containerId);
    expect(second.stdout + second.stderr).not.toContain(secret);
    expect(second.stdout).not.toContain('sleep 600');
  });

  test('are not shown the words that end them', async () => {
    const { stdout } = await runParked(warm, sh(LOOK));
    expect(stdout).toContain('slipway-ready');
    expect(stdout).not.toMatch(/slipway-[0-9a-f]{32}/);
  });
});

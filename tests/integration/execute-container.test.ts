import { describe, expect, test } from 'vitest';
import type { DockerExecutionResult } from '../../src/index.js';
import { imageList, inspect } from '../support/engine-view.js';
import { REMOVED, errorOf, testExecutor } from '../support/executor.js';
import { testImage } from '../support/test-image.js';

const BUSYBOX = 'busybox:1.36';
const MIB = 1024 ** 2;

const { executor, mine, containers, volumes } = testExecutor();
const run = (command: string | readonly string[], more: object = {}) =>
  executor.executeContainer({ image: BUSYBOX, command, ...mine, ...more });

describe('the result tells the truth', () => {
  test('a program that succeeds', async () => {
    const result = await run('echo hello');
    expect(result).toMatchObject({
      success: true,
      status: 'exited',
      exitCode: 0,
      signal: null,
      stdout: 'hello\n',
      stderr: '',
      counts: { stdout: { bytes: 6, omittedBytes: 0 }, stderr: { bytes: 0, omittedBytes: 0 } },
      truncated: false,
      errorMessage: null,
      cleanup: REMOVED,
    });
    expect(result.containerId).toMatch(/^[0-9a-f]{64}$/);
    expect(result.image.reference).toBe(BUSYBOX);
    expect(result.image.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(result.executionTime).toBe(result.timings.runMs);
    expect(result.timings.totalMs).toBeGreaterThan(result.timings.runMs);
  });

  test('exit code, stdout and stderr of a program that fails', async () => {
    const result = await run('echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({
      success: false,
      status: 'exited',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(result.errorMessage).toBe('The program ended with exit code 3.');
  });

  test('a program that dies of a signal', async () => {
    const result = await run(['sh', '-c', 'kill -SEGV $$']);
    expect(result).toMatchObject({ status: 'exited', exitCode: 139, signal: 'SIGSEGV' });
  });

  test('a timeout ends the program and keeps the output so far', async () => {
    const result = await run('echo early; sleep 600', { timeoutMs: 1000 });
    expect(result).toMatchObject({
      success: false,
      status: 'timed_out',
      exitCode: null,
      stdout: 'early\n',
    });
    expect(result.timings.runMs).toBeLessThan(5000);
    expect(result.errorMessage).toContain('Stopped after 1 s (timeout)');
  });

  test('a program that ignores TERM is killed', async () => {
    const result = await run(['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'], {
      timeoutMs: 1000,
    });
    expect(result).toMatchObject({ status: 'timed_out', stdout: 'ready\n' });
  });

  test('memory that runs out is told', async () => {
    const result = await run('tail /dev/zero', { memoryBytes: '16m' });
    expect(result).toMatchObject({ success: false, status: 'out_of_memory' });
    expect(result.errorMessage).toContain('16 MiB');
  });

  test('memory that runs out in a child is told although the program ends with 0', async () => {
    const result = await run('tail /dev/zero; echo survived; exit 0', { memoryBytes: '16m' });
    expect(result).toMatchObject({
      success: false,
      status: 'out_of_memory',
      exitCode: 0,
      stdout: 'survived\n',
    });
  });

  test('long output keeps its head and its tail, and every byte is counted', async () => {
    const result = await run('head -c 20000000 /dev/zero | tr "\\0" x; echo; echo END');
    expect(result.counts.stdout.bytes).toBe(20_000_005);
    expect(result.counts.stdout.omittedBytes).toBe(20_000_005 - 8 * MIB);
    expect(result.truncated).toBe(true);
    expect(result.stdout.startsWith('xxx')).toBe(true);
    expect(result.stdout.endsWith('x\nEND\n')).toBe(true);
    expect(result.stdout).toContain('bytes omitted');
  });

  test('the limits in the result are those the engine enforces', async () => {
    const result = await run('true', { memoryBytes: '64m', cpus: 0.5, pids: 32, timeoutMs: 5000 });
    expect(result.limits).toEqual({
      memoryBytes: 64 * MIB,
      cpus: 0.5,
      pids: 32,
      timeoutMs: 5000,
      networkMode: 'none',
      readOnlyRoot: false,
      user: '',
    });
  });
});

describe('options reach the program', () => {
  test('environment, working directory and user', async () => {
    const result = await run(['sh', '-c', 'echo "$GREETING|$(pwd)|$(id -u):$(id -g)"'], {
      environment: { GREETING: 'a b\nc' },
      workingDir: '/tmp',
      user: '1234:5678',
    });
    expect(result.stdout).toBe('a b\nc|/tmp|1234:5678\n');
  });

  test('stdin is delivered whole and then closed', async () => {
    const stdin = Buffer.alloc(2 * MIB, 'abcdefg');
    const result = await run(['sh', '-c', 'wc -c; echo done'], { stdin });
    expect(result.stdout).toBe(`${stdin.length}\ndone\n`);
  });

  test('a program that does not read its stdin ends all the same', async () => {
    const result = await run(['echo', 'x'], { stdin: Buffer.alloc(5 * MIB) });
    expect(result).toMatchObject({
      status: 'exited',
      exitCode: 0,
      stdout: 'x\n',
      truncated: false,
    });
  });

  test('without stdin the program reads the end at once', async () => {
    expect((await run(['cat'])).status).toBe('exited');
  });

  test('an argument is never read by a shell', async () => {
    expect((await run(['echo', '$HOME; echo two'])).stdout).toBe('$HOME; echo two\n');
  });

  test('a string with shell syntax is', async () => {
    expect((await run('echo one && echo two | tr a-z A-Z')).stdout).toBe('one\nTWO\n');
  });

  test('an entrypoint replaces that of the image', async () => {
    expect((await run(['world'], { entrypoint: ['echo', 'hello'] })).stdout).toBe('hello world\n');
  });

  test('a tmpfs has its size, and programs in it can be executed', async () => {
    const script =
      'cp /bin/busybox /scratch/busybox && /scratch/busybox echo runs; head -c 3000000 /dev/zero > /scratch/f; echo $?';
    const result = await run(['sh', '-c', script], { tmpfs: { '/scratch': '4m' } });
    expect(result.stdout).toBe('runs\n1\n');
  });

  test('a read-only root is read-only', async () => {
    const result = await run('touch /x', { readOnly: true });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('Read-only file system');
  });
});

describe('the box around the program', () => {
  test('the engine says so', async () => {
    const { running, containerId } = await started();
    const facts = await inspect(containerId);
    await executor.stopContainer(containerId, { graceMs: 0 });
    await running;
    expect(facts['HostConfig']).toMatchObject({
      NetworkMode: 'none',
      Memory: 2048 * MIB,
      MemorySwap: 2048 * MIB,
      PidsLimit: 512,
      CapDrop: ['ALL'],
      CapAdd: [],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      AutoRemove: false,
      Init: true,
      Binds: null,
      PidMode: '',
      IpcMode: 'private',
      PublishAllPorts: false,
    });
    expect(facts['Mounts']).toEqual([]);
  });

  test('there is no network but loopback', async () => {
    const result = await run('ls /sys/class/net');
    expect(result.stdout).toBe('lo\n');
  });

  test('a fork bomb ends at the limit and leaves the engine alive', async () => {
    const result = await run(
      ['sh', '-c', 'i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; wait'],
      { pids: 16, timeoutMs: 10_000 },
    );
    expect(result.stderr).toMatch(/can't fork|Resource temporarily unavailable/i);
  });

  test('a VOLUME of the image is a sized tmpfs and leaves nothing', async () => {
    const before = await volumes();
    await using image = await testImage({ VOLUME: '/data' });
    const result = await run('df -m /data | tail -1; echo x > /data/x', {
      image: image.reference,
      pull: 'never',
    });
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/tmpfs\s+256/);
    expect(await volumes()).toEqual(before);
  });
});

/** A program that runs until it is stopped. */
async function started() {
  let running: Promise<DockerExecutionResult> | undefined;
  await new Promise<void>((resolve, reject) => {
    running = executor.executeContainer(
      { image: BUSYBOX, command: 'echo up; sleep 600', ...mine },
      { onEvent: ({ type }) => type === 'output' && resolve() },
    );
    running.then(() => reject(new Error('it ended early')), reject);
  });
  const [container] = await containers();
  return { running, containerId: container?.Id ?? '' };
}

describe('what cannot be done ends in one clear error, and nothing is left', () => {
  test.each([
    ['an empty image', { image: '' }, 'image must'],
    ['an upper-case image', { image: 'BusyBox' }, 'lower case'],
    ['an image with a scheme', { image: 'https://docker.io/busybox' }, 'scheme'],
    ['an unknown key', { cmd: 'ls' }, 'cmd is not an option of config'],
    ['an empty command', { command: [] }, 'command'],
    ['a NUL in an argument', { command: ['echo', 'a\0b'] }, 'NUL'],
    ['a relative working directory', { workingDir: 'tmp' }, 'workingDir must'],
    ['a bad variable name', { environment: { 'A-B': '1' } }, 'environment'],
    ['too little memory', { memoryBytes: '1m' }, 'memoryBytes must be a size of at least 16 MiB'],
    ['a bad unit', { memoryBytes: '1x' }, 'memoryBytes must be a size'],
    ['a timeout of 0', { timeoutMs: 0 }, 'timeoutMs must be at least 1000 ms'],
    ['a fraction of a process', { pids: 8.5 }, 'pids must be a whole number'],
    ['a label of ours', { labels: { 'io.slipway.kind': 'run' } }, "Slipway's own"],
  ])('%s', async (_name, wrong, text) => {
    const error = await errorOf('INVALID_INPUT', run(['true'], wrong));
    expect(error.message).toContain(text);
    expect(error.hint).not.toBe('');
  });

  test('a command that does not exist', async () => {
    const error = await errorOf('START_FAILED', run(['nosuchprogram']));
    expect(error.message).toBe('The container could not start: "nosuchprogram" is not found.');
    expect(error.context.exitCode).toBe(127);
  });

  test('a directory as command', async () => {
    const error = await errorOf('START_FAILED', run(['/etc']));
    expect(error.message).toContain('"/etc" is not executable');
    expect(error.context.exitCode).toBe(126);
  });

  test('a program that says the words of a failed start is not taken for one', async () => {
    const result = await run(
      'echo "[FATAL tini (7)] exec x failed: No such file or directory" >&2; echo more >&2; exit 127',
    );
    expect(result).toMatchObject({ status: 'exited', exitCode: 127 });
  });

  test('an image that no registry has', async () => {
    const before = await imageList();
    const error = await errorOf('PULL_FAILED', run(['true'], { image: 'slipway/no-such-image:1' }));
    expect(error.message).toContain('slipway/no-such-image:1');
    expect(await imageList()).toEqual(before);
  });

  test('an image that is not there and must not be pulled', async () => {
    const error = await errorOf(
      'IMAGE_NOT_FOUND',
      run(['true'], { image: 'slipway/no-such-image:1', pull: 'never' }),
    );
    expect(error.context.image).toBe('slipway/no-such-image:1');
  });

  test('more memory than the policy permits', async () => {
    const error = await errorOf('LIMIT_EXCEEDED', run(['true'], { memoryBytes: '8g' }));
    expect(error.message).toBe("Refused: memory 8 GiB is above this server's maximum of 2 GiB.");
  });

  test('host networking', async () => {
    const error = await errorOf('POLICY_DENIED', run(['true'], { networkMode: 'host' }));
    expect(error.message).toContain('network mode "host" is not permitted');
  });
});

describe('a caller can stop', () => {
  test('an abort ends the program, removes the container and rejects with the reason', async () => {
    const controller = new AbortController();
    const running = executor.executeContainer(
      { image: BUSYBOX, command: 'echo up; sleep 600', ...mine },
      {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'output') controller.abort(new Error('enough'));
        },
      },
    );
    await expect(running).rejects.toThrow('enough');
    expect(await containers()).toEqual([]);
  });

  test('an abort before the start starts nothing', async () => {
    const signal = AbortSignal.abort(new Error('never mind'));
    const config = { image: BUSYBOX, command: 'true', ...mine };
    await expect(executor.executeContainer(config, { signal })).rejects.toThrow('never mind');
  });

  test('events come in order', async () => {
    const seen: string[] = [];
    const config = { image: BUSYBOX, command: 'echo x', ...mine };
    await executor.executeContainer(config, { onEvent: (event) => seen.push(event.type) });
    expect(seen).toEqual(['running', 'output']);
  });
});

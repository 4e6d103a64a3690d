import { describe, expect, it } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import { commandLine } from './command-line.js';

describe('the command line', () => {
  it('prints its version', async () => {
    expect(await commandLine(['--version'])).toMatchObject({ exitCode: 0, stdout: '1.2.3\n' });
  });

  it('explains itself', async () => {
    const help = await commandLine(['--help']);
    expect(help.exitCode).toBe(0);
    for (const command of ['run', 'payload', 'run-repo', 'ps', 'stop', 'pull', 'mcp']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
    expect((await commandLine(['run', '--help'])).stdout).toContain('IMAGE [COMMAND...]');
  });

  it.each([
    [[], 'Usage: slipway'],
    [['fly'], "unknown command 'fly'"],
    [['run'], "missing required argument 'image'"],
    [['run', '--memry', '1g', 'busybox'], "unknown option '--memry'"],
    [['run', '--timeout', 'soon', 'busybox'], 'Expected a number'],
    [['run', '--cpus', '1e9', 'busybox'], 'Expected a number'],
    [['run', '--env', 'PATH', 'busybox'], 'Expected NAME=VALUE'],
    [['run', '--env', '=x', 'busybox'], 'Expected NAME=VALUE'],
    [['run', '--pull', 'maybe', 'busybox'], 'Allowed choices are missing, always, never'],
    [['ps', '--log-level', 'loud'], 'Allowed choices are debug'],
    [['ps', 'extra'], 'too many arguments'],
    [['stop'], "missing required argument 'container'"],
  ])('refuses %j with exit code 2 and a reason', async (args, reason) => {
    const done = await commandLine(args);
    expect(done.exitCode).toBe(2);
    expect(done.stdout).toBe('');
    expect(done.stderr).toContain(reason);
    expect(done.engines).toEqual([]);
  });
});

describe('slipway ps', () => {
  const container = {
    id: 'd'.repeat(64),
    name: 'web',
    image: 'nginx:1',
    state: 'running',
    status: 'Up 3 minutes',
    createdAt: new Date('2026-01-02T03:04:05Z'),
    ports: [{ containerPort: 80, protocol: 'tcp', hostPort: 8080, hostAddress: '127.0.0.1' }],
    managed: true,
  };
  const script = { listRunningContainers: () => Promise.resolve([container]) };

  it('prints a table', async () => {
    const { stdout, exitCode } = await commandLine(['ps'], script);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'CONTAINER ID   IMAGE     STATUS         PORTS                    NAME   SLIPWAY',
        'dddddddddddd   nginx:1   Up 3 minutes   127.0.0.1:8080->80/tcp   web    yes',
        '',
      ].join('\n'),
    );
  });

  it('prints JSON', async () => {
    const { stdout } = await commandLine(['ps', '--json'], script);
    expect(JSON.parse(stdout)).toMatchObject([{ id: 'd'.repeat(64), managed: true }]);
  });

  it('exits with 1 and says what to do when there is no engine', async () => {
    const error = new SlipwayError('ENGINE_UNREACHABLE', {
      message: 'No engine.',
      hint: 'Start one.',
      context: { tried: [] },
    });
    const done = await commandLine(['ps'], { listRunningContainers: () => Promise.reject(error) });
    expect(done).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'slipway: No engine.\n  Start one.\n',
    });
  });
});

describe('slipway stop', () => {
  it('prints what was stopped', async () => {
    const seen: unknown[] = [];
    const done = await commandLine(['stop', '--time', '0', 'web'], {
      stopContainer: (container, options) => {
        seen.push(container, options?.graceMs);
        return Promise.resolve({ containerId: 'e'.repeat(64), alreadyStopped: false });
      },
    });
    expect(seen).toEqual(['web', 0]);
    expect(done).toMatchObject({ exitCode: 0, stdout: `${'e'.repeat(64)}\n`, closed: 1 });
  });
});

describe('slipway pull', () => {
  it('prints the digest, and whether it was there already', async () => {
    const seen: unknown[] = [];
    const done = await commandLine(['pull', '--platform', 'linux/arm64', 'busybox'], {
      pullImage: (image, options) => {
        seen.push(image, options?.platform);
        return Promise.resolve({
          image,
          id: 'sha256:1',
          digest: 'busybox@sha256:2',
          sizeBytes: 1,
          alreadyUpToDate: true,
          durationMs: 1,
        });
      },
    });
    expect(seen).toEqual(['busybox', 'linux/arm64']);
    expect(done.stdout).toBe('busybox@sha256:2 (up to date)\n');
  });
});

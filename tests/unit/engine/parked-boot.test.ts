import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BOOT_COMMAND,
  isWritable,
  markerOf,
  programLine,
  READY,
} from '../../../src/engine/parked/boot.js';
import type { ContainerFile } from '../../../src/engine/ports.js';
import { specOf } from '../../support/container-spec.js';

const NONCE = '00ff';
const MARKER = markerOf(NONCE).toString();
const STARTED = `${MARKER}S;`;
const REFUSED = `${MARKER}R;`;

interface Wish {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly files?: readonly ContainerFile[];
  readonly stdin?: string;
}

interface Heard {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

let folder = '';
/** Dash or ash, and bash as images have it that are made from Fedora and others. */
const SHELLS = ['/bin/sh', '/bin/bash'].filter((one) => existsSync(one));
let shell = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-boot-'));
});
afterAll(() => rm(folder, { recursive: true }));

function lineOf({ argv, files = [], stdin, ...rest }: Wish): Buffer {
  const spec = specOf('sha256:0', {
    ...rest,
    stdin: stdin === undefined ? undefined : Buffer.from(stdin),
  });
  const line = programLine({ nonce: NONCE, plan: { argv, filesByShell: files, sealed: [] }, spec });
  if (line === undefined) throw new Error('there is no line for that');
  return line;
}

/** What the shell does with the line. */
async function run(wish: Wish): Promise<Heard> {
  const [, ...args] = BOOT_COMMAND;
  const env = { PATH: process.env['PATH'], HOME: folder };
  const child = spawn(shell, args, { env, argv0: 'sh' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
  child.stdin.end(Buffer.concat([lineOf(wish), Buffer.from(wish.stdin ?? '')]));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect(stdout.startsWith(READY)).toBe(true);
  return { stdout: stdout.slice(READY.length), stderr, code };
}

/** What the program itself wrote to its standard output. */
async function outputOf(wish: Wish): Promise<string> {
  const { stdout } = await run(wish);
  expect(stdout.startsWith(STARTED)).toBe(true);
  return stdout.slice(STARTED.length, stdout.lastIndexOf(`${MARKER}E`));
}

const HOSTILE = [
  `'; touch pwned; '`,
  '$(touch pwned) `touch pwned` $HOME ${HOME}',
  'line one\nline two\n',
  '\\n\\0\\\\ "double" \'single\'',
  '-n',
  '* ? [a] ~',
  '%s %d \\002',
  'ü 漢 🚀 \u0081\u0088',
  '',
];

describe.each(SHELLS)('the line that %s reads while it waits', (binary) => {
  beforeAll(() => {
    shell = binary;
  });

  it.each(HOSTILE)('gives the program its exact argument %j', async (argument) => {
    expect(await outputOf({ argv: ['printf', '%s|', argument, 'end'] })).toBe(
      Buffer.from(`${argument}|end|`).toString('latin1'),
    );
  });

  it.each(HOSTILE)('gives the program its exact variable %j', async (value) => {
    const script = 'printf %s "$VALUE"';
    expect(await outputOf({ argv: ['sh', '-c', script], environment: { VALUE: value } })).toBe(
      Buffer.from(value).toString('latin1'),
    );
  });

  it('gives the program no variable that it would not have without a shell', async () => {
    const environment = { A: '1' };
    const output = await outputOf({ argv: ['env'], environment, workingDir: folder });
    const names = output
      .trimEnd()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(new Set(names.filter((name) => name !== '_'))).toEqual(new Set(['A', 'HOME', 'PATH']));
  });

  it('ends with the exit code of the program, told on both streams', async () => {
    const { stdout, stderr, code } = await run({ argv: ['sh', '-c', 'echo e >&2; exit 7'] });
    expect(stdout).toMatch(/E7 (\d+|\?);$/);
    expect(stderr).toBe(`e\n${MARKER}E;`);
    expect(code).toBe(7);
  });

  it('says nothing of its own about a program that a signal ended', async () => {
    const { stdout, stderr } = await run({ argv: ['sh', '-c', 'kill -SEGV $$'] });
    expect(stdout).toMatch(/E139 /);
    expect(stderr).toBe(`${MARKER}E;`);
  });

  it.each([['exit', '3'], ['nonesuch'], ['./nonesuch'], ['/'], ['']])(
    'starts nothing that is no program: %j',
    async (...argv) => {
      const { stdout, code } = await run({ argv });
      expect(stdout).toBe(REFUSED);
      expect(code).toBe(1);
    },
  );

  it('takes the program of that name, not the builtin of the shell', async () => {
    const output = await outputOf({ argv: ['printf', '--version'] });
    expect(output).toContain('coreutils');
  });

  it('passes on the standard input, byte for byte, after its own line', async () => {
    expect(await outputOf({ argv: ['cat'], stdin: 'one\ntwo' })).toBe('one\ntwo');
  });

  it('gives a program without input nothing to read', async () => {
    expect(await outputOf({ argv: ['cat'] })).toBe('');
  });

  it('leaves a program only its three streams', async () => {
    const list = 'ls /proc/$$/fd';
    const output = await outputOf({ argv: ['sh', '-c', list] });
    const { stdout: usual } = spawnSync('sh', ['-c', list], { encoding: 'utf8' });
    expect(output).toBe(usual);
  });

  it('changes into the working folder, or starts nothing', async () => {
    expect(await outputOf({ argv: ['pwd'], workingDir: '/usr/lib' })).toBe('/usr/lib\n');
    const { stdout } = await run({ argv: ['pwd'], workingDir: `${folder}/absent` });
    expect(stdout).toBe(REFUSED);
  });

  it('gives the program the limit of CPU time of its run', async () => {
    const output = await outputOf({ argv: ['sh', '-c', 'ulimit -S -t; ulimit -H -t'] });
    expect(output).toBe('30\n35\n');
  });

  it.each(HOSTILE)('writes a file with the exact text %j', async (text) => {
    const file = path.join(
      folder,
      `deep's/${path.basename(shell)}/${HOSTILE.indexOf(text)}/a "file".txt`,
    );
    const content = Buffer.from(text);
    await outputOf({ argv: ['true'], files: [{ path: file, content, mode: 0o750 }] });
    expect(await readFile(file, 'utf8')).toBe(text);
    expect((await stat(file)).mode & 0o777).toBe(0o750);
  });

  it('starts nothing when a file is there already', async () => {
    const file = path.join(folder, `taken-${path.basename(shell)}`);
    await writeFile(file, 'old');
    const files = [{ path: file, content: Buffer.from('new'), mode: 0o644 }];
    expect((await run({ argv: ['true'], files })).stdout).toBe(REFUSED);
    expect(await readFile(file, 'utf8')).toBe('old');
  });

  it('ends by itself when nobody is there any more', async () => {
    const child = spawn(shell, BOOT_COMMAND.slice(1));
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });

  it('is not made when it would be long, or cannot say it', () => {
    const plan = { argv: ['echo', 'x'.repeat(70_000)], filesByShell: [], sealed: [] };
    const spec = specOf('sha256:0');
    expect(programLine({ nonce: NONCE, plan, spec })).toBeUndefined();
    const nul = { argv: ['echo', 'a\0b'], filesByShell: [], sealed: [] };
    expect(programLine({ nonce: NONCE, plan: nul, spec })).toBeUndefined();
  });
});

describe('isWritable', () => {
  it.each([
    ['a text', Buffer.from('ü'), 0o644, true],
    ['a NUL', Buffer.from('a\0'), 0o644, false],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), 0o644, false],
    ['a set-uid bit', Buffer.from(''), 0o4755, false],
    ['more than a line', Buffer.alloc(70_000, 'x'), 0o644, false],
  ])('says of %s whether the shell can write it', (_what, content, mode, writable) => {
    expect(isWritable({ path: '/x', content, mode })).toBe(writable);
  });
});

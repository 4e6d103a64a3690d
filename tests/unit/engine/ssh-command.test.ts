import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SshConnection } from '../../../src/engine/endpoint/types.js';
import { readReport, sshArguments, sshCommandLine } from '../../../src/engine/ssh/ssh-command.js';
import { tempFolders } from '../../support/temp-folder.js';

const HOST: SshConnection = {
  kind: 'ssh',
  user: undefined,
  host: 'build.example',
  port: undefined,
  socketPath: undefined,
};

describe('the arguments of ssh', () => {
  it('end with the host and what runs there, behind what ends the options', () => {
    const args = sshArguments(HOST, './engine.sock', '/run/docker.sock');
    expect(args.slice(-3, -1)).toEqual(['--', 'build.example']);
    expect(args[args.indexOf('-L') + 1]).toBe('./engine.sock:/run/docker.sock');
    expect(args).not.toContain('-l');
    expect(args).not.toContain('-p');
  });

  it('give user and port as words of their own', () => {
    const args = sshArguments({ ...HOST, user: 'me', port: 2222 }, './a', '/b');
    expect(args.join(' ')).toContain('-l me -p 2222 -- build.example');
  });

  it('keep a colon of the remote path out of the syntax of a forwarding', () => {
    const args = sshArguments(HOST, './a', '/run/a:b.sock');
    expect(args[args.indexOf('-L') + 1]).toBe(String.raw`./a:/run/a\:b.sock`);
  });

  it.each(['BatchMode=yes', 'ControlPath=none', 'ForwardAgent=no', 'RemoteCommand=none'])(
    'set %s',
    (option) => expect(sshArguments(HOST, './a', '/b')).toContain(option),
  );
});

describe('what runs on the host', () => {
  const temporary = tempFolders();

  /** What the host would report: the command goes through a shell there as well. */
  function report(socketPath: string | undefined, env: Readonly<Record<string, string>> = {}) {
    const command = sshArguments({ ...HOST, socketPath }, './a', '/b').at(-1) ?? '';
    const { stdout } = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      input: '',
      env: { PATH: process.env['PATH'], ...env },
    });
    return readReport(`a login script was here\n${stdout}`);
  }

  async function socketAt(path: string): Promise<AsyncDisposable> {
    const server = createServer();
    server.listen(path);
    await once(server, 'listening');
    return server;
  }

  it('reports that a socket is there', async () => {
    const path = join(await temporary(), 'engine.sock');
    await using _server = await socketAt(path);
    expect(report(path)).toEqual({ state: 'ready', path });
  });

  it('reports that a socket is missing, or is something else', async () => {
    const folder = await temporary({ 'a-file': '' });
    const path = join(folder, 'engine.sock');
    expect(report(path)).toEqual({ state: 'missing', path });
    expect(report(join(folder, 'a-file'))).toMatchObject({ state: 'missing' });
  });

  it.each([
    ['DOCKER_HOST', 'docker.sock', (path: string) => `unix://${path}`],
    ['XDG_RUNTIME_DIR', 'docker.sock', (path: string) => join(path, '..')],
    ['HOME', '.docker/run/docker.sock', (path: string) => join(path, '..', '..', '..')],
  ])('finds the socket that %s of the host leads to', async (variable, name, value) => {
    const folder = await temporary({ '.docker/run/x': '' });
    const path = join(folder, name);
    await using _server = await socketAt(path);
    // Where the host has the usual socket too, that one comes before all but DOCKER_HOST.
    expect([path, '/var/run/docker.sock']).toContain(
      report(undefined, { [variable]: value(path) })?.path,
    );
  });

  it('is one quoted word for every shell', () => {
    const command = sshArguments(HOST, './a', '/b').at(-1) ?? '';
    expect(command).toMatch(/^sh -c '[^'\\!\n]+'$/);
  });

  it('goes on after the report until its input ends', async () => {
    const command = sshArguments(HOST, './a', '/b').at(-1) ?? '';
    const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdin.write('still here');
    expect(String(await once(child.stdout, 'data'))).toBe('still here');
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });
});

describe('readReport', () => {
  it.each([
    ['nothing yet', ''],
    ['half a line', 'slipway-socket rea'],
    ['half a path', 'slipway-socket ready /run/doc'],
    ['another state', 'slipway-socket fine /run/a.sock\n'],
    ['a path that would be more than one word', 'slipway-socket ready /run/a b.sock\n'],
    ['a path that is no path', 'slipway-socket ready -oProxyCommand=x\n'],
    ['a path with shell syntax', 'slipway-socket ready /run/$(id)\n'],
    ['a path longer than that of any socket', `slipway-socket ready /${'x'.repeat(107)}\n`],
    ['the words inside of a line', 'echo slipway-socket ready /run/a.sock\n'],
  ])('takes %s for no report', (_what, output) => {
    expect(readReport(output)).toBeUndefined();
  });
});

describe('sshCommandLine', () => {
  it.each([
    [HOST, 'ssh build.example'],
    [{ ...HOST, user: 'me' }, 'ssh me@build.example'],
    [{ ...HOST, port: 2222 }, 'ssh -p 2222 build.example'],
  ])('is what a person would type', (connection, text) => {
    expect(sshCommandLine(connection)).toBe(text);
  });
});

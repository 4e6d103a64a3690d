import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createDockerExecutor, type DockerExecutor, type SlipwayError } from '../../src/index.js';
import { containersWith } from '../support/engine-containers.js';
import { containersWithLabel } from '../support/engine-view.js';
import { errorOf } from '../support/executor.js';
import { freePort } from '../support/free-port.js';
import { childrenOf, processesWith, processState } from '../support/processes.js';
import { startSlipway } from '../support/slipway-process.js';
import { SshServer, type SshServerOptions } from '../support/ssh-server.js';
import { tempFolders } from '../support/temp-folder.js';

const BUSYBOX = 'busybox:1.36';
const SOCKET = (process.env['DOCKER_HOST'] ?? '').slice('unix://'.length);

/** What is in the command line of every ssh a process starts, and in the name of its folder. */
const mark = (pid: number | undefined): string => `slipway-ssh-${pid}-`;

function leftOf(pid: number | undefined): readonly string[] {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(mark(pid)));
  return [...folders, ...processesWith(mark(pid))];
}

function nothingIsLeft(): void {
  expect(leftOf(process.pid)).toEqual([]);
}

async function noContainersWith(label: string): Promise<void> {
  expect(await containersWithLabel(label)).toEqual([]);
}

/** Makes the program `ssh` log in to that server, for the running test. */
function logInTo(server: SshServer): void {
  vi.stubEnv('PATH', `${server.bin}:${process.env['PATH']}`);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('an engine behind ssh', () => {
  const own = randomBytes(8).toString('hex');
  const mine = { labels: { 'slipway.test': own } };
  const label = `slipway.test=${own}`;
  let server: SshServer;
  let executor: DockerExecutor;
  beforeAll(async () => {
    server = await SshServer.start();
    executor = createDockerExecutor({ dockerHost: server.address(SOCKET) });
  });
  beforeEach(() => logInTo(server));
  afterAll(async () => {
    await executor.close();
    await server[Symbol.asyncDispose]();
    nothingIsLeft();
    await noContainersWith(label);
  });
  const run = (command: string | readonly string[], more: object = {}, options: object = {}) =>
    executor.executeContainer({ image: BUSYBOX, command, ...mine, ...more }, options);

  test('runs a program and brings back its result', async () => {
    const result = await run('echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(result.cleanup).toBe('removed');
  });

  test('gives input to the program, and the end of it', async () => {
    const result = await run('wc -c; echo the end', { stdin: 'x'.repeat(1024 * 1024) });
    expect(result.stdout).toBe('1048576\nthe end\n');
  });

  test('brings back 5 MB of output, byte for byte', async () => {
    const result = await run('yes 123456789 | head -c 5000000');
    expect(result.stdout).toBe('123456789\n'.repeat(500_000));
    expect(result.truncated).toBe(false);
  });

  test('takes files into the container', async () => {
    const payload = 'x'.repeat(100_000);
    const result = await executor.executeWithPayload({
      image: BUSYBOX,
      payload,
      command: 'wc -c < "$PAYLOAD_PATH"',
      ...mine,
    });
    expect(result.stdout).toBe('100000\n');
  });

  test('ends a run when the caller gives up', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onEvent = (event: { readonly type: string }): void => {
      if (event.type === 'output') controller.abort(reason);
    };
    const { signal } = controller;
    await expect(run('echo begun; sleep 600', {}, { signal, onEvent })).rejects.toBe(reason);
    expect(await containersWithLabel(label)).toEqual([]);
  });

  test('serves many runs at once with one login', async () => {
    await run('true');
    const before = await server.logins();
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => run(`echo ${i}`)));
    expect(results.map(({ stdout }) => stdout)).toEqual(results.map((_, i) => `${i}\n`));
    expect(await server.logins()).toBe(before);
    expect(childrenOf(process.pid, mark(process.pid))).toHaveLength(1);
  });

  test('is logged in to again when the connection was lost in the middle of a run', async () => {
    const before = await server.logins();
    const onEvent = (event: { readonly type: string }): void => {
      if (event.type !== 'output') return;
      // The leader of the group that ssh is in.
      for (const pid of childrenOf(process.pid, mark(process.pid))) process.kill(-pid, 'SIGKILL');
    };
    const result = await run('sleep 1; echo begun; sleep 1; exit 7', {}, { onEvent });
    expect(result).toMatchObject({ status: 'exited', exitCode: 7, stdout: 'begun\n' });
    expect(result.cleanup).toBe('removed');
    expect(await server.logins()).toBe(before + 1);
  });

  test('is found where the host says that it is, when the address has no path', async () => {
    await using elsewhere = await SshServer.start({
      config: [`SetEnv DOCKER_HOST=unix://${SOCKET}`],
    });
    logInTo(elsewhere);
    await using other = createDockerExecutor({ dockerHost: elsewhere.address() });
    const result = await other.executeContainer({ image: BUSYBOX, command: 'echo found', ...mine });
    expect(result.stdout).toBe('found\n');
  });

  test('is left, folder and processes, when the executor is closed', async () => {
    const other = createDockerExecutor({ dockerHost: server.address(SOCKET) });
    await other.listRunningContainers();
    const both = leftOf(process.pid).length;
    await other.close();
    expect(leftOf(process.pid).length).toBeLessThan(both);
    expect(await run('echo the other one works on')).toMatchObject({ success: true });
  });

  test('is left also when the executor is closed before the login is done', async () => {
    const before = leftOf(process.pid).length;
    const other = createDockerExecutor({ dockerHost: server.address(SOCKET) });
    const listing = errorOf('CLOSED', other.listRunningContainers());
    await other.close();
    await listing;
    expect(leftOf(process.pid)).toHaveLength(before);
  });

  test('is left when our process is killed, also while a program runs, and the program with it', async () => {
    const name = `slipway-test-${randomBytes(6).toString('hex')}`;
    const command = [BUSYBOX, 'sh', '-c', `sleep 60; echo ${name}`];
    await using killed = startSlipway(['run', '--docker-host', server.address(SOCKET), ...command]);
    const { pid } = killed.child;
    const started = async (): Promise<boolean> =>
      (await containersWith(name, 'running')).length > 0;
    await vi.waitUntil(started, { timeout: 20_000 });
    expect(leftOf(pid)).not.toEqual([]);
    const [guardian = 0] = childrenOf(pid ?? 0, 'guardian-process.js');
    const before = await server.logins();
    killed.child.kill('SIGKILL');
    await vi.waitUntil(() => leftOf(pid).length === 0, { timeout: 2000 });
    // Its guardian logs in by itself, and is left as well when it is done.
    await vi.waitUntil(async () => (await containersWith(name)).length === 0, { timeout: 10_000 });
    await vi.waitUntil(() => processState(guardian) !== 'running', { timeout: 5000 });
    expect(leftOf(guardian)).toEqual([]);
    expect(await server.logins()).toBe(before + 1);
  });
});

describe('an engine behind ssh that cannot be reached', () => {
  const temporary = tempFolders();
  let server: SshServer;
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    nothingIsLeft();
  });

  async function serve(options?: SshServerOptions): Promise<SshServer> {
    server = await SshServer.start(options);
    logInTo(server);
    return server;
  }

  async function failure(dockerHost: string): Promise<SlipwayError<'ENGINE_UNREACHABLE'>> {
    await using executor = createDockerExecutor({ dockerHost });
    return await errorOf('ENGINE_UNREACHABLE', executor.listRunningContainers());
  }

  const outcomeOf = (error: SlipwayError<'ENGINE_UNREACHABLE'>): string | undefined =>
    error.context.tried[0]?.outcome;

  test('a host that was never seen', async () => {
    const { port } = await serve();
    await server.replace('known_hosts', '');
    const error = await failure(server.address(SOCKET));
    expect(outcomeOf(error)).toBe('the host key is not known');
    expect(error.message).toContain(server.address(SOCKET));
    expect(error.hint).toContain(`"ssh -p ${port} `);
    expect(await server.logins()).toBe(0);
  });

  test('a host with another key than before', async () => {
    const { port } = await serve();
    await server.replace('known_hosts', server.otherHostKey());
    const error = await failure(server.address(SOCKET));
    expect(outcomeOf(error)).toBe('the host key is not the one that is known');
    expect(error.hint).toContain(`ssh-keygen -R '[127.0.0.1]:${port}'`);
  });

  test('a key that the host does not accept', async () => {
    await serve();
    await server.replace('authorized_keys', '');
    const error = await failure(server.address(SOCKET));
    expect(outcomeOf(error)).toBe('the login was refused');
    expect(error.hint).toContain('SSH_AUTH_SOCK');
  });

  test('no engine on the host', async () => {
    await serve();
    const error = await failure(server.address('/nonexistent/docker.sock'));
    expect(outcomeOf(error)).toBe("no engine's socket at /nonexistent/docker.sock there");
    expect(error.hint).toContain('Start the engine on the host.');
  });

  test('an engine that has ended and left its socket', async () => {
    await serve();
    const error = await failure(server.address(await deadSocket(await temporary())));
    expect(outcomeOf(error)).toContain('nothing is listening on');
    expect(error.hint).toContain('Start the engine on the host.');
  });

  test('a host that forbids forwarding', async () => {
    await serve({ config: ['AllowStreamLocalForwarding no'] });
    const error = await failure(server.address(SOCKET));
    expect(outcomeOf(error)).toContain('or the ssh server forbids forwarding');
    expect(error.hint).toContain('AllowStreamLocalForwarding');
  });

  test('an account that may only run a program of its own', async () => {
    await serve({ config: ['ForceCommand echo this account is restricted >&2'] });
    const error = await failure(server.address(SOCKET));
    expect(outcomeOf(error)).toBe('ssh failed (this account is restricted)');
  });

  test('no ssh server on the port', async () => {
    await serve();
    const error = await failure(server.address(SOCKET, await freePort()));
    expect(outcomeOf(error)).toBe('no ssh server is listening there');
  });

  test('a server that is no ssh server', async () => {
    await serve();
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = z.object({ port: z.number() }).parse(web.address());
    const error = await failure(`ssh://127.0.0.1:${port}${SOCKET}`);
    web.close();
    expect(outcomeOf(error)).toBe('the connection was closed before the login');
  });

  test('a name that no host has', async () => {
    await serve();
    const error = await failure(`ssh://nobody@slipway.invalid${SOCKET}`);
    expect(outcomeOf(error)).toBe('no such host name');
  });

  test('a configuration of ssh that is not valid', async () => {
    await serve();
    await server.replace('ssh_config', 'NoSuchOption yes\n');
    const error = await failure(server.address(SOCKET));
    expect(outcomeOf(error)).toBe('the ssh configuration is not valid');
  });

  test('is asked again by the next call', async () => {
    await serve();
    const known = await server.file('known_hosts');
    await server.replace('known_hosts', '');
    await using executor = createDockerExecutor({ dockerHost: server.address(SOCKET) });
    await errorOf('ENGINE_UNREACHABLE', executor.listRunningContainers());
    await server.replace('known_hosts', known);
    expect(await executor.listRunningContainers()).toEqual(expect.any(Array));
  });
});

/** A socket whose server was killed. */
async function deadSocket(folder: string): Promise<string> {
  const path = join(folder, 'docker.sock');
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', program]), 'exit');
  return path;
}

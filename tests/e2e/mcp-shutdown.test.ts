import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { containersWith } from '../support/engine-containers.js';
import {
  serveRepository,
  type ServedRepository,
  type ServeOptions,
} from '../support/git-server.js';
import { processesWith } from '../support/processes.js';
import { callWithProgress, progressSaying, readyServers } from '../support/ready-server.js';
import {
  NO_ENGINE,
  type ServerProcess,
  startServer,
  startSlipway,
} from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const ready = readyServers();
const tempFolder = tempFolders();

/** A client waits this long between closing our input and a signal. */
const PATIENCE_MS = 2000;

const ENDINGS: readonly (readonly [string, (server: ServerProcess) => void])[] = [
  ['the input ends', ({ child }) => child.stdin.end()],
  [
    'nobody reads the output any more',
    ({ child, peer }) => {
      child.stdout.destroy();
      peer.send({ id: 'unheard', method: 'ping' });
    },
  ],
  ['SIGTERM', ({ child }) => child.kill('SIGTERM')],
  ['SIGINT', ({ child }) => child.kill('SIGINT')],
  ['SIGHUP', ({ child }) => child.kill('SIGHUP')],
  ['a message is too large', ({ child }) => child.stdin.write('x'.repeat(11 * 1024 * 1024))],
  [
    'the input ends in the middle of a message, after one that is none',
    ({ child }) => child.stdin.end('not a message\n{"jsonrpc":"2.0","id":9,"method":"to'),
  ],
];

describe.each(ENDINGS)('when %s', (_when, end) => {
  test('an idle server exits in time', async () => {
    await using server = startServer(NO_ENGINE);
    await server.peer.initialize();
    const began = performance.now();
    end(server);
    const { code, at } = await server.exited;
    expect(code).toBe(0);
    expect(at - began).toBeLessThan(PATIENCE_MS);
  });

  test('a server with a running container removes it and exits in time', async () => {
    const mark = randomBytes(8).toString('hex');
    await using server = startServer();
    await server.peer.initialize();
    const args = { image: 'busybox:1.36', command: ['sh', '-c', `echo ${mark}; sleep 600`] };
    server.peer.send(callWithProgress(1, 'execute_docker_container', args));
    await server.peer.next(progressSaying(/of output/));
    expect(await containersWith(mark)).toHaveLength(1);
    const began = performance.now();
    end(server);
    const { code, at } = await server.exited;
    expect(code).toBe(0);
    expect(at - began).toBeLessThan(PATIENCE_MS);
    expect(await containersWith(mark)).toEqual([]);
  });
});

test('git and the build end with the session too', async () => {
  const mark = randomBytes(8).toString('hex');
  const fault = { kind: 'stall', afterBytes: 100_000 } as const;
  const stalled = await serve({ files: { a: randomBytes(300_000) }, fault });
  const slow = await serve({
    files: { Dockerfile: `FROM busybox:1.36\nRUN sleep 600; : ${mark}\n` },
  });
  await using server = await ready({ repositories: { hosts: [stalled.origin, slow.origin] } });
  for (const { url } of [stalled, slow]) {
    server.peer.send(callWithProgress(url, 'build_and_execute_github_repo', { repo_url: url }));
  }
  await stalled.faultReached;
  await expect.poll(() => processesWith(mark), { timeout: 30_000 }).not.toEqual([]);
  expect(processesWith(stalled.url)).not.toEqual([]);
  const began = performance.now();
  server.child.stdin.end();
  const { at } = await server.exited;
  expect(at - began).toBeLessThan(PATIENCE_MS);
  const rest = () => [...processesWith(stalled.url), ...processesWith(mark)];
  await expect.poll(rest, { timeout: PATIENCE_MS }).toEqual([]);
});

test('a client that reads nothing, and keeps its end open, holds nothing up', async () => {
  await using server = startSlipway(['mcp', ...NO_ENGINE, '--log-level', 'debug']);
  const clientInfo = { name: 'deaf-client', version: '1' };
  const opening = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const lists = Array.from({ length: 200 }, (_, id) => ({ id, method: 'tools/list' }));
  const call = { name: 'list_running_containers', arguments: {} };
  const messages = [
    { id: 'first', method: 'initialize', params: opening },
    ...lists,
    { id: 'last', method: 'tools/call', params: call },
  ];
  for (const message of messages) {
    server.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
  // Answers go out in turn: by now those to the lists, megabytes of them, are on their way.
  await expect.poll(() => server.stderr(), { timeout: 30_000 }).toContain('tool.called');
  const began = performance.now();
  server.child.stdin.end();
  const { code, at } = await server.exited;
  expect(code).toBe(0);
  expect(at - began).toBeLessThan(PATIENCE_MS);
});

test('an engine that does not answer holds nothing up', async () => {
  const folder = await tempFolder();
  const engine = createServer();
  onTestFinished(() => void engine.close());
  const asked = once(engine, 'connection');
  engine.listen(join(folder, 'engine.sock'));
  await once(engine, 'listening');
  await using server = startServer(['--docker-host', `unix://${folder}/engine.sock`]);
  await server.peer.initialize();
  server.peer.send(callWithProgress(1, 'list_running_containers', {}));
  await asked;
  const began = performance.now();
  server.child.stdin.end();
  const { at } = await server.exited;
  expect(at - began).toBeLessThan(PATIENCE_MS);
});

describe('standard output carries nothing but protocol lines', () => {
  const toolsets = ['--toolsets', 'inspect,jobs,builder', '--log-level', 'debug'];

  test.each([
    ['without an engine', [...NO_ENGINE, ...toolsets]],
    ['on an engine', toolsets],
  ])('whatever is called %s', async (_where, switches) => {
    await using server = startServer(switches);
    await server.peer.initialize();
    const { result } = await server.peer.request('list', 'tools/list');
    const names = toolNames.parse(result).tools.map((tool) => tool.name);
    expect(names.length).toBeGreaterThan(6);
    for (const [index, name] of names.entries()) {
      const args = ARGUMENTS[name] ?? {};
      await server.peer.request(index, 'tools/call', { name, arguments: args });
    }
    server.child.stdin.end('not a message\n');
    await server.exited;
    expect(server.peer.strayLines).toEqual([]);
    expect(server.peer.messages).toHaveLength(names.length + 2);
    expect(server.stderr()).toContain('mcp.started');
  });

  test('whatever a dependency prints', async () => {
    const noise =
      "process.on('SIGUSR2', () => { process.stdout.write('a\\n'); console.log('b'); })";
    vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(noise)}`);
    await using server = startServer(NO_ENGINE);
    await server.peer.initialize();
    server.child.kill('SIGUSR2');
    await expect
      .poll(() => server.stderr().split('\n'))
      .toEqual(expect.arrayContaining(['a', 'b']));
    await server.peer.request(1, 'ping');
    expect(server.peer.strayLines).toEqual([]);
  });
});

const toolNames = z.object({ tools: z.array(z.object({ name: z.string() })) });

/** Those that do something; for the others it is what they say about missing ones. */
const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  execute_docker_container: { image: 'busybox:1.36', command: ['seq', '1', '10000'] },
  execute_with_payload: { image: 'busybox:1.36', payload: 'x', command: 'cat $PAYLOAD_PATH' },
  pull_docker_image: { image: 'busybox:1.36' },
  stop_container: { container_id: 'no-such-container' },
};

async function serve(options: ServeOptions): Promise<ServedRepository> {
  const git = await serveRepository(options);
  onTestFinished(() => git.close());
  return git;
}

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { containersWith } from '../support/engine-containers.js';
import { NO_ENGINE, type ServerProcess, startServer } from '../support/slipway-process.js';

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
    const params = {
      name: 'execute_docker_container',
      arguments: args,
      _meta: { progressToken: 1 },
    };
    server.peer.send({ id: 1, method: 'tools/call', params });
    await server.peer.next(({ params: progress }) =>
      String(progress?.['message']).includes('of output'),
    );
    expect(await containersWith(mark)).toHaveLength(1);
    const began = performance.now();
    end(server);
    const { code, at } = await server.exited;
    expect(code).toBe(0);
    expect(at - began).toBeLessThan(PATIENCE_MS);
    expect(await containersWith(mark)).toEqual([]);
  });
});

describe('standard output', () => {
  test('carries nothing but protocol lines, whatever is called', async () => {
    await using server = startServer([...NO_ENGINE, '--log-level', 'debug']);
    await server.peer.initialize();
    const { result } = await server.peer.request('list', 'tools/list');
    for (const tool of Array.isArray(result?.['tools']) ? result['tools'] : []) {
      const name: unknown = Reflect.get(Object(tool), 'name');
      await server.peer.request(`call ${String(name)}`, 'tools/call', { name, arguments: {} });
    }
    server.child.stdin.write('not a message\n');
    server.child.stdin.end();
    await server.exited;
    expect(server.peer.strayLines).toEqual([]);
    expect(server.peer.messages).toHaveLength(8);
    expect(server.stderr()).toContain('mcp.started');
  });
});

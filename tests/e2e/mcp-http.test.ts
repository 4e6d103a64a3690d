import { randomBytes } from 'node:crypto';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { containersWith } from '../support/engine-containers.js';
import { NO_ENGINE, type SlipwayProcess, startSlipway } from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const TOKEN = randomBytes(32).toString('hex');
const RUN = 'execute_docker_container';

/** A client, or a signal, waits this long for the end. */
const PATIENCE_MS = 2000;

const tempFolder = tempFolders();

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Where a started server says that it serves. */
async function urlOf(server: SlipwayProcess): Promise<string> {
  return vi.waitFor(() => {
    const url = /serving MCP at (http:\S+\/mcp);/.exec(server.stderr())?.[1];
    if (url === undefined) throw new Error(`no address in: ${server.stderr()}`);
    return url;
  }, 10_000);
}

/** Without waiting containers: a container is found by the command it was made with. */
function startHttp(args: readonly string[] = []): SlipwayProcess {
  vi.stubEnv('SLIPWAY_HTTP_TOKEN', TOKEN);
  return startSlipway(['mcp', '--http', '127.0.0.1:0', '--no-warm', ...args]);
}

async function connect(url: string, mode: 'legacy' | 'auto', token = TOKEN): Promise<ClientV2> {
  const client = new ClientV2(
    { name: 'slipway-test', version: '1.0.0' },
    { versionNegotiation: { mode } },
  );
  onTestFinished(() => client.close());
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new HttpV2(new URL(url), { requestInit }));
  return client;
}

/** A call that runs until it is ended; resolves when its container runs. */
async function startRun(client: ClientV2, mark: string, signal?: AbortSignal): Promise<void> {
  const command = ['sh', '-c', `echo ${mark}; sleep 600`];
  const params = { name: RUN, arguments: { image: 'busybox:1.36', command } };
  await new Promise<void>((resolve) => {
    const onprogress = ({ message }: { message?: string | undefined }): void => {
      if (message?.includes('of output') === true) resolve();
    };
    const options = { onprogress, timeout: 600_000, ...(signal === undefined ? {} : { signal }) };
    client.callTool(params, options).catch(() => undefined);
  });
  expect(await containersWith(mark)).toHaveLength(1);
}

const noneLeft = (mark: string): Promise<void> =>
  vi.waitFor(async () => {
    expect(await containersWith(mark)).toEqual([]);
  }, PATIENCE_MS);

describe.each([
  ['a client of 2025-11-25', 'legacy'],
  ['a client of 2026-07-28', 'auto'],
] as const)('over HTTP, %s', (_name, mode) => {
  test('lists the tools, runs, and leaves nothing when it cancels or goes away', async () => {
    await using server = startHttp();
    const url = await urlOf(server);
    const client = await connect(url, mode);
    expect((await client.listTools()).tools).toHaveLength(6);
    const params = { name: RUN, arguments: { image: 'busybox:1.36', command: 'echo hello' } };
    const { structuredContent } = await client.callTool(params);
    expect(structuredContent).toMatchObject({ success: true, stdout: 'hello\n' });

    const cancelled = randomBytes(8).toString('hex');
    const cancelling = new AbortController();
    await startRun(client, cancelled, cancelling.signal);
    cancelling.abort(new Error('enough'));
    await noneLeft(cancelled);

    const left = randomBytes(8).toString('hex');
    await startRun(client, left);
    await client.close();
    await noneLeft(left);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'with a run under way does not keep the server from ending at %s',
    async (signal) => {
      const mark = randomBytes(8).toString('hex');
      await using server = startHttp();
      await startRun(await connect(await urlOf(server), mode), mark);
      const began = performance.now();
      server.child.kill(signal);
      const { code, at } = await server.exited;
      expect(code).toBe(0);
      expect(at - began).toBeLessThan(PATIENCE_MS);
      expect(await containersWith(mark)).toEqual([]);
    },
  );
});

describe('slipway mcp --http', () => {
  test('takes no standard input, and writes nothing to standard output', async () => {
    await using server = startHttp(NO_ENGINE);
    let stdout = '';
    server.child.stdout.on('data', (text: unknown) => {
      stdout += String(text);
    });
    const url = await urlOf(server);
    server.child.stdin.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    const client = await connect(url, 'auto');
    expect((await client.listTools()).tools).toHaveLength(6);
    server.child.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(stdout).toBe('');
  });

  test('without a token in a variable keeps one of its own and says where', async () => {
    const folder = await tempFolder();
    vi.stubEnv('XDG_STATE_HOME', folder);
    vi.stubEnv('SLIPWAY_HTTP_TOKEN', undefined);
    await using server = startSlipway(['mcp', '--http', '0', ...NO_ENGINE]);
    const url = await urlOf(server);
    const file = /the bearer token is in (\S+)\n/.exec(server.stderr())?.[1];
    expect(file).toBe(`${folder}/slipway/http-token`);
    const { keptToken } = await import('../../src/mcp/http/kept-token.js');
    const { token } = await keptToken(`${folder}/slipway`);
    const client = await connect(url, 'legacy', token);
    expect((await client.listTools()).tools).toHaveLength(6);
    expect(server.stderr()).not.toContain(token);
  });

  test.each([
    [['--http', '127.0.0.1:0'], 'short', 'in the variable SLIPWAY_HTTP_TOKEN must be 32 to'],
    [['--http', '0.0.0.0:0'], TOKEN, 'must be a loopback address unless the names'],
    [['--http', '192.0.2.7:0', '--allowed-hosts', 'mcp.example'], TOKEN, 'cannot listen'],
  ])(
    '%j refuses to start and says what to do, without the token in it',
    async (args, token, line) => {
      vi.stubEnv('SLIPWAY_HTTP_TOKEN', token);
      await using server = startSlipway(['mcp', ...args, ...NO_ENGINE]);
      expect((await server.exited).code).toBe(2);
      expect(server.stderr()).toMatch(/^slipway: .+\n$/);
      expect(server.stderr()).toContain(line);
      expect(server.stderr()).not.toContain(token);
    },
  );
});

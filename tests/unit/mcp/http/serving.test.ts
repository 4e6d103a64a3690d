import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../../support/failure.js';
import { runResultOf } from '../../../support/scripted-executor.js';
import {
  endlessRun,
  initialize,
  OpenStream,
  openSession,
  POST_HEADERS,
  rpc,
  RUN_PARAMS,
  send,
  serve,
  TOKEN,
} from './serving.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A bare connection, and all that came on it once the server closes it. */
async function open(port: number): Promise<{ socket: Socket; received: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const received = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(text));
  });
  return { socket, received };
}

const HEAD = [
  'POST /mcp HTTP/1.1',
  'Host: localhost',
  ...Object.entries(POST_HEADERS).map(([name, value]) => `${name}: ${value}`),
  '',
].join('\r\n');

describe('a server', () => {
  it.each([
    [''],
    ['short'],
    ['x'.repeat(31)],
    ['x'.repeat(513)],
    ['with a space in its thirty-two characters'],
    ['with-ünicode-in-its-thirty-two-characters'],
    [`${'x'.repeat(40)}\n`],
  ])('does not start with the token %j, and does not repeat it', async (token) => {
    const error = await failureOf(serve({}, { token }));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain(`got "${token.length} characters"`);
    expect(`${error.message} ${error.hint}`).not.toContain(token || TOKEN);
  });

  it('says which characters a token may have, and takes those', async () => {
    const error = await failureOf(serve({}, { token: 'short' }));
    expect(error.context).toMatchObject({
      rule: 'must be 32 to 512 characters of A-Z a-z 0-9 - . _ ~ + /, then at most two =',
    });
    const token = `${'AZaz09-._~+/'.repeat(3)}==`;
    const { port } = await serve({}, { token });
    const headers = { authorization: `Bearer ${token}` };
    expect((await send(port, { headers, body: initialize() })).status).toBe(200);
  });

  it.each(['0.0.0.0', '::', '192.0.2.7', 'mcp.example.com', '10.0.0.1', ''])(
    'does not listen on "%s" unless a name is permitted',
    async (host) => {
      const error = await failureOf(serve({}, { host }));
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
      expect(error.hint).toContain('--allowed-hosts');
    },
  );

  it('listens for others when a name is permitted', async () => {
    const { port } = await serve({}, { host: '0.0.0.0', allowedHosts: ['mcp.example.com'] });
    const ask = async (host: string): Promise<number> =>
      (await send(port, { headers: { host }, body: initialize() })).status;
    expect([await ask('mcp.example.com'), await ask('0.0.0.0')]).toEqual([200, 403]);
  });

  it.each(['https://mcp.example.com', 'mcp.example.com:8931', 'a b', '*', '', '*.example.com'])(
    'does not start with the permitted name "%s"',
    async (name) => {
      const error = await failureOf(serve({}, { allowedHosts: [name] }));
      expect(error).toMatchObject({
        code: 'INVALID_INPUT',
        context: { value: JSON.stringify(name) },
      });
    },
  );

  it('says that its port is taken', async () => {
    const { port } = await serve();
    const error = await failureOf(serve({}, { port }));
    expect(error.message).toMatch(new RegExp(`listen on "127.0.0.1:${port}".*EADDRINUSE`));
  });

  it.each([
    ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+\/mcp$/],
    ['localhost', /^http:\/\/localhost:\d+\/mcp$/],
  ])('on %s tells its address, which it answers at', async (host, url) => {
    const serving = await serve({}, { host });
    expect(serving.url).toMatch(url);
    const headers = POST_HEADERS;
    const body = JSON.stringify(initialize());
    expect((await fetch(serving.url, { method: 'POST', headers, body })).status).toBe(200);
  });
});

describe('a client', () => {
  it('that does not finish its headers is cut off', async () => {
    const { port } = await serve({}, { limits: { headersMs: 50, timeoutCheckMs: 10 } });
    const { socket, received } = await open(port);
    socket.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    expect(await received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that sends nothing at all is cut off', async () => {
    const { port } = await serve({}, { limits: { headersMs: 50, timeoutCheckMs: 10 } });
    const { received } = await open(port);
    expect(await received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that does not finish its body is cut off', async () => {
    const limits = { headersMs: 50, requestMs: 60, timeoutCheckMs: 10 };
    const { port } = await serve({}, { limits });
    const { socket, received } = await open(port);
    socket.write(`${HEAD}Content-Length: 100\r\n\r\n{"jsonrpc":`);
    expect(await received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that sends headers without end is cut off', async () => {
    const { port } = await serve();
    const { socket, received } = await open(port);
    socket.write(`${HEAD}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await received).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('that opens too many connections gets no more of them', async () => {
    const { port } = await serve({}, { limits: { connections: 2 } });
    const [, , third] = [await open(port), await open(port), await open(port)];
    expect(await third.received).toBe('');
  });

  it('that does not read its answers is cut off, and lets go of its session', async () => {
    const stdout = 'x'.repeat(1_000_000);
    const executeContainer = () => Promise.resolve(runResultOf({ stdout }));
    const limits = { stalledMs: 200, sessions: 1 };
    const { port } = await serve({ executeContainer }, { limits });
    const id = await openSession(port, '2025-03-26');
    const headers = { 'mcp-session-id': id };
    const run = await send(port, { headers, body: rpc('tools/call', RUN_PARAMS) });
    const uri = /slipway:[^"\\]+/.exec(run.body)?.[0];
    // Together more than the buffers of a connection take.
    const reads = Array.from({ length: 40 }, (_, at) => rpc('resources/read', { uri }, at));
    const body = JSON.stringify(reads);
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(`${HEAD}Mcp-Session-Id: ${id}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await once(socket, 'readable');
    expect((await send(port, { body: initialize() })).status).toBe(503);
    await vi.waitFor(async () => {
      expect((await send(port, { body: initialize() })).status).toBe(200);
    }, 5000);
  });
});

describe('the end', () => {
  it('ends runs and streams, closes what they use, and frees the port', async () => {
    const { script, began, count } = endlessRun();
    const closed: string[] = [];
    const serving = await serve({
      ...script,
      close: () => {
        closed.push('executor');
        return Promise.resolve();
      },
    });
    const { port } = serving;
    const id = await openSession(port);
    const call = new OpenStream(port, id, rpc('tools/call', RUN_PARAMS));
    const stream = new OpenStream(port, id);
    await Promise.all([began, stream.answered]);
    const from = performance.now();
    serving.shutdown('SIGTERM');
    expect(await serving.closed).toEqual({ reason: 'SIGTERM', clean: true });
    expect(performance.now() - from).toBeLessThan(1000);
    expect([count(), closed]).toEqual([0, ['executor']]);
    expect(await Promise.all([call.ended, stream.ended])).toEqual(['ended', 'ended']);
    expect([call.text, stream.text]).toEqual(['', '']);
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for clients that say nothing, or not all', async () => {
    const serving = await serve();
    const { received } = await open(serving.port);
    const half = await open(serving.port);
    half.socket.write(`${HEAD}Content-Length: 100\r\n\r\n{"jsonrpc":`);
    await send(serving.port, { body: initialize() });
    serving.shutdown('SIGTERM');
    expect(await serving.closed).toEqual({ reason: 'SIGTERM', clean: true });
    expect(await Promise.all([received, half.received])).toEqual(['', '']);
  });

  it('refuses a request that comes to its end in the meantime', async () => {
    const serving = await serve();
    const body = JSON.stringify(initialize());
    const { socket, received } = await open(serving.port);
    socket.write(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    await send(serving.port, { body: initialize() });
    serving.shutdown('SIGTERM');
    socket.write(body.slice(10));
    expect(await received).toMatch(/^HTTP\/1\.1 503 [^]*The server is ending/);
  });

  it('does not wait longer than 1.5 s for an engine that does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const serving = await serve({ close: () => new Promise(() => undefined) });
    serving.shutdown('SIGTERM');
    await vi.advanceTimersByTimeAsync(1500);
    expect(await serving.closed).toEqual({ reason: 'SIGTERM', clean: false });
  });

  it('is told to the log, and so is nothing secret', async () => {
    const serving = await serve();
    serving.shutdown('SIGTERM');
    await serving.closed;
    expect(serving.logged.at(-1)).toContain('mcp.closed');
    expect(serving.logged.join('')).not.toContain(TOKEN);
  });
});

import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HTTP_LIMITS } from '../../../../src/mcp/http/http-limits.js';
import { initialize, openSession, rpc, send, serve, TOKEN } from './serving.js';

const refused = (status: number, message: unknown) => ({
  status,
  message: { jsonrpc: '2.0', error: { message }, id: null },
});

async function firstLine(socket: Socket): Promise<string | undefined> {
  for await (const line of createInterface(socket)) return line;
  return undefined;
}

describe('the token', () => {
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another scheme', `Basic ${TOKEN}`],
    ['without its scheme', TOKEN],
    ['wrong', `Bearer ${'x'.repeat(TOKEN.length)}`],
    ['too short by one', `Bearer ${TOKEN.slice(0, -1)}`],
    ['too long by one', `Bearer ${TOKEN}x`],
    ['in another case', `Bearer ${TOKEN.toUpperCase()}`],
    ['twice', `Bearer ${TOKEN} ${TOKEN}`],
  ])('is asked for when it is %s', async (_what, authorization) => {
    const { port } = await serve();
    const answer = await send(port, { headers: { authorization }, body: initialize() });
    expect(answer).toMatchObject(refused(401, expect.stringContaining('bearer token')));
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="slipway"/);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
  });

  it('is not taken from the address', async () => {
    const { port } = await serve();
    const path = `/mcp?token=${TOKEN}&access_token=${TOKEN}`;
    const headers = { authorization: undefined };
    expect((await send(port, { path, headers, body: initialize() })).status).toBe(401);
  });

  it.each(['POST', 'GET', 'DELETE'])('is asked for by %s', async (method) => {
    const { port } = await serve();
    const session = await openSession(port);
    const headers = { authorization: undefined, 'mcp-session-id': session };
    expect((await send(port, { method, headers })).status).toBe(401);
  });

  it('is taken whatever the case of its scheme', async () => {
    const { port } = await serve();
    const headers = { authorization: `bEARER ${TOKEN}` };
    expect((await send(port, { headers, body: initialize() })).status).toBe(200);
  });

  it('is in no answer and no logged event', async () => {
    const { port, logged } = await serve();
    const answers = await Promise.all([
      send(port, { headers: { authorization: `Basic ${TOKEN}` }, body: initialize() }),
      send(port, { headers: { host: 'evil.example' }, body: initialize() }),
      send(port, { body: '{' }),
      send(port, { body: initialize() }),
    ]);
    expect(logged.length).toBeGreaterThan(2);
    for (const text of [...answers.map((answer) => JSON.stringify(answer)), ...logged]) {
      expect(text).not.toContain(TOKEN);
    }
  });
});

describe('the names of a request', () => {
  it.each([
    ['evil.example'],
    ['evil.example:80'],
    ['localhost.evil.example'],
    ['127.0.0.1.evil.example'],
    ['evil@localhost'],
    ['localhost:80@evil.example'],
    ['localhost:123456'],
    ['localhost.'],
    ['0.0.0.0'],
    ['[::]'],
    ['2130706433'],
    ['127.1'],
  ])('are refused when Host is "%s"', async (host) => {
    const { port } = await serve();
    const answer = await send(port, { headers: { host }, body: initialize() });
    expect(answer).toMatchObject(refused(403, expect.stringContaining('Host')));
  });

  it.each([
    ['https://evil.example'],
    ['http://evil.example:80'],
    ['http://localhost.evil.example'],
    ['http://evil@localhost'],
    ['http://localhost@evil.example'],
    ['http://localhost/page'],
    ['null'],
    ['file://'],
    ['chrome-extension://localhost'],
    [''],
  ])('are refused when Origin is "%s"', async (origin) => {
    const { port } = await serve();
    const answer = await send(port, { headers: { origin }, body: initialize() });
    expect(answer).toMatchObject(refused(403, expect.stringContaining('Origin')));
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:65535', '[::1]', '[::1]:80'])(
    'are taken when Host is "%s", whatever the port of a tunnel',
    async (host) => {
      const { port } = await serve();
      const answer = await send(port, { headers: { host }, body: initialize() });
      expect(answer.status).toBe(200);
    },
  );

  it('may be those the operator permits, and no others', async () => {
    const { port } = await serve({}, { allowedHosts: ['MCP.example.com', '[2001:DB8::7]'] });
    const ask = async (host: string, origin?: string): Promise<number> =>
      (await send(port, { headers: { host, origin }, body: initialize() })).status;
    expect(await ask('mcp.example.com')).toBe(200);
    expect(await ask('mcp.example.com:8443', 'https://mcp.example.com:8443')).toBe(200);
    expect(await ask('[2001:db8::7]:8931', 'http://[2001:db8::7]:8931')).toBe(200);
    expect(await ask('www.example.com')).toBe(403);
    expect(await ask('mcp.example.com', 'https://www.example.com')).toBe(403);
  });

  it.each([
    ['no Host', ''],
    ['two', 'Host: localhost\r\nHost: evil.example\r\n'],
  ])('are refused when there is %s', async (_what, lines) => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(`GET /mcp HTTP/1.0\r\n${lines}Authorization: Bearer ${TOKEN}\r\n\r\n`);
    expect(await firstLine(socket)).toBe('HTTP/1.1 403 Forbidden');
  });

  it('are looked at before the token', async () => {
    const { port } = await serve();
    const headers = { host: 'evil.example', authorization: undefined };
    expect((await send(port, { headers, body: initialize() })).status).toBe(403);
  });
});

describe('a page in a browser', () => {
  const origin = 'http://localhost:6274';

  it('of this machine may ask before it sends the token, and read the answer', async () => {
    const { port } = await serve();
    const preflight = await send(port, {
      method: 'OPTIONS',
      headers: { origin, authorization: undefined, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      vary: 'Origin',
    });
    expect(preflight.headers['access-control-allow-headers']).toContain('authorization');
    const answer = await send(port, { headers: { origin }, body: initialize() });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['access-control-expose-headers']).toContain('mcp-session-id');
  });

  it.each([
    [405, 'without an Origin', '/mcp', undefined],
    [404, 'to another path', '/', origin],
    [404, 'to another path, without an Origin', '/other', undefined],
  ])('is answered %i when it asks %s', async (status, _how, path, from) => {
    const { port } = await serve();
    const headers = { origin: from, 'access-control-request-method': 'POST' };
    expect((await send(port, { method: 'OPTIONS', path, headers })).status).toBe(status);
  });

  it('of anywhere else is told nothing', async () => {
    const { port } = await serve();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const preflight = await send(port, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(403);
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-'))).toEqual([]);
  });
});

describe('a request', () => {
  it.each(['/', '/mcp/', '/mcpx', '//mcp', '/sse', 'http://evil.example/mcp', '*'])(
    'for %s is not found',
    async (path) => {
      const { port } = await serve();
      expect((await send(port, { path, body: initialize() })).status).toBe(404);
    },
  );

  it.each(['PUT', 'PATCH', 'HEAD', 'TRACE', 'PROPFIND'])('with %s is refused', async (method) => {
    const { port } = await serve();
    const answer = await send(port, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('POST, GET, DELETE');
  });

  it.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': undefined }],
    [{ 'content-encoding': 'gzip' }],
  ])('whose body is declared as %j is refused', async (headers) => {
    const { port } = await serve();
    expect((await send(port, { headers, body: initialize() })).status).toBe(415);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"jsonrpc":'],
    ['two messages', '{} {}'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nested deeper than any message', '['.repeat(65) + ']'.repeat(65)],
    ['nested so deep that parsers fall', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ])('whose body is %s is a parse error', async (_what, body) => {
    const { port } = await serve();
    const answer = await send(port, { body });
    expect(answer).toMatchObject({ status: 400, message: { error: { code: -32_700 } } });
  });

  it.each([
    ['a number', 1],
    ['null', 'null'],
    ['no message', {}],
    ['an empty batch', []],
    ['of another version', { jsonrpc: '1.0', id: 1, method: 'ping' }],
    ['with an object as id', { jsonrpc: '2.0', id: {}, method: 'ping' }],
    ['a request outside of a session', rpc('tools/list')],
    ['a batch that begins a session', [initialize(), initialize()]],
  ])('whose body is %s is refused, and the next one is served', async (_what, body) => {
    const { port } = await serve();
    const answer = await send(port, { body });
    expect(answer.status).toBe(400);
    expect(answer.message['error']).toHaveProperty('code');
    expect((await send(port, { body: initialize() })).status).toBe(200);
  });

  it('with more than 100 messages is refused before anything looks at one of them', async () => {
    const { port } = await serve();
    const body = Array.from({ length: 101 }, () => ({}));
    const rule = 'Invalid Request: a batch must not have more than 100 messages.';
    expect(await send(port, { body })).toMatchObject(refused(400, rule));
  });

  it('with 100 messages is served', async () => {
    const { port } = await serve();
    const headers = { 'mcp-session-id': await openSession(port, '2025-03-26') };
    const body = Array.from({ length: 100 }, (_, id) => rpc('ping', {}, id));
    const answer = await send(port, { headers, body });
    expect(answer.body.match(/"result":/g)).toHaveLength(100);
  });

  it('with one id twice is refused by that id', async () => {
    const { port } = await serve();
    const headers = { 'mcp-session-id': await openSession(port, '2025-03-26') };
    const body = [rpc('ping', {}, 1), rpc('ping', {}, 2), rpc('ping', {}, 2)];
    const answer = await send(port, { headers, body });
    expect(answer).toMatchObject(refused(400, expect.stringContaining('the id 2 belongs')));
  });

  it('of an unknown session is not found, so that the client begins a new one', async () => {
    const { port } = await serve();
    const headers = { 'mcp-session-id': '00000000-0000-4000-8000-000000000000' };
    for (const method of ['POST', 'GET', 'DELETE']) {
      const body = method === 'POST' ? rpc('tools/list') : undefined;
      expect((await send(port, { method, headers, body })).status).toBe(404);
    }
  });

  it('that names an unknown revision is refused by the names of those that are known', async () => {
    const { port } = await serve();
    const session = await openSession(port);
    const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '1999-01-01' };
    const answer = await send(port, { headers, body: rpc('tools/list') });
    expect(answer).toMatchObject(refused(400, expect.stringContaining('2025-11-25')));
  });
});

describe('a large body', () => {
  const tooLarge = (bytes: number) => refused(413, expect.stringContaining(`${bytes} bytes`));

  it('is refused from its declared size, unread', async () => {
    const { port } = await serve();
    const answer = await send(port, { body: 'x'.repeat(HTTP_LIMITS.bodyBytes + 1) });
    expect(answer).toMatchObject(tooLarge(HTTP_LIMITS.bodyBytes));
  });

  it('is refused when it grows above the limit without a declared size', async () => {
    const { port } = await serve({}, { limits: { bodyBytes: 1000 } });
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = await send(port, { headers, body: 'x'.repeat(100_000) });
    expect(answer).toMatchObject(tooLarge(1000));
    expect((await send(port, { body: initialize() })).status).toBe(200);
  });

  it('is taken up to the limit to the byte', async () => {
    const message = JSON.stringify(initialize());
    const { port } = await serve({}, { limits: { bodyBytes: 1000 } });
    expect((await send(port, { body: message.padEnd(1000) })).status).toBe(200);
    expect((await send(port, { body: message.padEnd(1001) })).status).toBe(413);
  });

  it('is not read from a client without the token', async () => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(`POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${1024 ** 4}\r\n\r\n`);
    expect(await firstLine(socket)).toBe('HTTP/1.1 401 Unauthorized');
  });
});

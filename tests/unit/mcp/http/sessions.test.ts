import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALL_TOOLS } from '../../../../src/tools/all-tools.js';
import { HTTP_LIMITS } from '../../../../src/mcp/http/http-limits.js';
import {
  cancel,
  cancellation,
  endlessRun,
  initialize,
  OpenStream,
  openSession,
  POST_HEADERS,
  rpc,
  RUN_PARAMS,
  send,
  serve,
  type Serving,
} from './serving.js';

afterEach(() => {
  vi.useRealTimers();
});

const ping = async ({ port }: Serving, id: string): Promise<number> =>
  (await send(port, { headers: { 'mcp-session-id': id }, body: rpc('ping', {}, 'ping') })).status;

describe('a call', () => {
  it('ends when its client closes the connection', async () => {
    const { script, began, ended } = endlessRun();
    const { port } = await serve(script);
    const stream = new OpenStream(port, await openSession(port), rpc('tools/call', RUN_PARAMS));
    await began;
    stream.request.destroy();
    expect(await ended).toMatchObject({ message: 'The client went away.' });
  });

  it('of 2026-07-28 ends when its client closes the connection', async () => {
    const { script, began, ended, count } = endlessRun();
    const { port } = await serve(script);
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const headers = {
      ...POST_HEADERS,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': RUN_PARAMS.name,
    };
    const request = httpRequest({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', headers });
    request.on('error', () => undefined);
    request.end(JSON.stringify(rpc('tools/call', { ...RUN_PARAMS, _meta })));
    await began;
    request.destroy();
    await ended;
    expect(count()).toBe(0);
  });

  it('that is cancelled is never answered, and its stream ends', async () => {
    const { script, began } = endlessRun();
    const { port } = await serve(script);
    const id = await openSession(port);
    const stream = new OpenStream(port, id, rpc('tools/call', RUN_PARAMS, 7));
    await began;
    expect(await cancel(port, id, 7)).toBe(202);
    expect(await stream.ended).toBe('ended');
    expect(stream.text).toBe('');
  });

  it('is not disturbed by another one with its id', async () => {
    const { script, began, count } = endlessRun();
    const { port } = await serve(script);
    const id = await openSession(port);
    const stream = new OpenStream(port, id, rpc('tools/call', RUN_PARAMS, 7));
    await began;
    const again = { headers: { 'mcp-session-id': id }, body: rpc('tools/call', RUN_PARAMS, 7) };
    expect(await send(port, again)).toMatchObject({
      status: 400,
      message: { error: { code: -32_600 } },
    });
    expect(count()).toBe(1);
    stream.request.destroy();
  });

  it.each([99, 'unknown', null, {}])('is not disturbed by a cancel of %j', async (requestId) => {
    const { script, began, count } = endlessRun();
    const serving = await serve(script);
    const { port } = serving;
    const id = await openSession(port);
    const stream = new OpenStream(port, id, rpc('tools/call', RUN_PARAMS, 7));
    await began;
    await cancel(port, id, requestId);
    expect(await ping(serving, id)).toBe(200);
    expect(count()).toBe(1);
    stream.request.destroy();
  });

  it('is not disturbed by a cancellation that breaks the protocol', async () => {
    const { script, began, count } = endlessRun();
    const serving = await serve(script);
    const id = await openSession(serving.port, '2025-03-26');
    const stream = new OpenStream(serving.port, id, rpc('tools/call', RUN_PARAMS, 'A'));
    await began;
    const body = { ...cancellation('A'), params: { requestId: 'A', reason: 5 } };
    await send(serving.port, { headers: { 'mcp-session-id': id }, body });
    expect(await ping(serving, id)).toBe(200);
    expect(count()).toBe(1);
    // The id is still in use: the stream was not ended.
    const again = rpc('ping', {}, 'A');
    const answer = await send(serving.port, { headers: { 'mcp-session-id': id }, body: again });
    expect(answer.status).toBe(400);
    stream.request.destroy();
  });
});

describe('a session', () => {
  it('has the revision that the client asks for', async () => {
    const { port } = await serve();
    for (const revision of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
      const { message } = await send(port, { body: initialize(revision) });
      expect(message['result']).toMatchObject({ protocolVersion: revision });
    }
  });

  it('answers a batch of the revision that had them', async () => {
    const { port } = await serve();
    const { headers } = await send(port, { body: initialize('2025-03-26') });
    const answer = await send(port, {
      headers: { 'mcp-session-id': headers['mcp-session-id'] },
      body: [rpc('ping', {}, 1), rpc('ping', {}, 2)],
    });
    expect(answer.body.match(/"result":/g)).toHaveLength(2);
  });

  it('has one stream of its own, which ends with it', async () => {
    const serving = await serve();
    const { port } = serving;
    const id = await openSession(port);
    const stream = new OpenStream(port, id);
    await stream.answered;
    const headers = { 'mcp-session-id': id };
    expect((await send(port, { method: 'GET', headers })).status).toBe(409);
    expect((await send(port, { method: 'DELETE', headers })).status).toBe(200);
    expect(await stream.ended).toBe('ended');
    expect(await ping(serving, id)).toBe(404);
  });

  it('is deleted once its runs have ended', async () => {
    const { script, began, count } = endlessRun();
    const { port } = await serve(script);
    const id = await openSession(port);
    const stream = new OpenStream(port, id, rpc('tools/call', RUN_PARAMS));
    await began;
    const headers = { 'mcp-session-id': id };
    expect((await send(port, { method: 'DELETE', headers })).status).toBe(200);
    expect(count()).toBe(0);
    await stream.ended;
  });

  it('does not see the runs of another end', async () => {
    const { script, began, count } = endlessRun();
    const { port } = await serve(script);
    const [id, other] = [await openSession(port), await openSession(port)];
    const stream = new OpenStream(port, id, rpc('tools/call', RUN_PARAMS));
    await began;
    await send(port, { method: 'DELETE', headers: { 'mcp-session-id': other } });
    expect(count()).toBe(1);
    stream.request.destroy();
  });

  it('ends when nobody uses it for its time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const serving = await serve();
    const id = await openSession(serving.port);
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.sessionIdleMs - 1);
    expect(await ping(serving, id)).toBe(200);
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.sessionIdleMs - 1);
    expect(await ping(serving, id)).toBe(200);
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.sessionIdleMs);
    expect(await ping(serving, id)).toBe(404);
  });

  it('does not end while a call or its stream is open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { script, began, count } = endlessRun();
    const serving = await serve(script);
    const { port } = serving;
    const calling = await openSession(port);
    const call = new OpenStream(port, calling, rpc('tools/call', RUN_PARAMS));
    await began;
    const listening = await openSession(port);
    const stream = new OpenStream(port, listening);
    await stream.answered;
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.sessionIdleMs * 3);
    expect([await ping(serving, calling), await ping(serving, listening)]).toEqual([200, 200]);
    expect(count()).toBe(1);
    call.request.destroy();
  });
});

describe('a session with a job', () => {
  const startJob = rpc('tools/call', {
    name: 'start_job',
    arguments: { tool: RUN_PARAMS.name, arguments: RUN_PARAMS.arguments },
  });

  it('is in use until the job is over, although no request is open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { script, began, count } = endlessRun();
    const serving = await serve(script, { tools: ALL_TOOLS, limits: { sessions: 1 } });
    const { port } = serving;
    const id = await openSession(port);
    await send(port, { headers: { 'mcp-session-id': id }, body: startJob });
    await began;
    expect((await send(port, { body: initialize() })).status).toBe(503);
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.sessionIdleMs * 3);
    expect([await ping(serving, id), count()]).toEqual([200, 1]);
  });

  it('ends the job with itself', async () => {
    const { script, began, count } = endlessRun();
    const { port } = await serve(script, { tools: ALL_TOOLS });
    const headers = { 'mcp-session-id': await openSession(port) };
    await send(port, { headers, body: startJob });
    await began;
    expect((await send(port, { method: 'DELETE', headers })).status).toBe(200);
    expect(count()).toBe(0);
  });
});

describe('when there are as many sessions as there may be', () => {
  it('the one that nobody used for the longest time makes room', async () => {
    const serving = await serve({}, { limits: { sessions: 2 } });
    const { port } = serving;
    const [first, second] = [await openSession(port), await openSession(port)];
    await ping(serving, first);
    const third = await openSession(port);
    const alive = await Promise.all([first, second, third].map((id) => ping(serving, id)));
    expect(alive).toEqual([200, 404, 200]);
  });

  it('and all are in use, a new client is asked to wait', async () => {
    const { script, began, count } = endlessRun();
    const { port } = await serve(script, { limits: { sessions: 1 } });
    const stream = new OpenStream(port, await openSession(port), rpc('tools/call', RUN_PARAMS));
    await began;
    const answer = await send(port, { body: initialize() });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('30');
    expect(count()).toBe(1);
    stream.request.destroy();
  });

  it('one that only listens is in use', async () => {
    const { port } = await serve({}, { limits: { sessions: 1 } });
    const stream = new OpenStream(port, await openSession(port));
    await stream.answered;
    expect((await send(port, { body: initialize() })).status).toBe(503);
    stream.request.destroy();
  });

  it('a client that begins many ends none that is at work', async () => {
    const { script, began, count } = endlessRun();
    const { port } = await serve(script, { limits: { sessions: 3 } });
    const stream = new OpenStream(port, await openSession(port), rpc('tools/call', RUN_PARAMS));
    await began;
    for (let begun = 0; begun < 20; begun += 1) await openSession(port);
    expect(count()).toBe(1);
    stream.request.destroy();
  });
});

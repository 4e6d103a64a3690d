import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { containersWith } from '../support/engine-containers.js';
import { callResultSchema, type JsonRpcMessage } from '../support/json-rpc-peer.js';
import { callWithProgress, progressSaying } from '../support/ready-server.js';
import { NO_ENGINE, type ServerProcess, slipway, startServer } from '../support/slipway-process.js';
import { type TempFile, tempFolders } from '../support/temp-folder.js';

const BUSYBOX = 'busybox:1.36';
const RUN = 'execute_docker_container';
const LIST = 'list_running_containers';

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);

describe('a server lives on, and answers once at most,', () => {
  let server: ServerProcess;
  let from = 0;

  beforeAll(async () => {
    server = startServer(NO_ENGINE);
    await server.peer.initialize();
  });
  beforeEach(() => {
    from = server.peer.messages.length;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Sends lines as they are; gives all that came for them until a later request was answered. */
  async function answersTo(
    ...lines: readonly (string | Buffer)[]
  ): Promise<readonly JsonRpcMessage[]> {
    for (const line of lines) server.child.stdin.write(Buffer.concat([Buffer.from(line), NEWLINE]));
    const later = randomBytes(8).toString('hex');
    await server.peer.request(later, 'ping');
    await server.peer.callTool(`${later} call`, LIST, {});
    expect(server.peer.strayLines).toEqual([]);
    return server.peer.messages.slice(from).filter(({ id }) => !String(id).startsWith(later));
  }

  test.each([
    ['an unknown tool', { name: 'no_such_tool', arguments: {} }],
    ['a tool in other letters', { name: 'Execute_Docker_Container', arguments: {} }],
    ['no tool', { arguments: {} }],
    ['a number as the tool', { name: 5 }],
    ['a list as the arguments', { name: LIST, arguments: [1] }],
    ['a text as the arguments', { name: LIST, arguments: 'x' }],
    ['null as the arguments', { name: LIST, arguments: null }],
    ['no parameters', undefined],
  ])('after a call with %s, which is a protocol error', async (_what, params) => {
    const answers = await answersTo(request(1, 'tools/call', params));
    expect(answers).toMatchObject([{ id: 1, error: { code: -32_602 } }]);
  });

  test.each([
    ['none of them', undefined, 'image: is required'],
    ['one that does not exist', { image: BUSYBOX, cmd: 'ls' }, 'Unrecognized key: "cmd"'],
    ['one in other letters too', { image: BUSYBOX, Image: 'x' }, 'Unrecognized key: "Image"'],
    ['a deep one that does not exist', { image: BUSYBOX, x: 'DEEP' }, 'Unrecognized key: "x"'],
    ['a deep one', { image: BUSYBOX, environment: 'DEEP' }, 'environment'],
    ['a deep one as text', { image: BUSYBOX, environment: DEEP }, 'environment'],
  ])('after a call with wrong arguments (%s), which it names', async (_what, args, why) => {
    const call = request(2, 'tools/call', { name: RUN, arguments: args });
    const [answer, ...others] = await answersTo(call.replace('"DEEP"', DEEP));
    expect(others).toEqual([]);
    const { isError, structuredContent } = callResultSchema.parse(answer?.result);
    expect(isError).toBe(true);
    expect(structuredContent['error_message']).toContain(why);
  });

  test('after a call that gives an argument twice: the last one counts', async () => {
    const call = request(3, 'tools/call', { name: RUN, arguments: { image: 'Not an image' } });
    const twice = call.replace('{"image"', `{"image":"${BUSYBOX}","image"`);
    const [answer, ...others] = await answersTo(twice);
    expect(others).toEqual([]);
    const { structuredContent } = callResultSchema.parse(answer?.result);
    expect(structuredContent['error_message']).toContain('Not an image');
  });

  test('after a deep payload, which no JSON could hold', async () => {
    const args = { image: BUSYBOX, payload: 'DEEP' };
    const call = request(4, 'tools/call', { name: 'execute_with_payload', arguments: args });
    const [answer, ...others] = await answersTo(call.replace('"DEEP"', DEEP));
    expect(others).toEqual([]);
    expect(callResultSchema.parse(answer?.result).isError).toBe(true);
  });

  test.each<readonly [string, readonly (string | Buffer)[]]>([
    ['text', ['hello', '{', '{"jsonrpc":"2.0","id":1']],
    ['empty lines', ['', '   ', '\r']],
    ['bytes that are no text', [Buffer.from([0xff, 0xfe, 0, 1, 2, 0x80])]],
    ['UTF-16', [Buffer.from(request(5, 'ping'), 'utf16le')]],
    ['other JSON', ['{}', '[]', 'null', '1', '"x"', '{"jsonrpc":"2.0"}']],
    ['another JSON-RPC', ['{"jsonrpc":"1.0","id":5,"method":"ping"}']],
    ['a batch, which the protocol has no more', [`[${request(5, 'ping')}]`]],
    ['deep JSON', [DEEP, request(5, 'ping', 'DEEP').replace('"DEEP"', DEEP)]],
    ['an answer nobody asked for', ['{"jsonrpc":"2.0","id":5,"result":{}}']],
    ['ids that are none', [null, true, 1.5, {}, [5]].map((id) => request(id, 'ping'))],
    ['a deep id', [request('DEEP', 'ping').replace('"DEEP"', DEEP)]],
    ['a notification it does not know', ['{"jsonrpc":"2.0","method":"notifications/nope"}']],
    ['a cancellation of a call that is not there', [cancellation({ requestId: 99 })]],
    ['a cancellation of nothing', [cancellation({}), cancellation({ requestId: {} })]],
    ['a cancellation without parameters', [cancellation(undefined)]],
  ])('after %s, which it does not answer', async (_what, lines) => {
    expect(await answersTo(...lines)).toEqual([]);
  });

  test('after the cancellation of a call that was answered', async () => {
    await server.peer.callTool(6, LIST, {});
    from = server.peer.messages.length;
    expect(await answersTo(cancellation({ requestId: 6 }))).toEqual([]);
  });

  test('after an id that was used before', async () => {
    await server.peer.request(7, 'ping');
    from = server.peer.messages.length;
    expect(await answersTo(request(7, 'ping'))).toHaveLength(1);
  });

  test('after a second handshake', async () => {
    const again = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    expect(await answersTo(request(8, 'initialize', again))).toMatchObject([{ id: 8, result: {} }]);
  });

  test('after a method it does not have', async () => {
    const answers = await answersTo(request(9, 'no/such/method'));
    expect(answers).toMatchObject([{ id: 9, error: { code: -32_601 } }]);
  });
});

const NEWLINE = Buffer.from('\n');

const clientInfo = { name: 'bare-peer', version: '1' };

test('an id that is in use starts nothing, and is answered once', async () => {
  await using server = startServer();
  await server.peer.initialize();
  const [first, second] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
  const wait = (mark: string) => ({
    image: BUSYBOX,
    command: ['sh', '-c', `echo ${mark}; sleep 600`],
  });
  server.peer.send(callWithProgress(1, RUN, wait(first)));
  await server.peer.next(progressSaying(/of output/));
  server.peer.send(callWithProgress(1, RUN, wait(second)));
  // A call takes longer than to begin another one.
  await server.peer.callTool(2, LIST, {});
  expect(await containersWith(second)).toEqual([]);
  const [container = ''] = await containersWith(first);
  await server.peer.callTool(3, 'stop_container', { container_id: container, timeout: 0 });
  await server.peer.next(({ id }) => id === 1);
  await server.peer.request(4, 'ping');
  expect(server.peer.messages.filter(({ id }) => id === 1)).toHaveLength(1);
  expect(await containersWith(first)).toEqual([]);
});

describe('before a client has said who it is', () => {
  test('a call is refused, and the handshake still works', async () => {
    await using server = startServer(NO_ENGINE);
    const { error } = await server.peer.request(1, 'tools/call', { name: LIST, arguments: {} });
    expect(error?.code).toBe(-32_600);
    expect(error?.message).toContain('initialize');
    expect((await server.peer.request(2, 'ping')).result).toEqual({});
    expect((await server.peer.initialize()).result).toMatchObject({ serverInfo: {} });
    expect((await server.peer.callTool(3, LIST, {})).isError).toBe(true);
  });

  test.each([[{}], [{ protocolVersion: 5, capabilities: {}, clientInfo }]])(
    'a wrong handshake is an error: %j',
    async (params) => {
      await using server = startServer(NO_ENGINE);
      expect((await server.peer.request(1, 'initialize', params)).error).toBeDefined();
      expect((await server.peer.initialize()).result).toMatchObject({ serverInfo: {} });
    },
  );

  test('an unknown revision is answered with one that the server speaks', async () => {
    await using server = startServer(NO_ENGINE);
    const { result } = await server.peer.initialize('1999-01-01');
    expect(result).toMatchObject({ protocolVersion: '2025-11-25' });
  });
});

test('a call that comes after the end is not begun', async () => {
  await using server = startServer(NO_ENGINE);
  await server.peer.initialize();
  server.child.kill('SIGTERM');
  await expect.poll(() => server.stderr(), { interval: 5 }).toContain('mcp.closed');
  server.peer.send(callWithProgress(1, LIST, {}));
  expect((await server.exited).code).toBe(0);
  expect(server.peer.messages.filter(({ id }) => id === 1)).toEqual([]);
});

test('a line of 100 MB ends the session in time', async () => {
  await using server = startServer(NO_ENGINE);
  await server.peer.initialize();
  const began = performance.now();
  server.child.stdin.write(Buffer.alloc(100 * 1024 * 1024, 'x'));
  const { code, at } = await server.exited;
  expect(code).toBe(0);
  expect(at - began).toBeLessThan(2000);
  expect(server.peer.strayLines).toEqual([]);
});

describe('a server does not start, and says why in one line,', () => {
  const tempFolder = tempFolders();
  const file = (content: string, mode = 0o600): Readonly<Record<string, TempFile>> => ({
    'policy.json': { content, mode },
  });

  test.each<readonly [string, Readonly<Record<string, TempFile>>, string]>([
    ['that is missing', {}, 'policy.json'],
    ['that is a folder', { 'policy.json/file': '' }, 'policy.json'],
    ['that others may write', file('{}', 0o620), 'writ'],
    ['that is empty', file(''), 'JSON'],
    ['that is no JSON', file('{'), 'JSON'],
    ['that is no object', file('[]'), 'must be an object'],
    ['with a key it does not know', file('{"netwrk":{}}'), 'netwrk'],
    ['with a size that is none', file('{"limits":{"memoryBytes":{"default":"lots"}}}'), 'lots'],
    [
      'with a default above the maximum',
      file('{"limits":{"memoryBytes":{"default":"4g","max":"1g"}}}'),
      'limits.memoryBytes',
    ],
    ['of 10 MB', file(`{"netwrk":"${'x'.repeat(10_000_000)}"}`), 'policy.json'],
    ['with deep JSON', file(`{"limits":${DEEP}}`), 'limits'],
  ])('with a policy file %s', async (_what, files, why) => {
    const folder = await tempFolder(files);
    const { code, stdout, stderr } = await slipway([
      'mcp',
      '--policy',
      join(folder, 'policy.json'),
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^slipway: [^\n]+\n$/);
    expect(stderr.length).toBeLessThan(1000);
    expect(stderr).toContain(why);
  });
});

function request(id: unknown, method: string, params?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

function cancellation(params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
}

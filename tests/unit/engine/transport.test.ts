import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../../src/core/errors.js';
import type { EngineCall, Transport } from '../../../src/engine/transport.js';
import * as faults from '../../support/fake-engine/faults.js';
import { FakeEngine } from '../../support/fake-engine/fake-engine.js';
import { frame } from '../../support/fake-engine/frames.js';
import { transportTo } from '../../support/fake-engine/transport.js';
import { textWith } from '../../support/matchers.js';
import { generator } from '../../support/random.js';

const DEADLINE_MS = 150;
const OPERATION = 'ask something';

const GET: EngineCall = {
  method: 'GET',
  path: '/info',
  operation: OPERATION,
  deadlineMs: DEADLINE_MS,
};
const ATTACH: EngineCall = {
  method: 'POST',
  path: '/containers/any/attach',
  operation: OPERATION,
  deadlineMs: DEADLINE_MS,
};

const LOST = { code: 'ENGINE_LOST', context: { operation: OPERATION } };
const LATE = { code: 'ENGINE_TIMEOUT', context: { operation: OPERATION, deadlineMs: DEADLINE_MS } };

async function faulty(
  operation: 'info' | 'attach',
  fault: faults.Fault,
): Promise<{ readonly fake: FakeEngine; readonly transport: Transport }> {
  const fake = await FakeEngine.forTest();
  fake.fail(operation, fault);
  return { fake, transport: transportTo(fake.socketPath) };
}

type Row = readonly [string, faults.Fault, object];

/** What breaks before the headers of an answer are whole. */
const BEFORE_HEADERS: readonly Row[] = [
  ['silence', faults.neverAnswer, LATE],
  ['a connection that is closed', faults.closeBeforeHeaders, LOST],
  ['half the headers', faults.halfHeaders, LOST],
  ['something that is not HTTP', faults.notHttp, LOST],
  ['headers byte by byte', faults.trickle('HTTP/1.1 200 OK\r\n', 20), LATE],
];

/** What is an error whatever the call expects. */
const ERROR_ANSWERS: readonly Row[] = [
  [
    "an error in the engine's form",
    faults.refusal(409, 'name in use'),
    { code: 'ENGINE_ERROR', context: { operation: OPERATION, status: 409, detail: 'name in use' } },
  ],
  [
    'the page of a proxy',
    faults.htmlError,
    {
      code: 'ENGINE_ERROR',
      context: { operation: OPERATION, status: 500, detail: textWith('Internal Server Error') },
    },
  ],
  [
    'a page without end',
    faults.answer(502, `<html>${'x'.repeat(1_000_000)}`),
    { code: 'ENGINE_ERROR', context: { status: 502, detail: `<html>${'x'.repeat(494)}` } },
  ],
  [
    'an error without a word',
    faults.answer(503, ''),
    { code: 'ENGINE_ERROR', context: { status: 503, detail: 'HTTP status 503' } },
  ],
  [
    'a full disk',
    faults.refusal(500, 'write /layers: no space left on device'),
    { code: 'DISK_FULL', context: { where: 'engine' } },
  ],
  [
    'a redirect, which is not followed',
    faults.redirect,
    { ...LOST, message: textWith('it answered with a redirect') },
  ],
  [
    'a redirect to nowhere',
    faults.answer(301, ''),
    { code: 'ENGINE_ERROR', context: { status: 301 } },
  ],
];

describe('a JSON answer', () => {
  it('is parsed', async () => {
    const fake = await FakeEngine.forTest();
    expect(await transportTo(fake.socketPath).json(GET)).toMatchObject({ NCPU: 2 });
  });

  it('may be empty', async () => {
    const { transport } = await faulty('info', faults.answer(200, ''));
    expect(await transport.json(GET)).toBeUndefined();
  });

  it('may be large', async () => {
    const text = 'x'.repeat(10_000_000);
    const { transport } = await faulty('info', faults.answer(200, JSON.stringify({ text })));
    expect(await transport.json({ ...GET, deadlineMs: 5000 })).toEqual({ text });
  });

  it.each<Row>([
    ...BEFORE_HEADERS,
    ...ERROR_ANSWERS,
    ['silence inside the body', faults.hangInsideBody, LATE],
    ['a chunk that breaks off', faults.truncatedChunk, LOST],
    ['chunks without the last one', faults.noLastChunk, LOST],
    ['a body that is shorter than announced', faults.shortBody, LOST],
    ['a page', faults.answer(200, '<html></html>'), LOST],
    ['half a value', faults.answer(200, '{"a":', 'application/json'), LOST],
  ])('is not %s', async (_, fault, expected) => {
    const { fake, transport } = await faulty('info', fault);
    await expect(transport.json(GET)).rejects.toMatchObject(expected);
    expect(fake.calls).toHaveLength(1);
    await fake.hungUp('info');
  });
});

describe('a stream', () => {
  it.each([...BEFORE_HEADERS, ...ERROR_ANSWERS])('is not %s', async (_, fault, expected) => {
    const { fake, transport } = await faulty('info', fault);
    await expect(transport.stream(GET)).rejects.toMatchObject(expected);
    await fake.hungUp('info');
  });

  it('may take longer than the deadline once its headers are here', async () => {
    const { transport } = await faulty('info', (connection) => {
      connection.write('HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n');
      faults.trickle('x'.repeat(40), 2)(connection);
    });
    const { body } = await transport.stream({ ...GET, deadlineMs: 50 });
    expect((await buffer(body)).length).toBe(40);
  });

  it.each([
    ['a chunk', faults.truncatedChunk],
    ['the chunks', faults.noLastChunk],
    ['the body', faults.shortBody],
  ])('that breaks off inside %s is an error of its body', async (_, fault) => {
    const { transport } = await faulty('info', fault);
    const { body } = await transport.stream(GET);
    await expect(buffer(body)).rejects.toThrow('aborted');
  });

  it('ends with an error when the caller aborts, and so does its connection', async () => {
    const { fake, transport } = await faulty('info', faults.hangInsideBody);
    const controller = new AbortController();
    const { body } = await transport.stream({ ...GET, signal: controller.signal });
    const reading = buffer(body);
    controller.abort(new Error('no longer wanted'));
    await expect(reading).rejects.toThrow('aborted');
    await fake.hungUp('info');
  });
});

describe('an upgraded connection', () => {
  it.each<Row>([
    ...BEFORE_HEADERS,
    ...ERROR_ANSWERS,
    ['an answer without upgrade', faults.answer(200, ''), LOST],
    ['an endless answer without upgrade', faults.hangInsideBody, LOST],
  ])('is not %s', async (_, fault, expected) => {
    const { fake, transport } = await faulty('attach', fault);
    await expect(transport.hijack(ATTACH)).rejects.toMatchObject(expected);
    await fake.hungUp('attach');
  });

  it('loses nothing of what came together with the upgrade', async () => {
    const { transport } = await faulty('attach', faults.upgraded('end', frame('stdout', 'early')));
    const socket = await transport.hijack(ATTACH);
    expect(await buffer(socket)).toEqual(frame('stdout', 'early'));
  });

  it('still delivers after our half is closed', async () => {
    const { transport } = await faulty('attach', (connection) => {
      faults.upgraded('open')(connection);
      connection.once('end', () => connection.end('after'));
    });
    const socket = await transport.hijack(ATTACH);
    socket.end('input');
    expect((await buffer(socket)).toString()).toBe('after');
  });

  it('begins without a body, which would become the input of the program', async () => {
    const received: Buffer[] = [];
    const { fake, transport } = await faulty('attach', (connection) => {
      connection.on('data', (chunk: Buffer) => received.push(chunk));
      faults.upgraded('open')(connection);
      connection.once('end', () => connection.end());
    });
    const socket = await transport.hijack(ATTACH);
    socket.end('only this');
    await buffer(socket);
    expect(Buffer.concat(received).toString()).toBe('only this');
    expect(fake.calls[0]?.headers).toMatchObject({ 'content-length': '0', upgrade: 'tcp' });
  });
});

describe('a call', () => {
  it('is not made when the caller has aborted already', async () => {
    const fake = await FakeEngine.forTest();
    const transport = transportTo(fake.socketPath);
    const reason = new Error('no longer wanted');
    const call = { ...GET, signal: AbortSignal.abort(reason) };
    await expect(transport.json(call)).rejects.toBe(reason);
    await expect(transport.stream(call)).rejects.toBe(reason);
    await expect(transport.hijack({ ...ATTACH, signal: call.signal })).rejects.toBe(reason);
    expect(fake.calls).toEqual([]);
  });

  it.each([
    ['before the headers', faults.neverAnswer],
    ['inside the body', faults.hangInsideBody],
  ])("ends with the caller's reason when it is aborted %s", async (_, fault) => {
    const { fake, transport } = await faulty('info', fault);
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const asking = transport.json({ ...GET, deadlineMs: 10_000, signal: controller.signal });
    await fake.asked('info');
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await fake.hungUp('info');
  });

  it('sends its query escaped and its body apart from it', async () => {
    const fake = await FakeEngine.forTest();
    const filters = JSON.stringify({ label: ['a=b c&d', 'ü/?#%'] });
    await transportTo(fake.socketPath).json({
      ...GET,
      query: { filters, all: true, empty: '', limit: 0, absent: undefined },
      headers: { 'X-Registry-Auth': 'hush' },
    });
    const url = new URL(fake.calls[0]?.url ?? '', 'http://engine');
    expect(url.pathname).toBe('/v1.41/info');
    expect([...url.searchParams]).toEqual([
      ['filters', filters],
      ['all', 'true'],
      ['empty', ''],
      ['limit', '0'],
    ]);
  });

  it('keeps what is sent as JSON out of the URL', async () => {
    const fake = await FakeEngine.forTest();
    const call = {
      method: 'POST',
      path: '/containers/create',
      json: { Env: ['KEY=hush'] },
    } as const;
    const asking = transportTo(fake.socketPath).json({ ...GET, ...call, query: { name: 'x' } });
    await expect(asking).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
    expect(fake.calls[0]?.url).toBe('/v1.41/containers/create?name=x');
    expect(fake.calls[0]?.headers['content-type']).toBe('application/json');
  });

  it.each(['ENOENT', 'ECONNREFUSED'])('to nobody (%s) is told with the address', async (code) => {
    const fake = await FakeEngine.forTest();
    const transport = transportTo(fake.socketPath);
    await fake.crash();
    if (code === 'ECONNREFUSED') await writeFile(fake.socketPath, '');
    for (const asking of [transport.json(GET), transport.stream(GET), transport.hijack(ATTACH)]) {
      await expect(asking).rejects.toMatchObject({
        code: 'ENGINE_UNREACHABLE',
        message: textWith(fake.endpoint),
        context: { tried: [{ outcome: code }] },
      });
    }
  });
});

describe('answers that were damaged at random', () => {
  const whole = Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n${'14\r\n{"Id":"abcdefghijk"}\r\n'.repeat(3)}0\r\n\r\n`,
  );

  function damaged(random: (limit: number) => number): Buffer {
    const bytes = Buffer.from(whole);
    for (let flips = random(4); flips > 0; flips -= 1) bytes[random(bytes.length)] = random(256);
    const from = random(bytes.length);
    const cut = [bytes, bytes.subarray(0, from), Buffer.concat([bytes, bytes.subarray(from)])];
    return cut[random(cut.length)] ?? bytes;
  }

  it.each([1, 2, 3, 4])('end every call with a value or a known error (seed %i)', async (seed) => {
    const random = generator(seed);
    const fake = await FakeEngine.forTest();
    const transport = transportTo(fake.socketPath);
    fake.fail('info', (connection) => connection.end(damaged(random)));
    for (let round = 0; round < 100; round += 1) {
      const result: unknown = await transport.json(GET).catch((error: unknown) => error);
      expect(!(result instanceof Error) || isSlipwayError(result)).toBe(true);
    }
    await fake.hungUp('info');
  });
});

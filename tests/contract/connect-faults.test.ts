import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import type { ConnectEngine } from '../../src/engine/ports.js';
import * as faults from '../support/fake-engine/faults.js';
import { FakeEngine } from '../support/fake-engine/fake-engine.js';

// Every wait in here has a bound of milliseconds: what takes longer than this hangs.
vi.setConfig({ testTimeout: 10_000 });

const KEY = randomBytes(32);

async function opened(): Promise<{ readonly fake: FakeEngine; readonly connect: ConnectEngine }> {
  const fake = await FakeEngine.forTest();
  const connect = engineConnector({
    dockerHost: fake.endpoint,
    logger: silentLogger,
    labelKey: () => Promise.resolve(KEY),
    deadlines: { pingMs: 300, queryMs: 300, killMs: 100 },
  });
  onTestFinished(async () => connect.close?.());
  return { fake, connect };
}

describe('connecting to an engine', () => {
  it('asks once, however many want it at the same time', async () => {
    const { fake, connect } = await opened();
    const engines = await Promise.all([connect(), connect(), connect()]);
    expect(new Set(engines).size).toBe(1);
    expect(fake.count('version')).toBe(1);
  });

  it('keeps the engine, without asking again within seconds', async () => {
    const { fake, connect } = await opened();
    const engine = await connect();
    const pings = fake.count('ping');
    expect(await connect()).toBe(engine);
    expect(fake.count('ping')).toBe(pings);
  });

  it.each([
    ['closes its connections', faults.closeBeforeHeaders],
    ['is a mail server', faults.notHttp],
    ['is a proxy with a page', faults.htmlError],
    ['is a proxy that wants a login', faults.redirect],
    ['is some other server', faults.answer(200, 'OK')],
  ])('names the address of what %s', async (_, fault) => {
    const { fake, connect } = await opened();
    fake.fail('ping', fault);
    await expect(connect()).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      context: { tried: [{ source: 'option', address: fake.endpoint }] },
    });
  });

  it.each([
    ['version', faults.neverAnswer, 'ENGINE_TIMEOUT'],
    ['version', faults.answer(200, '<html>'), 'ENGINE_LOST'],
    ['info', faults.noLastChunk, 'ENGINE_LOST'],
    ['info', faults.htmlError, 'ENGINE_ERROR'],
    ['version', faults.answer(200, '{"ApiVersion":"1.24"}'), 'ENGINE_UNSUPPORTED'],
  ] as const)('fails when its %s cannot be used', async (operation, fault, code) => {
    const { fake, connect } = await opened();
    fake.fail(operation, fault);
    await expect(connect()).rejects.toMatchObject({ code });
  });

  it('tries again after a failure', async () => {
    const { fake, connect } = await opened();
    await fake.crash();
    await expect(connect()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await fake.listen();
    expect((await connect()).facts.version).toBe('20.10.24');
  });

  it('looks again when an engine that was known does not answer any more', async () => {
    const { fake, connect } = await opened();
    const before = await connect();
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.advanceTimersByTime(6000);
    expect(await connect()).toBe(before);

    await fake.crash();
    vi.advanceTimersByTime(6000);
    await expect(connect()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });

    await fake.listen();
    await expect(connect()).resolves.toHaveProperty('facts');
  });

  it("ends with the caller's reason when it was aborted, and serves the others", async () => {
    const { connect } = await opened();
    const reason = new Error('no longer wanted');
    await expect(connect(AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const aborted = connect(controller.signal);
    const other = connect();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(other).resolves.toHaveProperty('facts');
  });
});

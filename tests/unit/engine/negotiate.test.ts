import { describe, expect, it } from 'vitest';
import { agreeOn, askEngine, pingEngine } from '../../../src/engine/negotiate.js';
import { answer, halfHeaders, neverAnswer } from '../../support/fake-engine/faults.js';
import { FakeEngine } from '../../support/fake-engine/fake-engine.js';
import { transportTo } from '../../support/fake-engine/transport.js';

describe('the API version both sides speak', () => {
  it.each([
    ['1.41', '1.12', '1.41'],
    ['1.51', '1.24', '1.51'],
    ['1.52', '1.44', '1.51'],
    ['1.60', '1.51', '1.51'],
    ['1.44', '', '1.44'],
    ['2.0', '1.40', '1.51'],
  ])('of an engine with %s down to %j is %s', (highest, lowest, use) => {
    expect(agreeOn(highest, lowest)).toBe(use);
  });

  it.each([
    ['1.40', '1.12'],
    ['1.9', '1.0'],
    ['1.53', '1.52'],
    ['2.0', '2.0'],
    ['', ''],
    ['nonsense', ''],
    ['1.x', ''],
  ])('does not exist for an engine with %j down to %j', (highest, lowest) => {
    expect(() => agreeOn(highest, lowest)).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNSUPPORTED',
        context: { apiVersion: highest, supported: '1.41-1.51' },
      }),
    );
  });
});

describe('asking an engine who it is', () => {
  it('takes the facts from its answers', async () => {
    const fake = await FakeEngine.forTest();
    const { facts, systemTime } = await askEngine(transportTo(fake.socketPath));
    expect(facts).toEqual({
      flavor: 'docker',
      builder: 'buildkit',
      version: '20.10.24',
      apiVersion: '1.41',
      os: 'linux',
      arch: 'amd64',
      cpus: 2,
      memoryBytes: 8_000_000_000,
      endpoint: fake.endpoint,
    });
    expect(Date.parse(systemTime)).toBeGreaterThan(0);
  });

  it('knows Podman by its components', async () => {
    const fake = await FakeEngine.forTest();
    const podman = {
      Version: '5.8.2',
      ApiVersion: '1.44',
      MinAPIVersion: '1.24',
      Os: 'linux',
      Arch: 'arm64',
      Components: [{ Name: 'Podman Engine' }, { Name: 'Conmon' }],
    };
    fake.fail('version', answer(200, JSON.stringify(podman), 'application/json'));
    const { facts } = await askEngine(transportTo(fake.socketPath));
    expect(facts).toMatchObject({
      flavor: 'podman',
      builder: 'classic',
      apiVersion: '1.44',
      arch: 'arm64',
    });
  });

  it.each([
    ['a page', '<html></html>'],
    ['a list', '[]'],
    ['numbers where texts belong', '{"Version":20,"ApiVersion":1.41}'],
    ['nothing', ''],
  ])('does not trust an engine that answers with %s', async (_, body) => {
    const fake = await FakeEngine.forTest();
    fake.fail('version', answer(200, body, 'application/json'));
    await expect(askEngine(transportTo(fake.socketPath))).rejects.toMatchObject({
      code: 'ENGINE_LOST',
      context: { operation: 'GET /version' },
    });
  });
});

describe('a sign of life', () => {
  it('is an answer with an API version', async () => {
    const fake = await FakeEngine.forTest();
    await expect(pingEngine(transportTo(fake.socketPath))).resolves.toBeUndefined();
  });

  it('is enough without the rest of the answer', async () => {
    const fake = await FakeEngine.forTest();
    fake.fail('ping', (connection) =>
      connection.end('HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 100\r\n\r\nOK'),
    );
    await expect(pingEngine(transportTo(fake.socketPath))).resolves.toBeUndefined();
    await fake.hungUp('ping');
  });

  it.each([
    ['a server that is no engine', answer(200, 'OK'), 'ENGINE_ERROR'],
    ['a page that says where else to go', answer(302, ''), 'ENGINE_ERROR'],
    ['half an answer', halfHeaders, 'ENGINE_LOST'],
    ['silence', neverAnswer, 'ENGINE_TIMEOUT'],
  ])('is not %s', async (_, fault, code) => {
    const fake = await FakeEngine.forTest();
    fake.fail('ping', fault);
    const pinging = pingEngine(transportTo(fake.socketPath, { pingMs: 100 }));
    await expect(pinging).rejects.toMatchObject({ code });
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import type { CallOptions } from '../../../src/execution/types.js';
import type { JsonRpcMessage } from '../../support/json-rpc-peer.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { openSession } from './session.js';

const isProgress = (message: JsonRpcMessage): boolean =>
  message.method === 'notifications/progress';

afterEach(() => {
  vi.useRealTimers();
});

describe('the handshake', () => {
  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'serves the revision %s',
    async (revision) => {
      const { peer } = openSession();
      const { result } = await peer.initialize(revision);
      expect(result).toMatchObject({
        protocolVersion: revision,
        serverInfo: { name: 'slipway', title: 'Slipway', version: '1.2.3' },
        capabilities: { tools: {}, resources: {} },
      });
    },
  );

  it('serves 2026-07-28 with server/discover, without a handshake', async () => {
    const { peer } = openSession({ listRunningContainers: () => Promise.resolve([]) });
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'bare-peer', version: '1' },
    };
    const discovered = await peer.request(1, 'server/discover', { _meta });
    expect(discovered.result).toMatchObject({ supportedVersions: ['2026-07-28'] });
    const listed = await peer.request(2, 'tools/list', { _meta });
    expect(listed.result).toMatchObject({ ttlMs: 3_600_000, cacheScope: 'public' });
    const answer = await peer.callTool(3, 'list_running_containers', {}, _meta);
    expect(answer.structuredContent).toMatchObject({ success: true, total: 0 });
  });

  it('tells the model what this is for, in no more than clients show', async () => {
    const { peer } = openSession();
    const { result } = await peer.initialize();
    const instructions = String(result?.['instructions']);
    expect(instructions.length).toBeLessThanOrEqual(700);
    expect(instructions).toMatch(/^Runs code in throw-away Docker containers/);
  });

  it('lists tools although nothing else works', async () => {
    const { peer } = openSession();
    await peer.initialize();
    const { result } = await peer.request(1, 'tools/list');
    expect(result?.['tools']).toHaveLength(6);
  });
});

describe('a call', () => {
  it('answers with the same complete object as text and as structure', async () => {
    const { peer } = openSession({ executeContainer: () => Promise.resolve(runResultOf()) });
    await peer.initialize();
    const answer = await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
    expect(answer.isError).toBeUndefined();
    expect(answer.structuredContent['stdout']).toBe('hello\n');
    expect(answer.content[0].text).toBe(JSON.stringify(answer.structuredContent));
  });

  it('is an error result, complete too, when Slipway could not do it', async () => {
    const error = new SlipwayError('IMAGE_NOT_FOUND', {
      message: 'Image "pythn" was not found.',
      hint: 'Check the name and tag.',
      context: { image: 'pythn' },
    });
    const { peer } = openSession({ executeContainer: () => Promise.reject(error) });
    await peer.initialize();
    const answer = await peer.callTool(1, 'execute_docker_container', { image: 'pythn' });
    expect(answer.isError).toBe(true);
    expect(answer.structuredContent).toMatchObject({
      success: false,
      error_message: 'Image "pythn" was not found. Check the name and tag.',
      stdout: '',
    });
    expect(answer.content[0].text).toBe(JSON.stringify(answer.structuredContent));
  });

  it('with an unknown argument is refused by the name of the argument', async () => {
    const { peer } = openSession();
    await peer.initialize();
    const answer = await peer.callTool(1, 'execute_docker_container', { image: 'x', cmd: 'ls' });
    expect(answer.isError).toBe(true);
    expect(answer.content[0].text).toContain('Unrecognized key: \\"cmd\\"');
    expect(answer.structuredContent).toMatchObject({ success: false });
  });

  it.each(['no_such_tool', 'constructor', '__proto__', ''])(
    'of the unknown tool "%s" is a protocol error',
    async (name) => {
      const { peer } = openSession();
      await peer.initialize();
      const answer = await peer.request(1, 'tools/call', { name, arguments: {} });
      expect(answer.error?.code).toBe(-32_602);
    },
  );
});

describe('progress', () => {
  it.each([0, 7, '', 'token'])('is sent for the token %j', async (progressToken) => {
    let finish: () => void = () => undefined;
    const { peer } = openSession({
      executeContainer: (_config, options) => {
        options?.onEvent?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
        return new Promise((resolve) => {
          finish = () => resolve(runResultOf());
        });
      },
    });
    await peer.initialize();
    const args = { image: 'busybox' };
    const answer = peer.callTool(1, 'execute_docker_container', args, { progressToken });
    const { params } = await peer.next(isProgress);
    expect(params).toMatchObject({
      progressToken,
      progress: 1,
      message: 'Running busybox as slipway-1',
    });
    finish();
    await answer;
    expect(peer.messages.findLastIndex(isProgress)).toBeLessThan(
      peer.messages.findIndex((message) => message.id === 1),
    );
  });

  it('is not sent after the answer, whatever still happens', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let hear: CallOptions['onEvent'];
    const { peer } = openSession({
      executeContainer: (_config, options) => {
        hear = options?.onEvent;
        return Promise.resolve(runResultOf());
      },
    });
    await peer.initialize();
    const args = { image: 'busybox' };
    await peer.callTool(1, 'execute_docker_container', args, { progressToken: 1 });
    hear?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
    await vi.advanceTimersByTimeAsync(60_000);
    await peer.request(2, 'ping');
    expect(peer.messages.filter(isProgress)).toEqual([]);
  });

  it('is not sent to a client that sent no token', async () => {
    const { peer } = openSession({
      executeContainer: async (_config, options) => {
        options?.onEvent?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        return runResultOf();
      },
    });
    await peer.initialize();
    await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
    expect(peer.messages.filter(isProgress)).toEqual([]);
  });
});

describe('cancellation', () => {
  it.each([0, 5, 'five'])('of request %j ends the run and is not answered', async (requestId) => {
    let ended: (reason: unknown) => void = () => undefined;
    const end = new Promise((resolve) => {
      ended = resolve;
    });
    const { peer } = openSession({
      executeContainer: (_config, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => {
            ended(options.signal?.reason);
            reject(new Error('aborted'));
          });
          options?.onEvent?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
        }),
      listRunningContainers: () => Promise.resolve([]),
    });
    await peer.initialize();
    const params = {
      name: 'execute_docker_container',
      arguments: { image: 'busybox' },
      _meta: { progressToken: 1 },
    };
    peer.send({ id: requestId, method: 'tools/call', params });
    await peer.next(isProgress);
    peer.send({ method: 'notifications/cancelled', params: { requestId, reason: 'enough' } });
    expect(await end).toBe('enough');
    // A later answer proves that an answer to the cancelled call would have come by now.
    await peer.callTool('later', 'list_running_containers', {});
    expect(peer.messages.filter((message) => message.id === requestId)).toEqual([]);
  });

  it('of a request that does not exist changes nothing', async () => {
    const { peer } = openSession({ listRunningContainers: () => Promise.resolve([]) });
    await peer.initialize();
    peer.send({ method: 'notifications/cancelled', params: { requestId: 99 } });
    const answer = await peer.callTool(1, 'list_running_containers', {});
    expect(answer.isError).toBeUndefined();
  });
});

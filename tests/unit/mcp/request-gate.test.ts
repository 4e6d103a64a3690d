import { describe, expect, it } from 'vitest';
import { runResultOf } from '../../support/scripted-executor.js';
import { openSession } from './session.js';

const LIST = 'list_running_containers';
const RUN = { name: 'execute_docker_container', arguments: { image: 'busybox' } };

/** Runs that end when a test says so. */
function openRuns() {
  const ends: (() => void)[] = [];
  const session = openSession({
    executeContainer: () =>
      new Promise((resolve) => {
        ends.push(() => resolve(runResultOf()));
      }),
    listRunningContainers: () => Promise.resolve([]),
  });
  return { ...session, ends };
}

describe('a request before initialize', () => {
  it.each(['tools/call', 'tools/list', 'resources/list'])('is refused: %s', async (method) => {
    const { peer } = openSession();
    const { error } = await peer.request(1, method, { name: LIST, arguments: {} });
    expect(error?.code).toBe(-32_600);
    expect(error?.message).toContain(`${method} came before initialize.`);
  });

  it('is served when it is a ping', async () => {
    const { peer } = openSession();
    expect((await peer.request(1, 'ping')).result).toEqual({});
  });

  it('is served when it names its revision, as those of 2026-07-28 do', async () => {
    const { peer } = openSession();
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    expect((await peer.request(1, 'tools/list', { _meta })).result?.['tools']).toHaveLength(6);
  });

  it('does not keep the client from beginning properly', async () => {
    const { peer } = openSession();
    await peer.request(1, 'tools/list');
    await peer.initialize();
    expect((await peer.request(2, 'resources/list')).result).toBeDefined();
  });
});

describe('a request with the id of another that is under way', () => {
  it('is dropped, and the other is answered once', async () => {
    const { peer, ends } = openRuns();
    await peer.initialize();
    peer.send({ id: 1, method: 'tools/call', params: RUN });
    peer.send({ id: 1, method: 'tools/call', params: RUN });
    await peer.callTool(2, LIST, {});
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await peer.next(({ id }) => id === 1);
    await peer.callTool(3, LIST, {});
    expect(peer.messages.filter(({ id }) => id === 1)).toHaveLength(1);
  });

  it('is another one when one id is a text', async () => {
    const { peer, ends } = openRuns();
    await peer.initialize();
    for (const id of [1, '1']) peer.send({ id, method: 'tools/call', params: RUN });
    await peer.callTool(2, LIST, {});
    expect(ends).toHaveLength(2);
  });

  it('is served once the other was answered', async () => {
    const { peer } = openRuns();
    await peer.initialize();
    await peer.callTool(1, LIST, {});
    peer.send({ id: 1, method: 'ping' });
    await peer.request(2, 'ping');
    expect(peer.messages.filter(({ id }) => id === 1)).toHaveLength(2);
  });

  it('is served once the other was cancelled', async () => {
    const { peer, ends } = openRuns();
    await peer.initialize();
    peer.send({ id: 1, method: 'tools/call', params: RUN });
    peer.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await peer.callTool(1, LIST, {});
    expect(ends).toHaveLength(1);
  });
});

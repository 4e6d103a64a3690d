import { describe, expect, it } from 'vitest';
import type { JsonRpcPeer } from '../../support/json-rpc-peer.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { openSession } from './session.js';

const LINES = Array.from({ length: 200_000 }, (_, line) => `line ${line}\n`).join('');

async function longRun(): Promise<{ peer: JsonRpcPeer; uri: string }> {
  const { peer } = openSession({
    executeContainer: () => Promise.resolve(runResultOf({ stdout: LINES })),
  });
  await peer.initialize();
  const answer = await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
  return { peer, uri: String(answer.structuredContent['full_output']) };
}

async function read(peer: JsonRpcPeer, id: number, uri: string): Promise<unknown> {
  const answer = await peer.request(id, 'resources/read', { uri });
  return answer.result?.['contents'] ?? answer.error;
}

describe('the resource of a shortened run', () => {
  it('gives the complete output, page by page, each small enough for every client', async () => {
    const { peer, uri } = await longRun();
    const first = await read(peer, 2, uri);
    expect(first).toEqual([
      {
        uri,
        mimeType: 'text/plain',
        text: LINES.slice(0, 1_000_000),
        _meta: {
          'io.slipway/offset': 0,
          'io.slipway/totalCharacters': LINES.length,
          'io.slipway/nextOffset': 1_000_000,
        },
      },
    ]);
    const next = await read(peer, 3, `${uri}?offset=1000000`);
    expect(next).toMatchObject([{ text: LINES.slice(1_000_000, 2_000_000) }]);
  });

  it('gives the part that was asked for', async () => {
    const { peer, uri } = await longRun();
    expect(await read(peer, 2, `${uri}?offset=5&limit=3`)).toMatchObject([
      { text: LINES.slice(5, 8), _meta: { 'io.slipway/nextOffset': 8 } },
    ]);
    expect(await read(peer, 3, `${uri}?offset=99999999`)).toMatchObject([
      { text: '', _meta: { 'io.slipway/nextOffset': null } },
    ]);
  });

  it('is listed', async () => {
    const { peer, uri } = await longRun();
    const { result } = await peer.request(2, 'resources/list');
    expect(result?.['resources']).toMatchObject([{ uri, mimeType: 'text/plain' }]);
  });

  it.each([
    'slipway://runs/0123456789abcdef/stdout',
    'slipway://runs/0123456789abcdef/both',
    'slipway://runs/x',
    'file:///etc/passwd',
    'not a uri',
  ])('is refused for %s', async (uri) => {
    const { peer } = await longRun();
    expect(await read(peer, 2, uri)).toMatchObject({ code: -32_602 });
  });

  it.each(['offset=-1', 'limit=x', 'offset=1e99', 'limit='])(
    'is refused with %s',
    async (query) => {
      const { peer, uri } = await longRun();
      const { error } = await peer.request(2, 'resources/read', { uri: `${uri}?${query}` });
      expect(error?.code).toBe(-32_602);
      expect(error?.message).toContain('must be a whole number');
    },
  );
});

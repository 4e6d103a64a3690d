import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonRpcPeer } from '../../support/json-rpc-peer.js';
import { PNG } from '../../support/images.js';
import { textLike, textWith } from '../../support/matchers.js';
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

  it('gives the lines that contain a pattern, with their numbers', async () => {
    const { peer, uri } = await longRun();
    const found = await read(peer, 2, `${uri}?pattern=LINE%2019999&limit=40`);
    expect(found).toMatchObject([
      {
        text: '20000: line 19999\n199991: line 199990\n19',
        _meta: {
          'io.slipway/offset': 0,
          'io.slipway/nextOffset': 40,
          'io.slipway/matches': 11,
        },
      },
    ]);
  });

  it('says how to page and to search', async () => {
    const { peer } = openSession();
    await peer.initialize();
    const { result } = await peer.request(1, 'resources/templates/list');
    expect(result?.['resourceTemplates']).toMatchObject([
      {
        uriTemplate: 'slipway://runs/{run_id}/{stream}{?offset,limit,pattern}',
        description: textWith('?offset=N&limit=N'),
      },
      {
        uriTemplate: 'slipway://runs/{run_id}/artifacts/{number}{?offset,limit,pattern}',
        description: textWith('&pattern=TEXT'),
      },
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
    'slipway://runs/0123456789abcdef/artifacts/1',
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

describe('the resource of a file', () => {
  const table = 'a,b\r\n1,2\r\n'.repeat(150_000);
  const data = Buffer.alloc(5_000_000, 0xff);

  async function runWithFiles(): Promise<{ peer: JsonRpcPeer; uri: string }> {
    const artifacts = [
      { path: '/out/plot.png', content: PNG },
      { path: '/out/table.csv', content: Buffer.from(table) },
      { path: '/out/data', content: data },
    ];
    const { peer } = openSession({
      executeContainer: () => Promise.resolve(runResultOf({ artifacts })),
    });
    await peer.initialize();
    const answer = await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
    const listed = listSchema.parse(answer.structuredContent['artifacts']);
    return { peer, uri: listed[0]?.location.replace(/1$/, '') ?? '' };
  }

  const listSchema = z.array(z.looseObject({ location: z.string() }));

  it('gives text in pages, and searches it', async () => {
    const { peer, uri } = await runWithFiles();
    expect(await read(peer, 2, `${uri}2`)).toMatchObject([
      {
        mimeType: 'text/csv',
        text: table.slice(0, 1_000_000),
        _meta: { 'io.slipway/nextOffset': 1_000_000 },
      },
    ]);
    expect(await read(peer, 3, `${uri}2?pattern=a,b&limit=11`)).toMatchObject([
      { text: '1: a,b\r\n3: ', _meta: { 'io.slipway/matches': 150_000 } },
    ]);
  });

  it('gives bytes in pages', async () => {
    const { peer, uri } = await runWithFiles();
    expect(await read(peer, 2, `${uri}1`)).toMatchObject([
      {
        mimeType: 'image/png',
        blob: Buffer.from(PNG).toString('base64'),
        _meta: { 'io.slipway/totalBytes': PNG.byteLength, 'io.slipway/nextOffset': null },
      },
    ]);
    const parts: Buffer[] = [];
    let offset: number | null = 0;
    while (offset !== null) {
      const contents = await read(peer, 3 + parts.length, `${uri}3?offset=${offset}`);
      const [page] = pageSchema.parse(contents);
      parts.push(Buffer.from(page.blob, 'base64'));
      offset = page._meta['io.slipway/nextOffset'];
    }
    expect(Buffer.concat(parts).equals(data)).toBe(true);
    expect(parts.length).toBeGreaterThan(1);
  });

  const pageSchema = z.tuple([
    z.looseObject({
      blob: z.string(),
      _meta: z.looseObject({ 'io.slipway/nextOffset': z.number().nullable() }),
    }),
  ]);

  it('is listed by its name and size', async () => {
    const { peer, uri } = await runWithFiles();
    const { result } = await peer.request(2, 'resources/list');
    expect(result?.['resources']).toContainEqual(
      expect.objectContaining({
        uri: `${uri}1`,
        name: textLike(/^\/out\/plot\.png of run [0-9a-f]{16}$/),
        mimeType: 'image/png',
        size: PNG.byteLength,
      }),
    );
  });

  it.each(['0', '4', '01', '-1', '1e0', '99999', '', 'x', 'x/1'])(
    'is refused for the number "%s"',
    async (number) => {
      const { peer, uri } = await runWithFiles();
      expect(await read(peer, 2, `${uri}${number}`)).toMatchObject({ code: -32_602 });
    },
  );

  it('is where the answer says, and an image for which there was no room has no address', async () => {
    const half = Buffer.alloc(16 * 1024 * 1024, 0xff);
    const artifacts = [
      { path: '/out/a', content: half },
      { path: '/out/too-large', content: Buffer.concat([half, PNG]) },
      { path: '/out/kept.png', content: PNG },
      { path: '/out/b', content: half.subarray(PNG.byteLength) },
      { path: '/out/lost.png', content: PNG },
    ];
    const { peer } = openSession({
      executeContainer: () => Promise.resolve(runResultOf({ artifacts })),
    });
    await peer.initialize();
    const { content } = await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
    const [, kept, lost] = content;
    const uri = textLike(/\/artifacts\/3$/);
    expect([kept, lost]).toMatchObject([{ _meta: { 'io.slipway/uri': uri } }, { type: 'image' }]);
    expect(lost).not.toHaveProperty('_meta');
    const blob = Buffer.from(PNG).toString('base64');
    const address = metaSchema.parse(kept)._meta['io.slipway/uri'];
    expect(await read(peer, 2, address)).toMatchObject([{ mimeType: 'image/png', blob }]);
    const { result } = await peer.request(3, 'resources/list');
    const listed = z.array(z.object({ uri: z.string() })).parse(result?.['resources']);
    const numbers = listed.map((one) => /artifacts\/(\d+)$/.exec(one.uri)?.[1]);
    expect(numbers.filter((number) => number !== undefined)).toEqual(['1', '3', '4']);
  });

  const metaSchema = z.looseObject({ _meta: z.object({ 'io.slipway/uri': z.string() }) });
});

import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../../src/engine/ports.js';
import type { JsonRpcPeer } from '../../support/json-rpc-peer.js';
import { PNG } from '../../support/images.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { openSession } from './session.js';

const MIB = 1024 * 1024;

/** Clients drop the connection at 10 MiB; no message is half as long. */
const LARGEST = 4 * MIB;

/** What JSON makes long: escapes, and escapes of escapes where JSON is in JSON. */
const WORST = {
  'control characters': '\u0001',
  backslashes: '\\',
  quotes: '"',
  'line feeds': '\n',
  'three-byte characters': '\u20AC',
  'four-byte characters': '\u{1F600}',
  'line separators': '\u2028',
  'lone surrogates': '\uD800',
  'C1 controls': '\u0085',
};

/** A session that counts the bytes of its longest message. */
function measured(...script: Parameters<typeof openSession>): {
  readonly peer: JsonRpcPeer;
  readonly longest: () => number;
} {
  const { peer, output } = openSession(...script);
  let longest = 0;
  let current = 0;
  output.on('data', (chunk: Buffer | string) => {
    for (const line of String(chunk).split(/(?<=\n)/)) {
      current += Buffer.byteLength(line);
      longest = Math.max(longest, current);
      if (line.endsWith('\n')) current = 0;
    }
  });
  return { peer, longest: () => longest };
}

/** Image after image, text, and other files, all as large as fits beside each other. */
function manyFiles(text: string): readonly Artifact[] {
  const png = Buffer.concat([PNG.subarray(0, -12), Buffer.alloc(400_000), PNG.subarray(-12)]);
  const path = `/${text.repeat(4000)}`.slice(0, 4096);
  return Array.from({ length: 300 }, (_, index) => [
    { path, content: index < 100 ? png : Buffer.from('x') },
    { path, content: Buffer.from(text.repeat(1000)) },
    { path, content: Buffer.alloc(50_000, 0xff) },
  ]).flat();
}

describe.each(Object.entries(WORST))('with a program that writes only %s', (_name, character) => {
  const stdout = character.repeat(4 * MIB);

  it('no message is over 4 MiB: result, error, page and list', { timeout: 60_000 }, async () => {
    const result = runResultOf({
      success: false,
      stdout,
      stderr: stdout,
      errorMessage: stdout.slice(0, MIB),
      artifacts: manyFiles(character),
    });
    const { peer, longest } = measured({ executeContainer: () => Promise.resolve(result) });
    await peer.initialize();
    const answer = await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
    const uri = String(answer.structuredContent['full_output']);
    await peer.request(2, 'resources/read', { uri });
    await peer.request(3, 'resources/read', {
      uri: `${uri}?pattern=${encodeURIComponent(Buffer.from(character).toString())}`,
    });
    await peer.request(4, 'resources/read', { uri: uri.replace(/std...$/, 'artifacts/2') });
    await peer.request(5, 'resources/list');
    expect(longest()).toBeGreaterThan(2 * MIB);
    expect(longest()).toBeLessThan(LARGEST);
  });

  it('arguments that are refused are not sent back', async () => {
    const { peer, longest } = measured();
    await peer.initialize();
    const text = character.repeat(300_000);
    await peer.callTool(1, 'execute_docker_container', { image: text, [text]: text, pull: text });
    await peer.request(2, 'resources/read', { uri: `slipway://runs/x/stdout?pattern=${text}` });
    await peer.request(3, 'tools/call', { name: text, arguments: {} });
    expect(longest()).toBeLessThan(LARGEST);
  });
});

it('a page of the largest binary file is not over 4 MiB', async () => {
  const artifacts = [{ path: '/out/data', content: Buffer.alloc(16 * MIB, 0xff) }];
  const { peer, longest } = measured({
    executeContainer: () => Promise.resolve(runResultOf({ artifacts })),
  });
  await peer.initialize();
  const answer = await peer.callTool(1, 'execute_docker_container', { image: 'busybox' });
  const listed = JSON.stringify(answer.structuredContent['artifacts']);
  const uri = /slipway:[^"]*/.exec(listed)?.[0] ?? '';
  const page = await peer.request(2, 'resources/read', { uri });
  expect(page.error).toBeUndefined();
  expect(longest()).toBeGreaterThan(3 * MIB);
  expect(longest()).toBeLessThan(LARGEST);
});

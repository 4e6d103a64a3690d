import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from './session.js';

async function listTools(): Promise<Record<string, unknown>> {
  const { peer } = openSession();
  await peer.initialize();
  const { result } = await peer.request(1, 'tools/list');
  return result ?? {};
}

/** What models are shown of a tool. */
const listSchema = z.object({
  tools: z.array(
    z.object({ name: z.string(), description: z.string(), inputSchema: z.looseObject({}) }),
  ),
});

/**
 * Pieces as the tokenizer o200k cuts a text before it looks up tokens, with one token for every
 * seven characters of a piece. For these texts that is 3 % more than the tokenizer itself counts.
 */
function estimatedTokens(text: string): number {
  const pieces = text.match(/[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+/gu) ?? [];
  return pieces.reduce((sum, piece) => sum + Math.ceil(piece.length / 7), 0);
}

/** Every key of every object in it, at any depth. */
function keysOf(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(keysOf);
  if (typeof node !== 'object' || node === null) return [];
  return [...Object.keys(node), ...Object.values(node).flatMap(keysOf)];
}

describe('tools/list', () => {
  it('is what was reviewed: a changed text or schema is a changed file', async () => {
    const listed = `${JSON.stringify(await listTools(), null, 2)}\n`;
    await expect(listed).toMatchFileSnapshot('tools-list.snap');
  });

  it('has six tools in a fixed order', async () => {
    const { tools } = await listTools();
    expect(tools).toMatchObject([
      { name: 'execute_docker_container' },
      { name: 'build_and_execute_github_repo' },
      { name: 'execute_with_payload' },
      { name: 'list_running_containers' },
      { name: 'stop_container' },
      { name: 'pull_docker_image' },
    ]);
    expect(tools).toHaveLength(6);
  });

  it('costs at most 14 KB on the wire', async () => {
    expect(Buffer.byteLength(JSON.stringify(await listTools()))).toBeLessThanOrEqual(14_000);
  });

  it('costs a model at most 1,800 tokens', async () => {
    const { tools } = listSchema.parse(await listTools());
    const shown = tools.map((tool) => estimatedTokens(JSON.stringify(tool)));
    expect(shown.reduce((sum, tokens) => sum + tokens)).toBeLessThanOrEqual(1800);
  });

  it('names no dialect and nothing that some client refuses', async () => {
    const listed = await listTools();
    const keys = new Set(keysOf(listed));
    for (const key of ['$schema', 'propertyNames', '$ref', '$defs', 'format']) {
      expect(keys).not.toContain(key);
    }
    expect(JSON.stringify(listed)).not.toMatch(/"type":\[/);
  });

  it('takes no unknown argument', async () => {
    const { tools } = await listTools();
    for (const tool of Array.isArray(tools) ? tools : []) {
      expect(tool).toMatchObject({ inputSchema: { type: 'object', additionalProperties: false } });
    }
  });

  it('puts the short fields of a run before its output', async () => {
    const { tools } = await listTools();
    const output = keysOf(
      Array.isArray(tools) ? Reflect.get(Object(tools[0]), 'outputSchema') : {},
    );
    expect(output.indexOf('success')).toBeLessThan(output.indexOf('stderr'));
    expect(output.indexOf('stderr')).toBeLessThan(output.indexOf('stdout'));
  });
});

import { describe, expect, it } from 'vitest';
import { openSession } from './session.js';

async function listTools(): Promise<Record<string, unknown>> {
  const { peer } = openSession();
  await peer.initialize();
  const { result } = await peer.request(1, 'tools/list');
  return result ?? {};
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

  it('costs at most 14 KiB on the wire', async () => {
    expect(Buffer.byteLength(JSON.stringify(await listTools()))).toBeLessThanOrEqual(14_336);
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

import { describe, expect, test } from 'vitest';
import { CLIENTS } from '../support/mcp-clients.js';
import { NO_ENGINE } from '../support/slipway-process.js';

const CALLS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['execute_docker_container', { image: 'busybox:1.36' }],
  ['build_and_execute_github_repo', { repo_url: 'https://github.com/org/repo' }],
  ['execute_with_payload', { image: 'busybox:1.36', payload: 'x' }],
  ['list_running_containers', {}],
  ['stop_container', { container_id: 'abcdef123456' }],
  ['pull_docker_image', { image: 'busybox:1.36' }],
];

describe.each(CLIENTS)('without an engine, for %s', (_name, connect) => {
  test('the server starts and lists its six tools', async () => {
    await using client = await connect(NO_ENGINE);
    expect(await client.toolNames()).toEqual(CALLS.map(([name]) => name));
    expect(client.instructions).toContain('throw-away Docker containers');
  });

  test.each(CALLS)('%s says what is wrong and what to do', async (name, args) => {
    await using client = await connect(NO_ENGINE);
    // A client that knows the tools checks every result against the output schema of its tool.
    await client.toolNames();
    const result = await client.call(name, args);
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ success: false });
    const message = String(result.structuredContent['error_message']);
    expect(message).toContain('unix:///nonexistent/docker.sock');
    expect(message).toMatch(/start/i);
    expect(result.content).toEqual([
      { type: 'text', text: JSON.stringify(result.structuredContent) },
    ]);
  });

  test('a wrong argument is named', async () => {
    await using client = await connect(NO_ENGINE);
    const result = await client.call('execute_docker_container', { image: 'x', cmd: 'ls' });
    expect(result.isError).toBe(true);
    expect(result.structuredContent['error_message']).toContain('Unrecognized key: "cmd"');
  });

  test('an unknown tool is a protocol error', async () => {
    await using client = await connect(NO_ENGINE);
    await expect(client.call('no_such_tool', {})).rejects.toThrow('no_such_tool');
  });
});

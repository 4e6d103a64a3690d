import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { serveRepository, type ServedRepository } from '../support/git-server.js';
import { CLIENTS, type CallResult, type McpClient } from '../support/mcp-clients.js';
import { NO_ENGINE } from '../support/slipway-process.js';

const BUSYBOX = 'busybox:1.36';

type Arguments = Readonly<Record<string, unknown>>;

const CALLS: readonly (readonly [string, Arguments])[] = [
  ['execute_docker_container', { image: BUSYBOX }],
  ['build_and_execute_github_repo', { repo_url: 'https://github.com/org/repo' }],
  ['execute_with_payload', { image: BUSYBOX, payload: 'x' }],
  ['list_running_containers', {}],
  ['stop_container', { container_id: 'abcdef123456' }],
  ['pull_docker_image', { image: BUSYBOX }],
];

describe.each(CLIENTS)('without an engine, for %s', (_name, connect) => {
  test('the server starts and lists its six tools', async () => {
    await using client = await connect(NO_ENGINE);
    expect(await client.toolNames()).toEqual(CALLS.map(([name]) => name));
    expect(client.instructions).toContain('throw-away Docker containers');
  });

  test('every tool says what is wrong and what to do', async () => {
    await using client = await connect(NO_ENGINE);
    for (const [name, args] of CALLS) {
      const result = await resultOf(client, name, args);
      expect(result).toMatchObject({ isError: true, structuredContent: { success: false } });
      const message = String(result.structuredContent['error_message']);
      expect(message).toContain('unix:///nonexistent/docker.sock');
      expect(message).toMatch(/start/i);
    }
  });

  test('a wrong argument is named', async () => {
    await using client = await connect(NO_ENGINE);
    const result = await resultOf(client, 'execute_docker_container', { image: 'x', cmd: 'ls' });
    expect(result.isError).toBe(true);
    expect(result.structuredContent['error_message']).toContain('Unrecognized key: "cmd"');
  });

  test('an unknown tool is a protocol error', async () => {
    await using client = await connect(NO_ENGINE);
    await expect(client.call('no_such_tool', {})).rejects.toThrow('no_such_tool');
  });
});

let folder = '';
let git: ServedRepository;

beforeAll(async () => {
  const Dockerfile = `FROM ${BUSYBOX}\nCMD ["echo", "built"]\n`;
  git = await serveRepository({ files: { Dockerfile, 'broken/Dockerfile': 'FROM\n' } });
  folder = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  const policy = JSON.stringify({ repositories: { hosts: [git.origin] } });
  await writeFile(join(folder, 'policy.json'), policy, { mode: 0o600 });
});

afterAll(async () => {
  await git.close();
  await rm(folder, { recursive: true });
});

/** A call, and what the result of it must hold. */
const OUTCOMES: readonly (readonly [string, Arguments, Arguments])[] = [
  [
    'execute_docker_container',
    { image: BUSYBOX, command: ['sh', '-c', 'echo out; echo err >&2; exit 3'] },
    { success: false, exit_code: 3, stdout: 'out\n', stderr: 'err\n' },
  ],
  [
    'execute_docker_container',
    { image: BUSYBOX, command: ['no-such-program'] },
    { success: false, exit_code: null },
  ],
  [
    'execute_docker_container',
    { image: BUSYBOX, command: ['seq', '1', '100000'] },
    { success: true, truncated: true },
  ],
  [
    'execute_with_payload',
    { image: BUSYBOX, payload: { answer: 42 }, command: 'cat $PAYLOAD_PATH' },
    { success: true, stdout: '{"answer":42}' },
  ],
  ['list_running_containers', {}, { success: true }],
  ['stop_container', { container_id: 'no-such-container' }, { success: false }],
  ['pull_docker_image', { image: BUSYBOX }, { success: true, image: BUSYBOX }],
  ['pull_docker_image', { image: 'Not an image' }, { success: false }],
];

describe.each(CLIENTS)('on a real engine, for %s', (_name, connect) => {
  test('every result is what its tool said it would be, as text and as structure', async () => {
    await using client = await connect(['--policy', join(folder, 'policy.json')]);
    for (const [name, args, expected] of OUTCOMES) {
      const { structuredContent } = await resultOf(client, name, args);
      expect(structuredContent).toMatchObject(expected);
    }
    const build = 'build_and_execute_github_repo';
    const built = await resultOf(client, build, { repo_url: git.url });
    expect(built.structuredContent).toMatchObject({ success: true, stdout: 'built\n' });
    const broken = await resultOf(client, build, { repo_url: git.url, context_path: 'broken' });
    expect(broken.structuredContent).toMatchObject({ success: false, image_id: null });
  });
});

/** Calls a tool, and holds the result to the output schema that the client was told. */
async function resultOf(client: McpClient, name: string, args: Arguments): Promise<CallResult> {
  const listed = (await client.tools()).find((tool) => tool.name === name);
  const result = await client.call(name, args);
  z.fromJSONSchema(listed?.outputSchema ?? false).parse(result.structuredContent);
  expect(result.content[0]?.text).toBe(JSON.stringify(result.structuredContent));
  return result;
}

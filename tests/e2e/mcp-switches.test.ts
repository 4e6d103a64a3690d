import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { CLIENTS } from '../support/mcp-clients.js';
import { NO_ENGINE, slipway, startServer } from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const tempFolder = tempFolders();

const BUSYBOX = 'busybox:1.36';

const ALL = [
  'execute_docker_container',
  'build_and_execute_github_repo',
  'execute_with_payload',
  'list_running_containers',
  'stop_container',
  'pull_docker_image',
];
const WITHOUT_BUILD = ALL.filter((name) => name !== 'build_and_execute_github_repo');
const READING = ['list_running_containers'];

const OFFERED: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['--read-only'], READING],
  [
    ['--tools', 'stop_container,execute_docker_container'],
    ['execute_docker_container', 'stop_container'],
  ],
  [['--tools', 'stop_container,list_running_containers', '--read-only'], READING],
  [['--no-build'], WITHOUT_BUILD],
  [['--no-network'], ALL],
];

describe.each(CLIENTS)('a server with switches, for %s', (_name, connect) => {
  test.each(OFFERED)('%j offers what they leave', async (switches, tools) => {
    await using client = await connect([...NO_ENGINE, ...switches]);
    expect(await client.toolNames()).toEqual(tools);
  });

  test('a tool that is switched off is unknown', async () => {
    await using client = await connect([...NO_ENGINE, '--read-only']);
    const called = client.call('stop_container', { container_id: 'abcdef123456' });
    await expect(called).rejects.toMatchObject({ code: -32_602 });
  });

  test('--no-network refuses a network in the words of the policy, and runs without', async () => {
    await using client = await connect(['--no-network']);
    const run = { image: BUSYBOX, command: 'ls /sys/class/net' };
    const refused = await client.call('execute_docker_container', {
      ...run,
      network_mode: 'bridge',
    });
    expect(refused.isError).toBe(true);
    expect(refused.structuredContent['error_message']).toMatch(
      /network mode "bridge" is not permitted on this server/i,
    );
    const alone = await client.call('execute_docker_container', run);
    expect(alone.structuredContent).toMatchObject({ success: true, stdout: 'lo\n' });
  });

  test('arguments sent as JSON text are taken', async () => {
    await using client = await connect([]);
    const { structuredContent } = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: '["sh","-c","echo $GREETING, $0","you there"]',
      environment: '{"GREETING":"hello"}',
    });
    expect(structuredContent).toMatchObject({ success: true, stdout: 'hello, you there\n' });
  });
});

test('--no-network wins over a policy file that gives a network', async () => {
  const content = '{"network":{"modes":["none","bridge"],"default":"bridge"}}';
  const file = path.join(
    await tempFolder({ 'policy.json': { content, mode: 0o600 } }),
    'policy.json',
  );
  await using server = startServer(['--policy', file, '--no-network']);
  await server.peer.initialize();
  const { structuredContent } = await server.peer.callTool(1, 'execute_docker_container', {
    image: BUSYBOX,
    command: 'ls /sys/class/net',
  });
  expect(structuredContent).toMatchObject({ success: true, stdout: 'lo\n' });
});

describe('a switch as a variable', () => {
  test.each([
    ['SLIPWAY_READ_ONLY', '1', READING],
    ['SLIPWAY_READ_ONLY', '0', ALL],
    ['SLIPWAY_TOOLS', 'stop_container', ['stop_container']],
    ['SLIPWAY_NO_BUILD', 'true', WITHOUT_BUILD],
  ])('%s=%s', async (variable, value, tools) => {
    vi.stubEnv(variable, value);
    await using server = startServer([...NO_ENGINE]);
    await server.peer.initialize();
    const { result } = await server.peer.request(1, 'tools/list');
    expect(result).toMatchObject({ tools: tools.map((name) => ({ name })) });
  });

  test('SLIPWAY_NO_NETWORK=true', async () => {
    vi.stubEnv('SLIPWAY_NO_NETWORK', 'true');
    await using server = startServer();
    await server.peer.initialize();
    const { structuredContent } = await server.peer.callTool(1, 'execute_docker_container', {
      image: BUSYBOX,
      network_mode: 'bridge',
    });
    expect(String(structuredContent['error_message'])).toMatch(/"bridge" is not permitted/);
  });

  test.each(['SLIPWAY_READ_ONLY', 'SLIPWAY_NO_NETWORK', 'SLIPWAY_NO_BUILD'])(
    '%s=maybe refuses to start in one line',
    async (variable) => {
      vi.stubEnv(variable, 'maybe');
      expect(await slipway(['mcp'])).toEqual({
        code: 2,
        stdout: '',
        stderr: `error: ${variable} must be 1, true, 0 or false; got "maybe".\n`,
      });
    },
  );
});

test.each([
  [['--tools', 'stop'], /^error: --tools names no tool with "stop"; the tools are .+\n$/],
  [['--tools', 'stop_container', '--read-only'], /^error: no tool is left to offer; .+\n$/],
])('%j refuses to start in one line', async (switches, line) => {
  const done = await slipway(['mcp', ...switches]);
  expect(done).toMatchObject({ code: 2, stdout: '' });
  expect(done.stderr).toMatch(line);
});

import { readFile } from 'node:fs/promises';
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
const INSPECT = ['container_logs', 'container_stats', 'list_images', 'read_output'];

const OFFERED: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['--read-only'], READING],
  [
    ['--tools', 'stop_container,execute_docker_container'],
    ['execute_docker_container', 'stop_container'],
  ],
  [['--tools', 'stop_container,list_running_containers', '--read-only'], READING],
  [['--no-build'], WITHOUT_BUILD],
  [['--no-network'], ALL],
  [
    ['--toolsets', 'jobs,inspect'],
    [...ALL, ...INSPECT, 'start_job', 'job_status', 'job_result', 'cancel_job'],
  ],
  [
    ['--toolsets', 'inspect', '--read-only'],
    [...READING, ...INSPECT],
  ],
  [
    ['--toolsets', 'builder', '--no-build'],
    [...WITHOUT_BUILD, 'detect_repository'],
  ],
  [
    ['--tools', 'read_output,stop_container'],
    ['stop_container', 'read_output'],
  ],
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
    ['SLIPWAY_TOOLSETS', 'inspect', [...ALL, ...INSPECT]],
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
  [['--toolsets', 'job'], /^error: --toolsets names no toolset with "job"; .+ jobs, builder\.\n$/],
  [['--output-dir', '/dev/null/outputs'], /^error: --output-dir must name a folder .+\n$/],
  [['--http', '127.0.0.1'], /^error: --http must be a port, or host:port .+\n$/],
  [['--allowed-hosts', 'box'], /^error: --allowed-hosts is for --http, .+\n$/],
  [['--warm', 'Busy Box'], /^error: --warm .+\n$/],
  [['--preset', 'lax'], /^error: option '--preset <name>' .+\n$/],
  [['--log-level', 'loud'], /^error: option '--log-level <level>' .+\n$/],
])('%j refuses to start in one line', async (switches, line) => {
  const done = await slipway(['mcp', ...switches]);
  expect(done).toMatchObject({ code: 2, stdout: '' });
  expect(done.stderr).toMatch(line);
});

describe('a variable', () => {
  test.each([
    ['SLIPWAY_READONLY', '1', /"SLIPWAY_READONLY" is not known; did you mean SLIPWAY_READ_ONLY\?/],
    ['SLIPWAY_TOOLSETS', 'all', /SLIPWAY_TOOLSETS names no toolset with "all"/],
    ['SLIPWAY_OUTPUT_DIR', '/dev/null/outputs', /SLIPWAY_OUTPUT_DIR must name a folder/],
    ['SLIPWAY_HTTP', 'here', /SLIPWAY_HTTP must be a port/],
    ['SLIPWAY_WARM', '', /SLIPWAY_WARM must not be empty/],
    ['SLIPWAY_NO_WARM', 'maybe', /SLIPWAY_NO_WARM must be 1, true, 0 or false/],
    ['SLIPWAY_PRESET', 'lax', /SLIPWAY_PRESET/],
    ['SLIPWAY_LOG_LEVEL', 'loud', /SLIPWAY_LOG_LEVEL/],
  ])('%s=%s refuses to start in one line', async (variable, value, line) => {
    vi.stubEnv(variable, value);
    const done = await slipway(['mcp']);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toMatch(line);
    expect(done.stderr).toMatch(/^error: .+\n$/);
  });

  test('that is misspelled stops no other command than the server', async () => {
    vi.stubEnv('SLIPWAY_READONLY', '1');
    expect(await slipway(['--version'])).toMatchObject({ code: 0 });
  });

  test('SLIPWAY_POLICY names a policy', async () => {
    vi.stubEnv('SLIPWAY_POLICY', path.join(await tempFolder(), 'none.json'));
    const done = await slipway(['mcp']);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toContain('none.json');
  });

  test('DOCKER_HOST names the engine, and --docker-host wins', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/of-variable.sock');
    await using first = startServer();
    await using second = startServer([...NO_ENGINE]);
    const texts = [];
    for (const { peer } of [first, second]) {
      await peer.initialize();
      const { structuredContent } = await peer.callTool(1, 'list_running_containers', {});
      texts.push(String(structuredContent['error_message']));
    }
    expect(texts[0]).toContain('/nonexistent/of-variable.sock');
    expect(texts[1]).toContain('/nonexistent/docker.sock');
    expect(texts[1]).not.toContain('of-variable');
  });
});

test('--output-dir keeps outputs as files', async () => {
  const folder = path.join(await tempFolder(), 'outputs');
  await using server = startServer(['--output-dir', folder]);
  await server.peer.initialize();
  const { structuredContent } = await server.peer.callTool(1, 'execute_docker_container', {
    image: BUSYBOX,
    command: 'seq 1 100000',
  });
  const file = String(structuredContent['full_output']);
  expect(path.relative(folder, file)).not.toMatch(/^\.\./);
  expect(await readFile(file, 'utf8')).toMatch(/^1\n2\n(?:.+\n)+100000\n$/);
});

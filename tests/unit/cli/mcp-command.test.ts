import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServerOptions } from '../../../src/cli/environment.js';
import { invalidInput } from '../../../src/core/options.js';
import { TOOL_NAMES, TOOLS, TOOLSETS } from '../../../src/tools/registry.js';
import { tempFolders } from '../../support/temp-folder.js';
import { type CommandLineResult, commandLine } from './command-line.js';

const tempFolder = tempFolders();

interface Served extends CommandLineResult {
  /** What the server was started with; undefined when it was not. */
  readonly options: ServerOptions | undefined;
  readonly tools: readonly string[] | undefined;
}

async function mcp(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Served> {
  let options: ServerOptions | undefined;
  const serveMcp = (given: ServerOptions): Promise<number> => {
    options = given;
    return Promise.resolve(0);
  };
  const done = await commandLine(['mcp', ...args], {}, { serveMcp, variables });
  return { ...done, options, tools: options?.tools.map((tool) => tool.name) };
}

const ALL = TOOLS.map((tool) => tool.name);
const { inspect: INSPECT, jobs: JOBS } = TOOLSETS;
const READING = ['list_running_containers'];
const WITHOUT_BUILD = ALL.filter((name) => name !== 'build_and_execute_github_repo');

describe('slipway mcp', () => {
  it('serves with the options and exits as the server says', async () => {
    const seen: unknown[] = [];
    const serveMcp = (options: unknown): Promise<number> => {
      seen.push(options);
      return Promise.resolve(1);
    };
    const args = ['mcp', '--docker-host', 'unix:///s', '--policy', 'p.json', '--log-level', 'warn'];
    const done = await commandLine(args, {}, { serveMcp });
    expect(seen).toEqual([
      {
        dockerHost: 'unix:///s',
        policyFile: 'p.json',
        preset: undefined,
        logLevel: 'warn',
        tools: TOOLS,
        network: true,
        outputDir: undefined,
        http: undefined,
        warm: { enabled: true, images: [] },
      },
    ]);
    expect(done).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('refuses to start with a policy that is not valid, and says why', async () => {
    const refusal = invalidInput('policy.netwrk', 'is not an option of policy', {});
    const serveMcp = () => Promise.reject(refusal);
    const done = await commandLine(['mcp', '--policy', 'p.json'], {}, { serveMcp });
    expect(done).toMatchObject({ exitCode: 2, stdout: '' });
    expect(done.stderr).toMatch(/^slipway: policy\.netwrk is not an option/);
  });
});

describe('the switches of slipway mcp', () => {
  it.each<readonly [readonly string[], Readonly<Record<string, string>>, readonly string[]]>([
    [[], {}, ALL],
    [['--read-only'], {}, READING],
    [[], { SLIPWAY_READ_ONLY: '1' }, READING],
    [[], { SLIPWAY_READ_ONLY: 'true' }, READING],
    [[], { SLIPWAY_READ_ONLY: '0' }, ALL],
    [[], { SLIPWAY_READ_ONLY: 'false' }, ALL],
    [['--read-only'], { SLIPWAY_READ_ONLY: '0' }, READING],
    [['--no-build'], {}, WITHOUT_BUILD],
    [[], { SLIPWAY_NO_BUILD: '1' }, WITHOUT_BUILD],
    [[], { SLIPWAY_NO_BUILD: '0' }, ALL],
    [['--tools', 'stop_container, list_running_containers'], {}, [...READING, 'stop_container']],
    [[], { SLIPWAY_TOOLS: 'stop_container' }, ['stop_container']],
    [['--tools', 'pull_docker_image'], { SLIPWAY_TOOLS: 'stop_container' }, ['pull_docker_image']],
    [['--tools', 'stop_container,list_running_containers', '--read-only'], {}, READING],
    [['--tools', 'stop_container'], { SLIPWAY_NO_BUILD: '1' }, ['stop_container']],
    [['--tools', 'read_output'], {}, ['read_output']],
    [['--toolsets', 'jobs, inspect'], {}, [...ALL, ...INSPECT, ...JOBS]],
    [[], { SLIPWAY_TOOLSETS: 'inspect' }, [...ALL, ...INSPECT]],
    [['--toolsets', 'jobs'], { SLIPWAY_TOOLSETS: 'inspect' }, [...ALL, ...JOBS]],
    [['--toolsets', 'inspect', '--read-only'], {}, [...READING, ...INSPECT]],
    [['--toolsets', 'inspect', '--tools', 'stop_container'], {}, ['stop_container', ...INSPECT]],
    [['--toolsets', 'builder', '--no-build'], {}, [...WITHOUT_BUILD, 'detect_repository']],
  ])('%j with %j offers what they leave', async (args, variables, tools) => {
    expect(await mcp(args, variables)).toMatchObject({ exitCode: 0, stderr: '', tools });
  });

  it.each<readonly [readonly string[], Readonly<Record<string, string>>, boolean]>([
    [[], {}, true],
    [['--no-network'], {}, false],
    [[], { SLIPWAY_NO_NETWORK: 'true' }, false],
    [[], { SLIPWAY_NO_NETWORK: 'false' }, true],
    [['--no-network'], { SLIPWAY_NO_NETWORK: 'false' }, false],
  ])('%j with %j decide about the network of runs: %j', async (args, variables, network) => {
    expect((await mcp(args, variables)).options?.network).toBe(network);
  });

  it.each<readonly [readonly string[], Readonly<Record<string, string>>, string]>([
    [[], { SLIPWAY_READ_ONLY: 'yes' }, 'SLIPWAY_READ_ONLY must be 1, true, 0 or false; got "yes"'],
    [['--read-only'], { SLIPWAY_READ_ONLY: '' }, 'SLIPWAY_READ_ONLY must be 1, true, 0 or false'],
    [[], { SLIPWAY_NO_NETWORK: 'on' }, 'SLIPWAY_NO_NETWORK must be 1, true, 0 or false; got "on"'],
    [['--no-build'], { SLIPWAY_NO_BUILD: 'TRUE' }, 'SLIPWAY_NO_BUILD must be 1, true, 0 or false'],
    [
      ['--tools', 'stop'],
      {},
      `--tools names no tool with "stop"; the tools are ${TOOL_NAMES.join(', ')}`,
    ],
    [['--tools', 'stop_container,'], {}, '--tools names no tool with ""'],
    [['--tools', ''], {}, '--tools names no tool with ""'],
    [[], { SLIPWAY_TOOLS: '' }, 'SLIPWAY_TOOLS names no tool with ""'],
    [[], { SLIPWAY_TOOLS: 'Stop_container' }, 'SLIPWAY_TOOLS names no tool with "Stop_container"'],
    [['--tools', 'a\nb'], {}, '--tools names no tool with "a\\nb"'],
    [['--read-only', '--tools', 'stop_container'], {}, 'tools stop_container; read-only.'],
    [
      ['--tools', 'build_and_execute_github_repo'],
      { SLIPWAY_NO_BUILD: '1' },
      'no tool is left to offer; change one of these switches: tools build_and_execute_github_repo; no-build.',
    ],
    [
      ['--toolsets', 'inspects'],
      {},
      '--toolsets names no toolset with "inspects"; the toolsets are inspect, jobs, builder.',
    ],
    [['--toolsets', ''], {}, '--toolsets names no toolset with ""'],
    [['--toolsets', 'toString'], {}, '--toolsets names no toolset with "toString"'],
    [[], { SLIPWAY_TOOLSETS: 'all' }, 'SLIPWAY_TOOLSETS names no toolset with "all"'],
    [['--tools', 'job_status'], {}, 'no tool is left to offer; change one of these switches'],
    [
      [],
      { SLIPWAY_READONLY: '1' },
      '"SLIPWAY_READONLY" is not known; did you mean SLIPWAY_READ_ONLY?',
    ],
    [['--tools'], {}, 'argument missing'],
    [['--readonly'], {}, "unknown option '--readonly'"],
    [['--read-only=1'], {}, "unknown option '--read-only=1'"],
    [['--no-network', 'true'], {}, 'too many arguments'],
  ])('%j with %j refuse to start in one line', async (args, variables, line) => {
    const done = await mcp(args, variables);
    expect(done).toMatchObject({ exitCode: 2, stdout: '', options: undefined });
    expect(done.stderr).toContain(line);
    expect(done.stderr).toMatch(/^error: .+\n(?:\(Did you mean .+\?\)\n)?$/);
  });
});

describe('where slipway mcp is served', () => {
  const TOKEN = { SLIPWAY_HTTP_TOKEN: 'a secret' };

  it.each<readonly [readonly string[], Readonly<Record<string, string>>, string, number]>([
    [['--http', '8931'], {}, '127.0.0.1', 8931],
    [['--http', '0'], {}, '127.0.0.1', 0],
    [['--http', 'localhost:8931'], {}, 'localhost', 8931],
    [['--http', '0.0.0.0:65535'], {}, '0.0.0.0', 65_535],
    [['--http', '[::1]:8931'], {}, '::1', 8931],
    [[], { SLIPWAY_HTTP: '[::]:1' }, '::', 1],
    [['--http', '2'], { SLIPWAY_HTTP: '1' }, '127.0.0.1', 2],
  ])('%j with %j is on %s, port %i', async (args, variables, host, port) => {
    const { options } = await mcp(args, { ...variables, ...TOKEN });
    expect(options?.http).toEqual({ host, port, token: 'a secret', allowedHosts: [] });
  });

  it.each<readonly [readonly string[], Readonly<Record<string, string>>]>([
    [['--allowed-hosts', 'slipway.example, box'], {}],
    [[], { SLIPWAY_ALLOWED_HOSTS: 'slipway.example,box' }],
  ])('%j with %j lets clients reach it by other names', async (args, variables) => {
    const { options } = await mcp(['--http', '1', ...args], { ...variables, ...TOKEN });
    expect(options?.http?.allowedHosts).toEqual(['slipway.example', 'box']);
  });

  it('is reached by IPv6 addresses as they stand in a URL', async () => {
    const names = ['[2001:db8::7]', '[fd00::1]'];
    const args = ['--http', '[2001:db8::7]:8931', '--allowed-hosts', names.join(',')];
    const { options, stderr } = await mcp(args, TOKEN);
    expect(stderr).toBe('');
    expect(options?.http).toMatchObject({ host: '2001:db8::7', allowedHosts: names });
  });

  it('needs no token in a variable', async () => {
    expect((await mcp(['--http', '1'])).options?.http).toMatchObject({ token: undefined });
  });

  it('is standard input and output unless said otherwise, whatever the token', async () => {
    expect((await mcp([], TOKEN)).options?.http).toBeUndefined();
  });

  it.each<readonly [readonly string[], Readonly<Record<string, string>>, string]>([
    [['--http', ''], TOKEN, '--http must be a port, or host:port such as'],
    [['--http', 'localhost'], TOKEN, '--http must be a port'],
    [['--http', '65536'], TOKEN, '--http must be a port'],
    [['--http', '::1:80'], TOKEN, '--http must be a port'],
    [['--http', ':80'], TOKEN, '--http must be a port'],
    [['--http', 'user@host:80'], TOKEN, '--http must be a port'],
    [['--http', 'http://127.0.0.1:80'], TOKEN, '--http must be a port'],
    [[], { ...TOKEN, SLIPWAY_HTTP: '80/mcp' }, 'SLIPWAY_HTTP must be a port'],
    [['--http', '80'], { SLIPWAY_HTTP_TOKEN: '' }, 'SLIPWAY_HTTP_TOKEN is empty'],
    [['--http', '80', '--http-token', 'x'], TOKEN, "unknown option '--http-token'"],
    [['--http', '80', '--allowed-hosts', 'a:80'], TOKEN, '--allowed-hosts must be names of hosts'],
    [['--http', '80', '--allowed-hosts', '*'], TOKEN, '--allowed-hosts must be names of hosts'],
    [['--http', '80', '--allowed-hosts', '2001:db8::7'], TOKEN, 'IPv6 in brackets'],
    [['--http', '80', '--allowed-hosts', '[2001:db8::7]:80'], TOKEN, '--allowed-hosts must be'],
    [['--http', '80', '--allowed-hosts', '[a]'], TOKEN, '--allowed-hosts must be names of hosts'],
    [['--allowed-hosts', 'a'], TOKEN, '--allowed-hosts is for --http, which is not given'],
  ])('%j with %j refuse to start in one line', async (args, variables, line) => {
    const done = await mcp(args, variables);
    expect(done).toMatchObject({ exitCode: 2, stdout: '', options: undefined });
    expect(done.stderr).toContain(line);
    expect(done.stderr).toMatch(/^error: .+\n(?:\(Did you mean .+\?\)\n)?$/);
    expect(done.stderr).not.toContain('a secret');
  });
});

describe('what slipway mcp keeps ready', () => {
  it.each<readonly [readonly string[], Readonly<Record<string, string>>, boolean, string[]]>([
    [[], {}, true, []],
    [['--warm', 'busybox:1.36, python:3.13-slim'], {}, true, ['busybox:1.36', 'python:3.13-slim']],
    [[], { SLIPWAY_WARM: 'busybox' }, true, ['busybox']],
    [['--no-warm'], {}, false, []],
    [[], { SLIPWAY_NO_WARM: '1' }, false, []],
    [[], { SLIPWAY_NO_WARM: '0' }, true, []],
  ])('with %j and %j: %j, %j', async (args, variables, enabled, images) => {
    expect((await mcp(args, variables)).options?.warm).toEqual({ enabled, images });
  });

  it.each<readonly [readonly string[], Readonly<Record<string, string>>, string]>([
    [['--warm', ''], {}, '--warm must not be empty'],
    [['--warm', 'busybox,'], {}, '--warm must not be empty'],
    [['--warm', 'Not An Image'], {}, '--warm'],
    [[], { SLIPWAY_WARM: 'a:b:c' }, 'SLIPWAY_WARM'],
    [['--warm', 'a'], { SLIPWAY_NO_WARM: '1' }, '--warm names images to keep ready'],
    [['--no-warm'], { SLIPWAY_WARM: 'a' }, 'SLIPWAY_WARM names images to keep ready'],
    [[], { SLIPWAY_NO_WARM: 'no' }, 'SLIPWAY_NO_WARM must be 1, true, 0 or false; got "no".'],
  ])('%j with %j refuse to start in one line', async (args, variables, line) => {
    const done = await mcp(args, variables);
    expect(done).toMatchObject({ exitCode: 2, stdout: '', options: undefined });
    expect(done.stderr).toContain(line);
    expect(done.stderr).toMatch(/^error: .+\n$/);
  });
});

describe('where slipway mcp writes outputs', () => {
  it('is a folder, made for this user only when it is not there', async () => {
    const root = await tempFolder();
    const folder = path.join(root, 'new', 'outputs');
    const { options } = await mcp(['--output-dir', folder]);
    expect(options?.outputDir).toBe(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const again = await mcp([], { SLIPWAY_OUTPUT_DIR: path.relative(process.cwd(), folder) });
    expect(again.options?.outputDir).toBe(folder);
  });

  it('is not made for a server that does not start', async () => {
    const folder = path.join(await tempFolder(), 'outputs');
    await mcp(['--output-dir', folder, '--http', 'nowhere']);
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['', 'file', 'file/below', 'nul\0'])('refuses %j in one line', async (name) => {
    const root = await tempFolder({ file: 'text' });
    const folder = name === '' ? '' : path.join(root, name);
    const done = await mcp(['--output-dir', folder]);
    expect(done).toMatchObject({ exitCode: 2, options: undefined });
    expect(done.stderr).toMatch(/^error: --output-dir must name a folder.*\n$/);
  });
});

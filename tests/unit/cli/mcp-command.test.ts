import { describe, expect, it } from 'vitest';
import type { ServerOptions } from '../../../src/cli/environment.js';
import { invalidInput } from '../../../src/core/options.js';
import { TOOLS } from '../../../src/tools/registry.js';
import { type CommandLineResult, commandLine } from './command-line.js';

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
    [['--tools', 'stop'], {}, `--tools names no tool with "stop"; the tools are ${ALL.join(', ')}`],
    [['--tools', 'stop_container,'], {}, '--tools names no tool with ""'],
    [['--tools', ''], {}, '--tools names no tool with ""'],
    [[], { SLIPWAY_TOOLS: '' }, 'SLIPWAY_TOOLS names no tool with ""'],
    [[], { SLIPWAY_TOOLS: 'Stop_container' }, 'SLIPWAY_TOOLS names no tool with "Stop_container"'],
    [['--tools', 'a\nb'], {}, '--tools names no tool with "a\\nb"'],
    [['--read-only', '--tools', 'stop_container'], {}, 'tools stop_container; read-only.'],
    [
      ['--tools', 'build_and_execute_github_repo'],
      { SLIPWAY_NO_BUILD: '1' },
      'no tool is left to offer; remove one of these switches: tools build_and_execute_github_repo; no-build.',
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

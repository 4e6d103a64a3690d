import { Readable } from 'node:stream';
import type { CliEnvironment, EngineOptions, TextOutput } from '../../../src/cli/environment.js';
import { runCli } from '../../../src/cli/program.js';
import type { Executor } from '../../../src/tools/executor.js';
import type { Builder } from '../../../src/tools/builder.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';
import { scriptedExecutor } from '../../support/scripted-executor.js';

export interface CommandLineResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the engine was asked for with. */
  readonly engines: readonly EngineOptions[];
  /** How often the executor was closed. */
  readonly closed: number;
}

export interface CommandLineOptions {
  readonly stdin?: string;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  readonly serveMcp?: CliEnvironment['serveMcp'];
  readonly builder?: Partial<Builder>;
  readonly gitToken?: string;
  readonly variables?: CliEnvironment['variables'];
}

/** Runs one command line on a scripted executor. */
export async function commandLine(
  args: readonly string[],
  script: Partial<Executor> = {},
  options: CommandLineOptions = {},
): Promise<CommandLineResult> {
  const written = { stdout: '', stderr: '' };
  const engines: EngineOptions[] = [];
  let closed = 0;
  const output = (name: 'stdout' | 'stderr'): TextOutput => ({
    write: (text) => {
      written[name] += text;
    },
    isTerminal: options.terminal === true,
  });
  const exitCode = await runCli(args, {
    version: '1.2.3',
    variables: options.variables ?? {},
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    stdout: output('stdout'),
    stderr: output('stderr'),
    signal: options.signal ?? new AbortController().signal,
    createExecutor: (engine) => {
      engines.push(engine);
      return scriptedExecutor({
        close: () => {
          closed += 1;
          return Promise.resolve();
        },
        ...script,
      });
    },
    createBuilder: (engine) => {
      engines.push(engine);
      return scriptedBuilder(options.builder);
    },
    gitToken: options.gitToken ?? undefined,
    serveMcp: options.serveMcp ?? (() => Promise.reject(new Error('serveMcp was called'))),
  });
  return { exitCode, ...written, engines, closed };
}

#!/usr/bin/env node
import { Console } from 'node:console';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { z } from 'zod';
import type {
  CliEnvironment,
  EngineOptions,
  ServerOptions,
  TextOutput,
} from '../cli/environment.js';
import { runCli } from '../cli/program.js';
import { type Logger, silentLogger } from '../core/logger.js';
import { readPolicyFile } from '../policy/policy-file.js';
import type { PolicyOptions, PresetName } from '../policy/policy.js';
import { withoutNetwork } from '../policy/without-network.js';
import type { DockerExecutorOptions } from '../create.js';
import type { Executor } from '../tools/executor.js';
import { lazyBuilder } from './lazy-builder.js';
import { lazyExecutor } from './lazy-executor.js';

const interrupted = new AbortController();
const version = packageVersion();

listen();
await exitWith(await runCli(process.argv.slice(2), environment()));

/** The first signal ends the work and lets it clean up; the second one ends the process. */
function listen(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(128 + constants.signals[signal]);
      interrupted.abort(signal);
    });
  }
  // Nobody reads any more: there is nobody to do the work for, or to tell.
  process.stdout.on('error', () => interrupted.abort('EPIPE'));
  process.stderr.on('error', () => undefined);
}

function environment(): CliEnvironment {
  return {
    version,
    variables: process.env,
    stdin: process.stdin,
    stdout: textOutput(process.stdout),
    stderr: textOutput(process.stderr),
    signal: interrupted.signal,
    createExecutor: ({ dockerHost, ...options }) =>
      createExecutor(dockerHost, async () => ({
        policy: await loadPolicy(options),
        logger: await loadLogger(options.logLevel),
      })),
    createBuilder: ({ dockerHost, ...options }) =>
      lazyBuilder(async () => {
        const [{ createDockerBuilder }, policy, logger] = await Promise.all([
          import('../create-builder.js'),
          loadPolicy(options),
          loadLogger(options.logLevel),
        ]);
        return createDockerBuilder({ dockerHost, policy, logger });
      }),
    gitToken: process.env['SLIPWAY_GIT_TOKEN'],
    serveMcp,
  };
}

function textOutput(stream: Writable & { readonly isTTY?: boolean }): TextOutput {
  return { write: (text) => stream.write(text), isTerminal: stream.isTTY === true };
}

/** Loading the client of the engine takes longer than all the rest: it waits for its first use. */
function createExecutor(
  dockerHost: string | undefined,
  prepare: () => Promise<Pick<DockerExecutorOptions, 'policy' | 'logger'>>,
): Executor {
  return lazyExecutor(async () => {
    const { createDockerExecutor } = await import('../create.js');
    return createDockerExecutor({ dockerHost, ...(await prepare()) });
  });
}

/** Without a level nothing is logged, and the logging library is not even loaded. */
async function loadLogger(level: string | undefined): Promise<Logger> {
  if (level === undefined || level === 'silent') return silentLogger;
  const { LOG_LEVELS, createWinstonLogger } = await import('../logging/winston-logger.js');
  const format = process.stderr.isTTY ? 'text' : 'json';
  return createWinstonLogger({ level: z.enum(LOG_LEVELS).parse(level), format });
}

/** A preset's name, or the checked content of the policy file. */
async function loadPolicy({
  policyFile,
  preset,
}: Pick<EngineOptions, 'policyFile' | 'preset'>): Promise<PresetName | PolicyOptions> {
  return policyFile === undefined ? (preset ?? 'standard') : readPolicyFile(policyFile);
}

async function serveMcp(options: ServerOptions): Promise<number> {
  // The output carries the protocol: whatever a dependency prints must not get into it.
  globalThis.console = new Console(process.stderr);
  // A server does not start with a policy that it did not understand.
  const { tools, network } = options;
  const permitted = await loadPolicy(options);
  const policy = network ? permitted : withoutNetwork(permitted);
  const [{ serveMcp: serve }, logger] = await Promise.all([
    import('../mcp/serve-mcp.js'),
    loadLogger(options.logLevel ?? 'info'),
  ]);
  const executor = createExecutor(options.dockerHost, async () => ({ policy, logger }));
  const streams = { input: process.stdin, output: process.stdout };
  const session = serve({ executor, tools, logger, version, ...streams });
  const offered = tools.map((tool) => tool.name);
  logger.info('mcp.started', { version, pid: process.pid, tools: offered, network });
  const stop = (): void => session.shutdown(String(interrupted.signal.reason));
  if (interrupted.signal.aborted) stop();
  interrupted.signal.addEventListener('abort', stop, { once: true });
  const { clean } = await session.closed;
  return clean ? 0 : 1;
}

/** Ends the process although sockets of the engine are open, once the output is written. */
async function exitWith(code: number): Promise<never> {
  await new Promise<void>((resolve) => {
    process.stdout.write('', () => resolve());
  });
  process.exit(code);
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { z } from 'zod';
import type { CliEnvironment, EngineOptions, TextOutput } from '../cli/environment.js';
import { runCli } from '../cli/program.js';
import { within } from '../core/deadline.js';
import { createBuilder } from './create-builder.js';
import { createExecutor } from './create-executor.js';
import { loadLogger } from './load-logger.js';
import { loadPolicy } from './load-policy.js';
import { serveMcp } from './serve-mcp.js';

const interrupted = new AbortController();
const version = packageVersion();
/** How long the last bytes of a server may take: its end is promised in time, whoever reads it. */
const LAST_BYTES_MS = 250;
let hasServed = false;

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
    createExecutor: (options) => createExecutor(options.dockerHost, () => policyAndLogger(options)),
    createBuilder: (options) => createBuilder(options.dockerHost, () => policyAndLogger(options)),
    gitToken: process.env['SLIPWAY_GIT_TOKEN'],
    serveMcp: (options) => {
      hasServed = true;
      return serveMcp(options, { version, signal: interrupted.signal });
    },
  };
}

async function policyAndLogger(options: EngineOptions) {
  const [policy, logger] = await Promise.all([loadPolicy(options), loadLogger(options.logLevel)]);
  return { policy, logger };
}

function textOutput(stream: Writable & { readonly isTTY?: boolean }): TextOutput {
  return { write: (text) => stream.write(text), isTerminal: stream.isTTY === true };
}

/**
 * Ends the process although sockets of the engine are open, once the output is written. A person
 * may read it in a pager for as long as they like.
 */
async function exitWith(code: number): Promise<never> {
  const written = new Promise<void>((resolve) => {
    process.stdout.write('', () => resolve());
  });
  await (hasServed ? within(written, LAST_BYTES_MS) : written);
  process.exit(code);
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

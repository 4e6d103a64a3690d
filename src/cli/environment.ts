import type { Readable } from 'node:stream';
import type { PresetName } from '../policy/policy.js';
import type { Builder } from '../tools/builder.js';
import type { Executor } from '../tools/executor.js';
import type { Tool } from '../tools/tool.js';

/** Where text goes. */
export interface TextOutput {
  write(text: string): void;
  /** A person looks at it. */
  readonly isTerminal: boolean;
}

/** Which engine, what is permitted on it, and how much is told about the work. */
export interface EngineOptions {
  readonly dockerHost: string | undefined;
  readonly logLevel: string | undefined;
  /** JSON file that says what callers may do; excludes `preset`. */
  readonly policyFile: string | undefined;
  readonly preset: PresetName | undefined;
}

/** What `slipway mcp` serves. */
export interface ServerOptions extends EngineOptions {
  /** What clients are offered. Never empty. */
  readonly tools: readonly Tool[];
  /** `false` takes the network from every run, whatever the policy permits. */
  readonly network: boolean;
}

/** Everything the command line needs of the world. */
export interface CliEnvironment {
  readonly version: string;
  /** The variables of the process, for the switches that may be given as one. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Ends the command, as Ctrl-C does. */
  readonly signal: AbortSignal;
  /** Every call rejects with `INVALID_INPUT` when the policy cannot be read or is not valid. */
  createExecutor(options: EngineOptions): Executor;
  /** As `createExecutor`. */
  createBuilder(options: EngineOptions): Builder;
  /** For cloning private repositories; undefined without one. */
  readonly gitToken: string | undefined;
  /**
   * Serves MCP over the standard streams until the client is gone; gives the exit code.
   *
   * @throws {SlipwayError} `INVALID_INPUT` when the policy cannot be read or is not valid
   */
  serveMcp(options: ServerOptions): Promise<number>;
}

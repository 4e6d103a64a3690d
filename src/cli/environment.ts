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
  /** Folder that the output and the artifacts of every run are written into as well; it exists. */
  readonly outputDir: string | undefined;
  /** Undefined for a server on standard input and output. */
  readonly http: HttpOptions | undefined;
  readonly warm: WarmOptions;
}

/** Where a server listens, and for whom. */
export interface HttpOptions {
  /** Address or name: `127.0.0.1`, `::1`, `localhost`. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /**
   * What clients must send; undefined for the one that is kept for this user. From a variable only:
   * everybody can read the arguments of a process.
   */
  readonly token: string | undefined;
  /** Names beside those of the loopback address that clients reach it by, without a port. */
  readonly allowedHosts: readonly string[];
}

/** Which containers are kept ready for runs. */
export interface WarmOptions {
  readonly enabled: boolean;
  /** Images that are kept ready from the start. */
  readonly images: readonly string[];
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
   * Serves MCP over the standard streams until the client is gone, or over HTTP until the signal;
   * gives the exit code.
   *
   * @throws {SlipwayError} `INVALID_INPUT` when the policy cannot be read or is not valid
   */
  serveMcp(options: ServerOptions): Promise<number>;
}

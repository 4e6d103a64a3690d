import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DockerExecutionConfig, PullPolicy } from '../execution/types.js';
import type { PresetName } from '../policy/policy.js';
import type { EngineOptions } from './environment.js';

/** Options of every command that talks to an engine. */
export interface EngineFlags {
  readonly dockerHost?: string;
  readonly logLevel?: string;
  readonly policy?: string;
  readonly preset?: PresetName;
}

/** Options of every command that runs a container. */
export interface RunFlags extends EngineFlags {
  readonly memory?: string;
  readonly cpus?: number;
  readonly timeout?: number;
  readonly network?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: string;
  readonly workdir?: string;
  readonly user?: string;
  readonly readOnly?: boolean;
  readonly stdin?: boolean;
  readonly pull?: PullPolicy;
  readonly json?: boolean;
}

export function addEngineOptions(command: Command): Command {
  return command
    .option(
      '--docker-host <address>',
      'engine to use, e.g. unix:///run/docker.sock or tcp://host:2376',
    )
    .addOption(
      new Option('--log-level <level>', 'events written to standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .env('SLIPWAY_LOG_LEVEL'),
    )
    .addOption(
      new Option('--policy <file>', 'JSON file that says what callers may do').env(
        'SLIPWAY_POLICY',
      ),
    )
    .addOption(
      new Option('--preset <name>', 'policy without a file (default: standard)')
        .choices(['standard', 'strict'])
        .conflicts('policy')
        .env('SLIPWAY_PRESET'),
    );
}

export function addRunOptions(command: Command): Command {
  return addEngineOptions(command)
    .option('-m, --memory <size>', 'memory limit, e.g. 512m or 2g (default: 2g)')
    .option('--cpus <number>', 'CPU limit in cores (default: 2)', decimalNumber)
    .option('-t, --timeout <seconds>', 'time limit of the program (default: 300)', decimalNumber)
    .option('--network <mode>', 'none or bridge (default: none)')
    .option('-e, --env <name=value>', 'environment variable; repeatable', nameAndValue)
    .option('--entrypoint <command>', "replaces the image's entrypoint")
    .option('-w, --workdir <path>', 'working directory in the container')
    .option('-u, --user <user>', 'uid, uid:gid or a name of the image')
    .option('--read-only', 'make the root file system read-only')
    .option('-i, --stdin', 'give the program our standard input')
    .option('--json', 'print the whole result as JSON');
}

export function engineOptions(flags: EngineFlags): EngineOptions {
  const { dockerHost, logLevel, policy: policyFile, preset } = flags;
  return { dockerHost, logLevel, policyFile, preset };
}

/** The options of a run as the library takes them, field by field. */
export function runConfig(
  flags: RunFlags,
  command: readonly string[],
  stdin: Uint8Array | undefined,
): Omit<DockerExecutionConfig, 'image'> {
  return {
    command: command.length === 0 ? undefined : command,
    entrypoint: flags.entrypoint,
    environment: flags.env,
    workingDir: flags.workdir,
    stdin,
    user: flags.user,
    memoryBytes: flags.memory,
    cpus: flags.cpus,
    timeoutMs: milliseconds(flags.timeout),
    networkMode: flags.network,
    readOnly: flags.readOnly,
  };
}

export function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/** Reads one `--timeout` or `--cpus`: digits, and a fraction if need be. */
export function decimalNumber(text: string): number {
  if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('Expected a number.');
  return Number(text);
}

/** Reads one `NAME=VALUE` of several. A name alone would take a value from our environment. */
export function nameAndValue(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const end = text.indexOf('=');
  if (end < 1) throw new InvalidArgumentError('Expected NAME=VALUE.');
  const entries = new Map([...Object.entries(previous), [text.slice(0, end), text.slice(end + 1)]]);
  return Object.fromEntries(entries);
}

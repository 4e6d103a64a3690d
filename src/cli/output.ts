import { isSlipwayError } from '../core/errors.js';
import { stripControl } from '../core/text.js';
import type { ContainerSummary } from '../engine/ports.js';
import type { DockerExecutionResult, ExecutionEvent } from '../execution/types.js';
import { portText } from '../tools/list-running-containers.js';
import { progressOf } from '../tools/progress.js';
import type { CliEnvironment, TextOutput } from './environment.js';

export function printJson(output: TextOutput, value: unknown): void {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Output as the program wrote it; a person's terminal is not steered by it. */
export function printRun({ stdout, stderr }: CliEnvironment, result: DockerExecutionResult): void {
  stdout.write(forOutput(stdout, result.stdout));
  stderr.write(forOutput(stderr, result.stderr));
  const missing = result.counts.stdout.omittedBytes + result.counts.stderr.omittedBytes;
  if (missing > 0) stderr.write(`slipway: ${missing} bytes of the output were left out.\n`);
  if (result.status !== 'exited' && result.errorMessage !== null) {
    stderr.write(`slipway: ${result.errorMessage}\n`);
  }
}

function forOutput(output: TextOutput, text: string): string {
  return output.isTerminal ? stripControl(text) : text;
}

/** Tells a waiting person what is going on, one line a phase. Scripts see nothing. */
export function phasePrinter({ stderr }: CliEnvironment): (event: ExecutionEvent) => void {
  let last = '';
  const hear = progressOf(({ phase }) => {
    if (phase !== last) stderr.write(`${stripControl(phase)}\n`);
    last = phase;
  });
  return (event) => {
    const worthTelling = event.type !== 'running' && event.type !== 'output';
    if (stderr.isTerminal && worthTelling) hear(event);
  };
}

const COLUMNS = ['CONTAINER ID', 'IMAGE', 'STATUS', 'PORTS', 'NAME', 'SLIPWAY'] as const;

export function printContainers(output: TextOutput, containers: readonly ContainerSummary[]): void {
  const rows = [COLUMNS, ...containers.map(containerRow)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    output.write(`${cells.join('   ').trimEnd()}\n`);
  }
}

function containerRow(container: ContainerSummary): readonly string[] {
  return [
    container.id.slice(0, 12),
    stripControl(container.image),
    container.status,
    container.ports.map(portText).join(', '),
    stripControl(container.name),
    container.managed ? 'yes' : 'no',
  ];
}

/** Options of the library, and the flags they come from. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['memoryBytes', '--memory'],
  ['timeoutMs', '--timeout'],
  ['buildTimeoutMs', '--build-timeout'],
  ['networkMode', '--network'],
  ['environment', '--env'],
  ['workingDir', '--workdir'],
  ['cpus', '--cpus'],
  ['user', '--user'],
  ['repoPath', 'FOLDER'],
  ['folder', 'FOLDER'],
  ['repositoryUrl', 'URL'],
  ['ref', '--ref'],
  ['subdir', '--subdir'],
  ['env', '--env'],
  ['args', '--arg'],
  ['prefer', '--prefer'],
  ['tag', '--tag'],
  ['registry', '--push'],
  ['platform', '--platform'],
  ['dockerfilePath', '--dockerfile'],
  ['contextPath', '--context'],
  ['buildArgs', '--build-arg'],
  ['payloadPath', '--path'],
]);

export function printError(environment: CliEnvironment, error: unknown, json = false): void {
  if (json) printJson(environment.stdout, { error: errorObject(error) });
  for (const line of errorLines(error)) environment.stderr.write(`${line}\n`);
}

/** In one line: clients show each line of a server's standard error apart. */
export function printErrorLine({ stderr }: CliEnvironment, error: unknown): void {
  stderr.write(`${errorLines(error).join(' ').replaceAll(/\s+/g, ' ')}\n`);
}

function errorObject(error: unknown): Record<string, unknown> {
  if (!isSlipwayError(error)) return { code: 'INTERNAL', message: String(error) };
  return { code: error.code, message: error.message, hint: error.hint, context: error.context };
}

function errorLines(error: unknown): readonly string[] {
  if (!isSlipwayError(error)) return [`slipway: ${stripControl(String(error))}`];
  const hint = `  ${error.hint}`;
  if (!isSlipwayError(error, 'BUILD_FAILED')) {
    return [`slipway: ${stripControl(withFlag(error.message, error))}`, hint];
  }
  const log = stripControl(error.context.log).trimEnd();
  return [...(log === '' ? [] : [log]), `slipway: ${stripControl(error.message)}`, hint];
}

function withFlag(message: string, error: unknown): string {
  if (!isSlipwayError(error, 'INVALID_INPUT')) return message;
  const option = error.context.field.split('.')[0] ?? '';
  const flag = FLAGS.get(option);
  return flag !== undefined && message.startsWith(option)
    ? flag + message.slice(option.length)
    : message;
}

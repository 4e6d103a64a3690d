/** The operator's switches of `slipway mcp`, as flags and as variables. */
import type { Command } from 'commander';
import { quoteValue } from '../core/options.js';
import { selectTools, TOOLS } from '../tools/registry.js';
import type { Tool } from '../tools/tool.js';
import type { CliEnvironment, ServerOptions } from './environment.js';
import { addEngineOptions, type EngineFlags, engineOptions } from './run-options.js';

/** What the command line says. A switch that starts with `--no-` is true while it is not given. */
export interface ServerFlags extends EngineFlags {
  readonly readOnly?: boolean;
  readonly tools?: string;
  readonly network: boolean;
  readonly build: boolean;
}

/** Ends the program with one line. */
export type Refuse = (why: string) => never;

export function addServerOptions(command: Command): Command {
  return addEngineOptions(command)
    .option('--read-only', 'offer only tools that change nothing (env: SLIPWAY_READ_ONLY)')
    .option('--tools <names>', 'offer only these tools, e.g. a,b (env: SLIPWAY_TOOLS)')
    .option('--no-network', 'give no run a network (env: SLIPWAY_NO_NETWORK)')
    .option('--no-build', 'offer no tool that builds images (env: SLIPWAY_NO_BUILD)');
}

/**
 * What is served, from the flags and the variables. A switch is on when either turns it on; the
 * list of tools in a flag replaces the one in a variable.
 */
export function serverOptions(
  flags: ServerFlags,
  variables: CliEnvironment['variables'],
  refuse: Refuse,
): ServerOptions {
  const isOn = (variable: string): boolean => switchValue(variable, variables[variable], refuse);
  const selection = {
    readOnly: isOn('SLIPWAY_READ_ONLY') || flags.readOnly === true,
    names: toolNames(flags.tools, variables['SLIPWAY_TOOLS'], refuse),
    build: !isOn('SLIPWAY_NO_BUILD') && flags.build,
  };
  const network = !isOn('SLIPWAY_NO_NETWORK') && flags.network;
  const tools = selectTools(selection);
  if (tools.length === 0) refuse(nothingLeft(selection));
  return { ...engineOptions(flags), tools, network };
}

const SWITCH_VALUES: ReadonlyMap<string | undefined, boolean> = new Map([
  [undefined, false],
  ['0', false],
  ['false', false],
  ['1', true],
  ['true', true],
]);

function switchValue(variable: string, value: string | undefined, refuse: Refuse): boolean {
  const on = SWITCH_VALUES.get(value);
  return on ?? refuse(`${variable} must be 1, true, 0 or false; got ${quoteValue(value)}.`);
}

function toolNames(
  flag: string | undefined,
  variable: string | undefined,
  refuse: Refuse,
): readonly string[] | undefined {
  const names = (flag ?? variable)?.split(',').map((name) => name.trim());
  const unknown = names?.find((name) => !KNOWN.includes(name));
  if (unknown === undefined) return names;
  const source = flag === undefined ? 'SLIPWAY_TOOLS' : '--tools';
  const known = `the tools are ${KNOWN.join(', ')}`;
  return refuse(`${source} names no tool with ${quoteValue(unknown)}; ${known}.`);
}

const KNOWN: readonly Tool['name'][] = TOOLS.map((tool) => tool.name);

function nothingLeft(selection: Parameters<typeof selectTools>[0]): string {
  const switches = [
    ...(selection.names === undefined ? [] : [`tools ${selection.names.join(',')}`]),
    ...(selection.readOnly === true ? ['read-only'] : []),
    ...(selection.build === false ? ['no-build'] : []),
  ];
  return `no tool is left to offer; remove one of these switches: ${switches.join('; ')}.`;
}

/** The operator's switches of `slipway mcp`, as flags and as variables. */
import type { Command } from 'commander';
import { quoteValue } from '../core/options.js';
import { selectTools, TOOL_NAMES, TOOLSETS, type ToolsetName } from '../tools/registry.js';
import type { CliEnvironment, ServerOptions } from './environment.js';
import { httpOptions } from './http-options.js';
import { misspelledVariable } from './known-variables.js';
import { writableFolder } from './output-folder.js';
import { addEngineOptions, type EngineFlags, engineOptions } from './run-options.js';
import { listOf, type Refuse, type Setting, settingOf, switchValue } from './settings.js';
import { warmOptions } from './warm-options.js';

/** What the command line says. A switch that starts with `--no-` is true while it is not given. */
export interface ServerFlags extends EngineFlags {
  readonly readOnly?: boolean;
  readonly tools?: string;
  readonly toolsets?: string;
  readonly network: boolean;
  readonly build: boolean;
  readonly outputDir?: string;
  readonly http?: string;
  readonly allowedHosts?: string;
  /** Images, or false for `--no-warm`. */
  readonly warm?: string | boolean;
}

export function addServerOptions(command: Command): Command {
  const toolsets = Object.keys(TOOLSETS).join(', ');
  return addEngineOptions(command)
    .option('--read-only', 'offer only tools that change nothing (env: SLIPWAY_READ_ONLY)')
    .option('--tools <names>', 'offer only these tools, e.g. a,b (env: SLIPWAY_TOOLS)')
    .option('--toolsets <names>', `offer more tools: ${toolsets} (env: SLIPWAY_TOOLSETS)`)
    .option('--no-network', 'give no run a network (env: SLIPWAY_NO_NETWORK)')
    .option('--no-build', 'offer no tool that builds images (env: SLIPWAY_NO_BUILD)')
    .option(
      '--output-dir <folder>',
      'write the output and files of every run there as well (env: SLIPWAY_OUTPUT_DIR)',
    )
    .option('--warm <images>', 'keep containers of these images ready (env: SLIPWAY_WARM)')
    .option('--no-warm', 'keep no container ready (env: SLIPWAY_NO_WARM)')
    .option(
      '--http <[host:]port>',
      'serve over HTTP to clients with the token in SLIPWAY_HTTP_TOKEN (env: SLIPWAY_HTTP)',
    )
    .option(
      '--allowed-hosts <names>',
      'names that clients reach --http by, beside localhost (env: SLIPWAY_ALLOWED_HOSTS)',
    );
}

/**
 * What is served, from the flags and the variables. A switch is on when either turns it on; any
 * other flag replaces the variable.
 */
export async function serverOptions(
  flags: ServerFlags,
  variables: CliEnvironment['variables'],
  refuse: Refuse,
): Promise<ServerOptions> {
  refuseMisspelled(variables, refuse);
  const isOn = (variable: string): boolean => switchValue(variable, variables[variable], refuse);
  const setting = (flag: string, value: string | undefined, variable: string): Setting =>
    settingOf({ flag, value, variable }, variables);
  const selection = {
    readOnly: isOn('SLIPWAY_READ_ONLY') || flags.readOnly === true,
    names: toolNames(setting('--tools', flags.tools, 'SLIPWAY_TOOLS'), refuse),
    toolsets: toolsetNames(setting('--toolsets', flags.toolsets, 'SLIPWAY_TOOLSETS'), refuse),
    build: !isOn('SLIPWAY_NO_BUILD') && flags.build,
  };
  const network = !isOn('SLIPWAY_NO_NETWORK') && flags.network;
  const tools = await selectTools(selection);
  if (tools.length === 0) refuse(nothingLeft(selection));
  const images = typeof flags.warm === 'string' ? flags.warm : undefined;
  const isCold = isOn('SLIPWAY_NO_WARM') || flags.warm === false;
  const warm = warmOptions(setting('--warm', images, 'SLIPWAY_WARM'), isCold, refuse);
  const http = httpOptions(
    setting('--http', flags.http, 'SLIPWAY_HTTP'),
    setting('--allowed-hosts', flags.allowedHosts, 'SLIPWAY_ALLOWED_HOSTS'),
    { token: variables['SLIPWAY_HTTP_TOKEN'], refuse },
  );
  const folder = setting('--output-dir', flags.outputDir, 'SLIPWAY_OUTPUT_DIR');
  // Last, because it makes the folder: nothing else is wrong by now.
  const outputDir = writableFolder(folder, refuse);
  return { ...engineOptions(flags), tools, network, outputDir, http, warm };
}

function refuseMisspelled(variables: CliEnvironment['variables'], refuse: Refuse): void {
  const wrong = misspelledVariable(variables);
  if (wrong === undefined) return;
  const { name, nearest } = wrong;
  refuse(`the variable ${quoteValue(name)} is not known; did you mean ${nearest}?`);
}

function toolNames(setting: Setting, refuse: Refuse): readonly string[] | undefined {
  const names = listOf(setting);
  const unknown = names?.find((name) => !TOOL_NAMES.includes(name));
  if (unknown === undefined) return names;
  const known = `the tools are ${TOOL_NAMES.join(', ')}`;
  return refuse(`${setting.source} names no tool with ${quoteValue(unknown)}; ${known}.`);
}

function toolsetNames(setting: Setting, refuse: Refuse): readonly ToolsetName[] {
  const names = listOf(setting) ?? [];
  const unknown = names.find((name) => !isToolset(name));
  if (unknown === undefined) return names.filter(isToolset);
  const known = `the toolsets are ${Object.keys(TOOLSETS).join(', ')}`;
  return refuse(`${setting.source} names no toolset with ${quoteValue(unknown)}; ${known}.`);
}

function isToolset(name: string): name is ToolsetName {
  return Object.hasOwn(TOOLSETS, name);
}

function nothingLeft(selection: Parameters<typeof selectTools>[0]): string {
  const { names, toolsets = [], readOnly, build } = selection;
  const switches = [
    ...(names === undefined ? [] : [`tools ${names.join(',')}`]),
    ...(toolsets.length === 0 ? [] : [`toolsets ${toolsets.join(',')}`]),
    ...(readOnly === true ? ['read-only'] : []),
    ...(build === false ? ['no-build'] : []),
  ];
  return `no tool is left to offer; change one of these switches: ${switches.join('; ')}.`;
}

import { TOOLS } from './default-tools.js';
import type { Tool } from './tool.js';

export { TOOLS } from './default-tools.js';

/** Names of the tools that an operator can add, by the name of the set. */
export const TOOLSETS = {
  inspect: ['container_logs', 'container_stats', 'list_images', 'read_output'],
  jobs: ['start_job', 'job_status', 'job_result', 'cancel_job'],
  builder: ['detect_repository', 'build_mcp_server'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ToolsetName = keyof typeof TOOLSETS;

const DEFAULT_NAMES: readonly string[] = TOOLS.map((tool) => tool.name);

/** The name of every tool there is. */
export const TOOL_NAMES: readonly string[] = [...DEFAULT_NAMES, ...Object.values(TOOLSETS).flat()];

/** Which tools an operator wants. What is unset changes nothing. */
export interface ToolSelection {
  /** These in place of {@link TOOLS}. A name that no tool has selects nothing. */
  readonly names?: readonly string[] | undefined;
  /** These as well. */
  readonly toolsets?: readonly ToolsetName[] | undefined;
  /** Of those only the ones that change nothing. */
  readonly readOnly?: boolean | undefined;
  /** `false` leaves out tools that build an image. */
  readonly build?: boolean | undefined;
}

const BUILDING: ReadonlySet<string> = new Set([
  'build_and_execute_github_repo',
  'build_mcp_server',
]);

const JOBS: ReadonlySet<string> = new Set(TOOLSETS.jobs);

/** The tools that every part of the selection leaves on, in the order of `ALL_TOOLS`. */
export async function selectTools(selection: ToolSelection): Promise<readonly Tool[]> {
  const { names = DEFAULT_NAMES, toolsets = [], readOnly, build } = selection;
  const wanted = new Set([...names, ...toolsets.flatMap((name) => TOOLSETS[name])]);
  const selected = (await toolsAmong(wanted)).filter(
    (tool) =>
      wanted.has(tool.name) &&
      (readOnly !== true || tool.effect.readOnly) &&
      (build !== false || !BUILDING.has(tool.name)),
  );
  // Where no job can be started there is none to look at.
  return selected.some((tool) => tool.name === 'start_job') ? selected : startable(selected);
}

/** All that may be wanted. The toolsets are loaded for a server that offers one: starts are short. */
async function toolsAmong(wanted: ReadonlySet<string>): Promise<readonly Tool[]> {
  if ([...wanted].every((name) => DEFAULT_NAMES.includes(name))) return TOOLS;
  return (await import('./all-tools.js')).ALL_TOOLS;
}

/** The tools that can be called as a job. */
export function startable(tools: readonly Tool[]): readonly Tool[] {
  return tools.filter((tool) => !JOBS.has(tool.name));
}

import { buildAndExecuteGitHubRepo } from './build-and-execute-github-repo.js';
import { executeDockerContainer } from './execute-docker-container.js';
import { executeWithPayload } from './execute-with-payload.js';
import { listRunningContainers } from './list-running-containers.js';
import { pullDockerImage } from './pull-docker-image.js';
import { stopContainer } from './stop-container.js';
import type { Tool } from './tool.js';

/** Every tool, in the order clients see: a fixed order lets them reuse what they cached. */
export const TOOLS: readonly Tool[] = [
  executeDockerContainer,
  buildAndExecuteGitHubRepo,
  executeWithPayload,
  listRunningContainers,
  stopContainer,
  pullDockerImage,
];

/** Which tools an operator leaves on. What is unset leaves all on. */
export interface ToolSelection {
  /** Only tools that change nothing. */
  readonly readOnly?: boolean | undefined;
  /** Only these. A name that no tool has selects nothing. */
  readonly names?: readonly string[] | undefined;
  /** `false` leaves out tools that build an image. */
  readonly build?: boolean | undefined;
}

const BUILDING: ReadonlySet<Tool> = new Set([buildAndExecuteGitHubRepo]);

/** The tools that every part of the selection leaves on, in the order of {@link TOOLS}. */
export function selectTools({ readOnly, names, build }: ToolSelection): readonly Tool[] {
  return TOOLS.filter(
    (tool) =>
      (readOnly !== true || tool.effect.readOnly) &&
      (names === undefined || names.includes(tool.name)) &&
      (build !== false || !BUILDING.has(tool)),
  );
}

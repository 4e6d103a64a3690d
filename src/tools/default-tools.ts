import { buildAndExecuteGitHubRepo } from './build-and-execute-github-repo.js';
import { executeDockerContainer } from './execute-docker-container.js';
import { executeWithPayload } from './execute-with-payload.js';
import { listRunningContainers } from './list-running-containers.js';
import { pullDockerImage } from './pull-docker-image.js';
import { stopContainer } from './stop-container.js';
import type { Tool } from './tool.js';

/** What is offered unless an operator says otherwise, in the order that clients see. */
export const TOOLS: readonly Tool[] = [
  executeDockerContainer,
  buildAndExecuteGitHubRepo,
  executeWithPayload,
  listRunningContainers,
  stopContainer,
  pullDockerImage,
];

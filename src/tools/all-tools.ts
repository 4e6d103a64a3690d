import { buildMcpServer } from './build-mcp-server.js';
import { cancelJob } from './cancel-job.js';
import { containerLogs } from './container-logs.js';
import { containerStats } from './container-stats.js';
import { TOOLS } from './default-tools.js';
import { detectRepository } from './detect-repository.js';
import { jobResult } from './job-result.js';
import { jobStatus } from './job-status.js';
import { listImages } from './list-images.js';
import { readOutput } from './read-output.js';
import { startJob } from './start-job.js';
import type { Tool } from './tool.js';

/** Every tool, in a fixed order: clients can reuse what they cached. */
export const ALL_TOOLS: readonly Tool[] = [
  ...TOOLS,
  // inspect
  containerLogs,
  containerStats,
  listImages,
  readOutput,
  // jobs
  startJob,
  jobStatus,
  jobResult,
  cancelJob,
  // builder
  detectRepository,
  buildMcpServer,
];

/** The public API of Slipway: every name listed. Anything added here becomes a promise. */
export { createDockerExecutor, type DockerExecutorOptions } from './create.js';
export {
  isSlipwayError,
  SlipwayError,
  type CloneFailure,
  type EndpointAttempt,
  type ErrorCode,
  type ErrorContexts,
  type PullFailure,
} from './core/errors.js';
export type { Logger } from './core/logger.js';
export type {
  AppliedLimits,
  BuildProgress,
  ContainerSummary,
  OutputStream,
  PublishedPort,
  PullProgress,
} from './engine/ports.js';
export { DockerExecutor } from './execution/docker-executor.js';
export type {
  CallOptions,
  DockerExecutionConfig,
  DockerExecutionResult,
  ExecutionEvent,
  GitHubDockerConfig,
  PayloadExecutionConfig,
  PullImageOptions,
  PullImageResult,
  PullPolicy,
  RunStatus,
  RunTimings,
  StopContainerOptions,
  StoppedContainer,
  StreamCounts,
} from './execution/types.js';
export { createWinstonLogger } from './logging/winston-logger.js';
export type { PolicyOptions, PresetName } from './policy/policy.js';

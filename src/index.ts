/** The public API of Slipway: every name listed. Anything added here becomes a promise. */
export { buildAndExecuteFromGitHub, executeDockerHubContainer } from './convenience.js';
export { createDockerExecutor, type DockerExecutorOptions } from './create.js';
export {
  isSlipwayError,
  SlipwayError,
  type CloneFailure,
  type EndpointAttempt,
  type ErrorCode,
  type ErrorContexts,
  type PullFailure,
  type WaitFailure,
} from './core/errors.js';
export type { Logger } from './core/logger.js';
export type {
  AppliedLimits,
  Artifact,
  BuildProgress,
  ContainerStats,
  ContainerSummary,
  OmittedArtifact,
  OutputStream,
  PublishedPort,
  PullProgress,
} from './engine/ports.js';
export { DockerExecutor } from './execution/docker-executor.js';
export type {
  ContainerStreamEvent,
  DetachedContainer,
  DetachedExecutionConfig,
  ExitedCondition,
  ExitedContainer,
  HealthyCondition,
  HealthyContainer,
  LogEntry,
  LogLineCondition,
  LogOptions,
  MatchedLine,
  OutputEvent,
  StatsOptions,
  WaitCondition,
  WaitOptions,
} from './execution/observe-types.js';
export type {
  CallOptions,
  ContainerFileConfig,
  DockerExecutionConfig,
  DockerExecutionResult,
  ExecutionEvent,
  GitHubDockerConfig,
  HealthCheckConfig,
  HostMountConfig,
  PayloadExecutionConfig,
  PortMapping,
  PullImageOptions,
  PullImageResult,
  PullPolicy,
  RunStatus,
  RunTimings,
  StopContainerOptions,
  StoppedContainer,
  StreamCounts,
  UlimitName,
  UlimitRange,
} from './execution/types.js';
export { createWinstonLogger } from './logging/winston-logger.js';
export type { PolicyOptions, PresetName } from './policy/policy.js';

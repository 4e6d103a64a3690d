/** The public API of Slipway: every name listed. Anything added here becomes a promise. */
export { buildAndExecuteFromGitHub, executeDockerHubContainer } from './convenience.js';
export type {
  BuildOutput,
  BuildEvent,
  BuildResult,
  BuildStatus,
  DetectOptions,
  DockerBuildConfig,
  DockerfilePreference,
  DockerfileSource,
  GeneratedDockerfile,
  MCPServerType,
  PushedImage,
  PushImageOptions,
} from './build/types.js';
export type { Deployment, DeployFromGitHubConfig, DeployRunConfig } from './build/deploy.js';
export { DockerBuilder } from './build/docker-builder.js';
export type { RunningServer, ServerOutput } from './build/running-server.js';
export { createDockerBuilder, type DockerBuilderOptions } from './create-builder.js';
export { createDockerExecutor, type DockerExecutorOptions } from './create.js';
export type {
  BasePair,
  BuildPlan,
  BuildStep,
  CacheFolder,
  DeclaredInput,
  Detection,
  Evidence,
  Language,
  OutputFolder,
  OwnDockerfile,
  PackageManager,
  Rejected,
  ServerLocation,
  ServerMetadata,
  ServerStart,
  ServerTransport,
} from './core/build-plan.js';
export {
  DockerBuildError,
  ImagePushError,
  isSlipwayError,
  SlipwayError,
  type CloneFailure,
  type EndpointAttempt,
  type ErrorCode,
  type ErrorContexts,
  type PullFailure,
  type PushFailure,
  type WaitFailure,
} from './core/errors.js';
export type { Logger } from './core/logger.js';
export type {
  AppliedLimits,
  Artifact,
  BuildProgress,
  ContainerStats,
  ContainerSummary,
  ImageSummary,
  OmittedArtifact,
  OutputStream,
  ParkedContainers,
  PublishedPort,
  PullProgress,
  RunPath,
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
export type { WarmOptions } from './execution/warm.js';
export { createWinstonLogger } from './logging/winston-logger.js';
export type { PolicyOptions, PresetName } from './policy/policy.js';
export type {
  ProbeAttempt,
  ProbedTool,
  ProbeResult,
  ProbeStatus,
  ServerInfo,
} from './probe/types.js';

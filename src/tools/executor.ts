import type { ContainerStats, ContainerSummary, ImageSummary } from '../engine/ports.js';
import type { DetachedContainer, LogEntry, LogOptions } from '../execution/observe-types.js';
import type {
  CallOptions,
  DockerExecutionConfig,
  DockerExecutionResult,
  GitHubDockerConfig,
  PayloadExecutionConfig,
  PullImageOptions,
  PullImageResult,
  StopContainerOptions,
  StoppedContainer,
} from '../execution/types.js';

/**
 * What the tools and the command line need of `DockerExecutor`, which has this shape but for
 * `startDetached`: there it is `executeContainer` with `detach: true`. Every
 * method rejects with a `SlipwayError` when Slipway could not do what was asked, and with the
 * signal's reason when the caller aborts; what became of the user's program is a result.
 */
export interface Executor {
  executeContainer(
    config: DockerExecutionConfig,
    options?: CallOptions,
  ): Promise<DockerExecutionResult>;
  startDetached(config: DockerExecutionConfig, options?: CallOptions): Promise<DetachedContainer>;
  executeWithPayload(
    config: PayloadExecutionConfig,
    options?: CallOptions,
  ): Promise<DockerExecutionResult>;
  /** `result.image.id` is the image that was built. */
  buildAndExecuteGitHubRepo(
    config: GitHubDockerConfig,
    options?: CallOptions,
  ): Promise<DockerExecutionResult>;
  listRunningContainers(
    options?: Pick<CallOptions, 'signal'>,
  ): Promise<readonly ContainerSummary[]>;
  stopContainer(container: string, options?: StopContainerOptions): Promise<StoppedContainer>;
  pullImage(image: string, options?: PullImageOptions): Promise<PullImageResult>;
  listImages(options?: Pick<CallOptions, 'signal'>): Promise<readonly ImageSummary[]>;
  logs(container: string, options?: LogOptions): AsyncGenerator<LogEntry, void, undefined>;
  stats(container: string, options?: Pick<CallOptions, 'signal'>): Promise<ContainerStats>;
  /** Ends every run and removes its container. */
  close(): Promise<void>;
}

/**
 * The port between `execution`, which runs what a repository builds, and `build`, which builds it.
 * It stands here because siblings do not import each other, and both import from here.
 */
import type { BuildProgress, ImageFacts, Owner } from './ports.js';

export interface RepositoryBuildRequest {
  /** `https://host/owner/repository`. */
  readonly repositoryUrl: string;
  /** Branch, tag or full commit id; undefined is the default branch. */
  readonly ref: string | undefined;
  /**
   * Relative to `contextPath`. Undefined: `Dockerfile` if it is there and builds, else one that is
   * written for the MCP server in `contextPath`.
   */
  readonly dockerfilePath: string | undefined;
  /** Relative to the repository; `.` is its root. */
  readonly contextPath: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The tag the image gets. */
  readonly tag: string;
  readonly owner: Owner;
  /** Milliseconds for clone and build together. */
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly onStage: (stage: 'cloning' | BuildProgress) => void;
  /** Ends the build: it rejects with the signal's reason after the checkout is removed. */
  readonly signal: AbortSignal | undefined;
}

/** An image that was built from a repository. */
export interface BuiltRepository {
  readonly image: ImageFacts;
  /** Id of the commit it was built from. */
  readonly commit: string;
}

export interface RepositoryBuilder {
  /**
   * Clones a repository, checks or writes its Dockerfile, and has an engine build it.
   *
   * @throws {SlipwayError} `INVALID_INPUT`, `POLICY_DENIED`, `CLONE_FAILED`, `BUILD_REFUSED`,
   * `BUILD_FAILED`, and those of the connection to the engine
   */
  readonly buildRepository: (request: RepositoryBuildRequest) => Promise<BuiltRepository>;
}

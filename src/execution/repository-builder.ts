import type { BuildProgress, ImageFacts, Owner } from '../engine/ports.js';

/** Clones a repository and builds its Dockerfile; implemented by the build layer. */
export interface RepositoryBuilder {
  /** @throws {SlipwayError} `INVALID_INPUT`, `POLICY_DENIED`, `CLONE_FAILED`, `BUILD_REFUSED`, `BUILD_FAILED` */
  buildRepository(
    request: RepositoryBuildRequest,
  ): Promise<{ readonly image: ImageFacts; readonly commit: string }>;
}

export interface RepositoryBuildRequest {
  readonly repositoryUrl: string;
  readonly ref: string | undefined;
  readonly dockerfilePath: string;
  readonly contextPath: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The tag the image gets. */
  readonly tag: string;
  readonly owner: Owner;
  /** Milliseconds for clone and build together. */
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly onStage: (stage: 'cloning' | BuildProgress) => void;
  readonly signal: AbortSignal | undefined;
}

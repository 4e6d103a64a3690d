/** A validated request, in the words of the policy: what `decide` reads. */
import type { PermittedResources, RequestedResources } from './resources.js';

export interface RequestedImage {
  /** `docker.io/library/python:3.13`, or `sha256:…` for an id */
  readonly canonical: string;
  /** `docker.io`, `127.0.0.1:5000` …; undefined for an id */
  readonly registry: string | undefined;
  /** As the caller wrote it. */
  readonly familiar: string;
}

export interface RunRequest {
  /** Undefined for an image that Slipway has just built itself. */
  readonly image: RequestedImage | undefined;
  readonly memoryBytes: number | undefined;
  readonly cpus: number | undefined;
  readonly pids: number | undefined;
  readonly shmBytes: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly networkMode: string | undefined;
  readonly readOnly: boolean | undefined;
  readonly user: string | undefined;
  readonly tmpfs: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly resources: RequestedResources;
  /** Names of the environment variables. */
  readonly variables: readonly string[];
}

/** What is permitted: every number is set, nothing is left to a default further down. */
export interface RunPlan {
  readonly memoryBytes: number;
  readonly cpus: number;
  /** The caller named it: it is not lowered to what the engine's machine has. */
  readonly cpusAsked: boolean;
  readonly pids: number;
  readonly shmBytes: number;
  readonly timeoutMs: number;
  readonly networkMode: string;
  readonly readOnlyRoot: boolean;
  readonly user: string | undefined;
  readonly tmpfs: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly volumeBytes: number;
  readonly producedBytes: number;
  readonly resources: PermittedResources;
}

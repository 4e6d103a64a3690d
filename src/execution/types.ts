/** The public words of `DockerExecutor`: what goes in and what comes out. */
import type {
  AppliedLimits,
  Artifact,
  BuildProgress,
  OmittedArtifact,
  OutputStream,
  PullProgress,
  RunPath,
} from '../engine/ports.js';
import type { PullPolicy } from '../engine/obtain-image.js';

export type { PullPolicy };

/** How one container runs. Unset options take the policy's defaults (`docs/limits.md`). */
export interface DockerExecutionConfig {
  /** Image reference, 1-512 characters, e.g. `python:3.13-slim`. A missing tag means `latest`. */
  readonly image: string;
  /**
   * An array is the exact argv. A string is split as a shell would, quotes respected; with shell
   * syntax in it (`| & ; < > $ \` * ? ( )` or a newline) it runs under `/bin/sh -c`.
   * @default the image's CMD
   */
  readonly command?: string | readonly string[] | undefined;
  /** As `command`; replaces the image's ENTRYPOINT (and then its CMD is not used either). */
  readonly entrypoint?: string | readonly string[] | undefined;
  /** At most 256 variables, names `[A-Za-z_][A-Za-z0-9_]*`, 131,071 bytes each, 1 MiB together. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Absolute, normalised path. @default the image's WORKDIR */
  readonly workingDir?: string | undefined;
  /** What the program reads on its standard input; it is closed after it. At most 16 MiB. */
  readonly stdin?: string | Uint8Array | undefined;
  /** `uid`, `uid:gid`, or a name of the image. @default the image's USER */
  readonly user?: string | undefined;
  /** Bytes, or a size such as `512m` or `2g` (powers of 1024). At least 16 MiB. @default 2 GiB */
  readonly memoryBytes?: number | string | undefined;
  /** CPU cores, 0.01 or more. @default 2, or what the engine has if that is less */
  readonly cpus?: number | undefined;
  /** Processes and threads, 8 or more. @default 512 */
  readonly pids?: number | undefined;
  /** Bytes, or a size, of /dev/shm. Counts as memory. @default 64 MiB */
  readonly shmBytes?: number | string | undefined;
  /** Milliseconds the program may run, 1,000 to 3,600,000. @default 300,000 */
  readonly timeoutMs?: number | undefined;
  /** `none`, or `bridge` where the policy permits it. @default none */
  readonly networkMode?: string | undefined;
  /** Makes the root file system read-only. @default false */
  readonly readOnly?: boolean | undefined;
  /** Memory-backed folders: absolute path to size, e.g. `{ '/tmp': '64m' }`. */
  readonly tmpfs?: Readonly<Record<string, number | string>> | undefined;
  /** @default missing */
  readonly pull?: PullPolicy | undefined;
  /** `linux/amd64` and so on. @default the engine's own */
  readonly platform?: string | undefined;
  /**
   * `executeContainer` only: `true` answers as soon as the program runs, and leaves it running
   * until `timeoutMs` have passed.
   * @default false
   */
  readonly detach?: false | undefined;
  /** Labels for the container; names under `io.slipway.` are ours and refused. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Files put into the container before the start: at most 1,000, 64 MiB together. */
  readonly files?: readonly ContainerFileConfig[] | undefined;
  /**
   * Files to bring back after the end, as absolute paths: a file, a folder with all that is below
   * it, or a pattern (`/out/*.csv`, `/out/**`). At most 16 MiB each, 64 MiB together.
   */
  readonly artifacts?: readonly string[] | undefined;
  /** Ports reachable from the host; needs a network. At most 64. */
  readonly ports?: readonly PortMapping[] | undefined;
  /**
   * Volumes that stay after the run, absolute path to name. The same name is the same volume in
   * the next run; on the engine it is called `slipway-volume-<name>`. No size limit.
   */
  readonly volumes?: Readonly<Record<string, string>> | undefined;
  /** Files or folders of this machine, only below the roots that the policy names. At most 16. */
  readonly mounts?: readonly HostMountConfig[] | undefined;
  /** `all`, or ids of devices, where the policy permits GPUs and the engine has them. */
  readonly gpus?: 'all' | readonly string[] | undefined;
  /** `setrlimit` values, in the units of the limit: `{ nofile: 1024 }`. */
  readonly ulimits?: Readonly<Partial<Record<UlimitName, number | UlimitRange>>> | undefined;
  /** Entries for /etc/hosts, name to IP address or `host-gateway`. */
  readonly extraHosts?: Readonly<Record<string, string>> | undefined;
  /** A command the engine runs inside the container to learn whether it is well. @default none */
  readonly healthCheck?: HealthCheckConfig | undefined;
}

/**
 * A health check of the caller's own. The one an image may bring is never run: it would be a
 * stranger's code on a timer.
 */
export interface HealthCheckConfig {
  /** As the command of a run. Exit code 0 means healthy. Runs as the container's user. */
  readonly command: string | readonly string[];
  /** Milliseconds before the first check and between two, 100 to 3,600,000. @default 1,000 */
  readonly intervalMs?: number | undefined;
  /** Milliseconds after which a check has failed, 100 to 3,600,000. @default 5,000 */
  readonly timeoutMs?: number | undefined;
  /** Failed checks in a row that make it unhealthy, 1 to 100. @default 3 */
  readonly retries?: number | undefined;
  /** Milliseconds from the start in which failed checks do not count. @default 0 */
  readonly startPeriodMs?: number | undefined;
}

/** A file put into the container. Every user of it may read the file. */
export interface ContainerFileConfig {
  /** Absolute path; missing folders are made. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** How a text is to be read. @default utf8 */
  readonly encoding?: 'utf8' | 'base64' | undefined;
  /** Permission bits. @default 0o644, or 0o755 for a content that begins with `#!` */
  readonly mode?: number | undefined;
}

/** A port of the container made reachable from the host. */
export interface PortMapping {
  readonly containerPort: number;
  /** 0 lets the engine choose. @default 0 */
  readonly hostPort?: number | undefined;
  /** @default 127.0.0.1 */
  readonly hostAddress?: string | undefined;
  /** @default tcp */
  readonly protocol?: 'tcp' | 'udp' | undefined;
}

/** A file or folder of this machine inside the container. */
export interface HostMountConfig {
  /** Absolute path of this machine; links are resolved before the policy decides. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly path: string;
  /** @default true */
  readonly readOnly?: boolean | undefined;
}

/** Resource limits of a process; the CPU time limit is Slipway's own. */
export type UlimitName =
  | 'core'
  | 'data'
  | 'fsize'
  | 'memlock'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'stack';

export interface UlimitRange {
  readonly soft: number;
  readonly hard: number;
}

/** {@link DockerExecutionConfig} plus data that is put into the container as a file. */
export interface PayloadExecutionConfig extends DockerExecutionConfig {
  /** Text and bytes are written as they are, objects and arrays as JSON. At most 4 MiB. */
  readonly payload: string | Uint8Array | readonly unknown[] | Readonly<Record<string, unknown>>;
  /**
   * Absolute path of the file. Executable when the payload starts with `#!`.
   * The program finds it in the environment variable `PAYLOAD_PATH`.
   * @default /payload/payload.json
   */
  readonly payloadPath?: string | undefined;
  /** How a payload that is a text is to be read. @default utf8 */
  readonly payloadEncoding?: 'utf8' | 'base64' | undefined;
}

/** A Git repository, how its Dockerfile is built, and how the image is then run. */
export interface GitHubDockerConfig extends Omit<
  DockerExecutionConfig,
  'image' | 'pull' | 'platform'
> {
  /** `https://host/owner/repository`. No credentials, no query. */
  readonly repositoryUrl: string;
  /** Branch, tag or full commit id. @default the repository's default branch */
  readonly ref?: string | undefined;
  /**
   * Path of the Dockerfile, relative to `contextPath`. @default `Dockerfile` if it is there and
   * builds, else one that is written for the MCP server in `contextPath`
   */
  readonly dockerfilePath?: string | undefined;
  /** Folder inside the repository that is the build context. @default . */
  readonly contextPath?: string | undefined;
  /** Docker build arguments. They stay in the image's history: no secrets. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for clone and build together, 1,000 to 3,600,000. @default 600,000 */
  readonly buildTimeoutMs?: number | undefined;
}

/**
 * - `exited`: the program ended by itself; see `exitCode`.
 * - `timed_out`: it was ended after `timeoutMs`.
 * - `out_of_memory`: it, or one of its children, was killed at the memory limit.
 * - `output_limit`: it was ended because it wrote more than the policy's produced-output limit.
 * - `cancelled`: it was ended by `stopContainer` or by `close()`.
 * - `engine_lost`: the engine went away; what became of the program is unknown.
 */
export type RunStatus =
  | 'exited'
  | 'timed_out'
  | 'out_of_memory'
  | 'output_limit'
  | 'cancelled'
  | 'engine_lost';

/** Counts of one output stream. */
export interface StreamCounts {
  /** Bytes the program wrote, all of them. */
  readonly bytes: number;
  /** Bytes left out between the kept head and the kept tail. */
  readonly omittedBytes: number;
}

/** Milliseconds spent in each phase; 0 for a phase that was not needed. */
export interface RunTimings {
  readonly queueMs: number;
  readonly pullMs: number;
  readonly createMs: number;
  readonly startMs: number;
  readonly runMs: number;
  readonly collectMs: number;
  readonly removeMs: number;
  readonly totalMs: number;
}

/** The whole truth about one run. */
export interface DockerExecutionResult {
  /** The program ended by itself with exit code 0 and nothing was killed for memory. */
  readonly success: boolean;
  readonly status: RunStatus;
  /** Null when the program did not end by itself. */
  readonly exitCode: number | null;
  /** The signal the program died of (exit code above 128), e.g. `SIGSEGV`. */
  readonly signal: string | null;
  /** UTF-8, invalid bytes replaced; head and tail when it was long, see `counts`. */
  readonly stdout: string;
  /** As `stdout`. */
  readonly stderr: string;
  readonly counts: Readonly<Record<OutputStream, StreamCounts>>;
  /** Bytes are missing from `stdout` or `stderr`: cut at the capture limit, or the connection broke. */
  readonly truncated: boolean;
  /** Milliseconds the program ran: `timings.runMs`. */
  readonly executionTime: number;
  /** What went wrong and what to do, in one or two sentences; null on success. */
  readonly errorMessage: string | null;
  /** 64 hexadecimal digits. The container is gone already unless `cleanup` says otherwise. */
  readonly containerId: string;
  readonly image: {
    readonly reference: string;
    readonly id: string;
    readonly digest: string | null;
  };
  readonly timings: RunTimings;
  /** The limits that were in force, as the engine reported them; null when it was lost before. */
  readonly limits: AppliedLimits | null;
  /** The files that `artifacts` asked for. */
  readonly artifacts: readonly Artifact[];
  /** Files that were asked for and are too large, too many or not there. */
  readonly omittedArtifacts: readonly OmittedArtifact[];
  /**
   * `removed`; `removing` while the engine still does it (the program has ended, and `close()`
   * waits for it); `pending` when the engine did not confirm the removal.
   */
  readonly cleanup: 'removed' | 'removing' | 'pending';
  /** Where its container came from, and why not from those that were parked. */
  readonly path: RunPath;
}

/** Something that happened on the way to a result. */
export type ExecutionEvent =
  | { readonly type: 'queued'; readonly position: number }
  | { readonly type: 'pulling'; readonly image: string; readonly progress: PullProgress | null }
  | { readonly type: 'cloning'; readonly repository: string }
  | { readonly type: 'building'; readonly repository: string; readonly progress: BuildProgress }
  /** `container`: the name, for telling one's own container from others of the same image. */
  | { readonly type: 'running'; readonly image: string; readonly container: string }
  /** `bytes`: just written, not in all. */
  | { readonly type: 'output'; readonly stream: OutputStream; readonly bytes: number };

/** Options of every call that waits. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason after everything it made is removed. */
  readonly signal?: AbortSignal | undefined;
  /** Hears what happens. Must not throw. */
  readonly onEvent?: ((event: ExecutionEvent) => void) | undefined;
}

/** How a stop is done. */
export interface StopContainerOptions {
  /** Milliseconds between TERM and KILL, 0 to 300,000; 0 kills at once. @default 10,000 */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a container that was to be stopped. */
export interface StoppedContainer {
  /** 64 hexadecimal digits. */
  readonly containerId: string;
  /** It was not running any more. */
  readonly alreadyStopped: boolean;
}

/** How a pull is done. */
export interface PullImageOptions extends CallOptions {
  /** `linux/amd64` and so on. @default the engine's own */
  readonly platform?: string | undefined;
  /** Milliseconds for the whole pull, 1,000 to 3,600,000. @default 600,000 */
  readonly timeoutMs?: number | undefined;
}

/** An image that is on the engine now. */
export interface PullImageResult {
  /** As it was asked for. */
  readonly image: string;
  /** The engine's id of the image. */
  readonly id: string;
  /** `name@sha256:…` as the registry knows it. */
  readonly digest: string | null;
  readonly sizeBytes: number;
  /** Nothing was downloaded. */
  readonly alreadyUpToDate: boolean;
  readonly durationMs: number;
}

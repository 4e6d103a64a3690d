/**
 * What the layers above see of an engine, in our words. The Docker adapter is in this folder;
 * another runtime (a cluster) can stand behind the same two ports.
 */
import type { PathPattern } from '../core/path-pattern.js';
import type { PermittedResources } from '../policy/resources.js';
import type { ImageStore } from './image-ports.js';
import type { Owner } from './owner.js';

export type {
  BuildProgress,
  BuildRequest,
  BuiltImage,
  ImageFacts,
  ImageStore,
  ImageSummary,
  PullOptions,
  PullProgress,
  PulledImage,
  PushOptions,
  PushProgress,
  PushedImage,
} from './image-ports.js';
export type { Owner } from './owner.js';

/** Limits of one container. Each is set; none means "unlimited". */
export interface ContainerLimits {
  /** Bytes of memory. Swap is off: the container is killed at this number. */
  readonly memoryBytes: number;
  /** CPU cores, 0.01 or more. */
  readonly cpus: number;
  /** Processes and threads together. */
  readonly pids: number;
  /** Bytes of /dev/shm. Counts as memory. */
  readonly shmBytes: number;
  /** CPU seconds after which the kernel itself ends the program, should nobody be left to do it. */
  readonly cpuSeconds: number;
}

/** A memory-backed file system. */
export interface TmpfsMount {
  readonly path: string;
  readonly sizeBytes: number;
  /** `uid:gid` of the only one who may write to it; undefined lets everybody. */
  readonly owner?: string | undefined;
}

/** A file put into the container before its program starts. */
export interface ContainerFile {
  /** Absolute path inside the container. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/** A command the engine runs inside a container, again and again, to learn whether it is well. */
export interface HealthCheck {
  /** Exact argv. Exit code 0 means healthy. */
  readonly command: readonly string[];
  /** Milliseconds between the end of a check and the next one, and before the first. */
  readonly intervalMs: number;
  /** Milliseconds after which a check has failed. */
  readonly timeoutMs: number;
  /** Failed checks in a row that make it unhealthy. */
  readonly retries: number;
  /** Milliseconds from the start in which failed checks do not count. */
  readonly startPeriodMs: number;
}

/** Everything that decides how one container runs. Built by us field by field, never spread. */
export interface ContainerSpec {
  readonly name: string;
  /** The engine's id of the image, so that a tag that moves in between changes nothing. */
  readonly imageId: string;
  /** What people call the image. */
  readonly imageName: string;
  /** The image is removed after this run: no container may wait for another one, and hold it. */
  readonly temporaryImage: boolean;
  /** Replaces the image's entrypoint; undefined keeps it. */
  readonly entrypoint: readonly string[] | undefined;
  /** Replaces the image's command; undefined keeps it. */
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string | undefined;
  /** `uid[:gid]` or a name of the image; undefined keeps the image's user. */
  readonly user: string | undefined;
  /** The caller's labels; the proof of ownership is added by the runtime. */
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: Owner;
  readonly limits: ContainerLimits;
  readonly readOnlyRoot: boolean;
  readonly tmpfs: readonly TmpfsMount[];
  /** `none`, `bridge`, or the name of a network of the engine. */
  readonly networkMode: string;
  readonly files: readonly ContainerFile[];
  /** Files to bring back after the end. */
  readonly artifacts: readonly PathPattern[];
  /** Folders below one of `volumes` that every user of the container may write to. */
  readonly writableFolders: readonly string[];
  /** Ports, volumes, mounts, GPUs, and what only the operator gives. */
  readonly resources: PermittedResources;
  /** Folders on anonymous volumes: writable on a read-only root, removed with the container. */
  readonly volumes: readonly string[];
  /** Bytes for the program's standard input, closed after them; undefined gives it none. */
  readonly stdin: Uint8Array | undefined;
  /** Milliseconds from the start of the program until it is ended. */
  readonly timeoutMs: number;
  /** Milliseconds between TERM and KILL when it is ended. */
  readonly stopGraceMs: number;
  /** Bytes of the engine's own log of this container. */
  readonly logBytes: number;
  /** Replaces the image's health check; undefined runs none, also when the image has one. */
  readonly healthCheck: HealthCheck | undefined;
}

export type OutputStream = 'stdout' | 'stderr';

/** The phases of a run, in order. */
export type RunPhase = 'create' | 'start' | 'run' | 'collect' | 'remove';

/** Hears what happens while a container runs. Called in order; must not throw. */
export interface RunObserver {
  /** Bytes the program wrote. Return `stop` to end the run because it wrote too much. */
  output(stream: OutputStream, chunk: Uint8Array): 'continue' | 'stop';
  phase(phase: RunPhase): void;
  /** The container exists; its id has 64 hexadecimal digits. One that waited has another name. */
  created(containerId: string, name: string): void;
}

/** Why a run ended. The first cause wins. */
export type RunEnd = 'exited' | 'timed_out' | 'output_limit' | 'cancelled' | 'engine_lost';

/** The limits the engine says are in force, read back from it. */
export interface AppliedLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
  readonly timeoutMs: number;
  readonly networkMode: string;
  readonly readOnlyRoot: boolean;
  readonly user: string;
}

/** A file brought back from a container. */
export interface Artifact {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A file that was asked for and is not brought back. */
export interface OmittedArtifact {
  readonly path: string;
  /** Its size; 0 when it is not there. */
  readonly bytes: number;
  readonly reason: 'too_large' | 'too_many' | 'not_found';
}

export interface Artifacts {
  readonly files: readonly Artifact[];
  readonly omitted: readonly OmittedArtifact[];
}

/** What is known about a run once it is over. */
export interface RunOutcome {
  readonly containerId: string;
  readonly end: RunEnd;
  /** The program's exit code; null when it did not end by itself. */
  readonly exitCode: number | null;
  /** The engine (or the exit code, with nobody of ours killing) says memory ran out. */
  readonly outOfMemory: boolean;
  /** Output may be missing: the connection broke before the end. */
  readonly outputIncomplete: boolean;
  readonly artifacts: Artifacts;
  /** Milliseconds of each phase that was reached. */
  readonly phases: Readonly<Partial<Record<RunPhase, number>>>;
  /** Undefined when the engine was lost before it could be asked. */
  readonly limits: AppliedLimits | undefined;
  /**
   * `removed`; `removing` while the engine still does it; `pending` when the engine did not
   * confirm it and the sweep has to.
   */
  readonly cleanup: 'removed' | 'removing' | 'pending';
  readonly path: RunPath;
}

/** Where the container of a run came from. */
export interface RunPath {
  /** `parked`: it was started ahead of time and waited. `cold`: it was made for the run. */
  readonly kind: 'parked' | 'cold';
  /** Why it was not a parked one; null for one, and where none is ever kept. */
  readonly reason: string | null;
}

/** A published port of a listed container. */
export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: string;
  readonly hostPort: number | null;
  readonly hostAddress: string | null;
}

/** Safe fields of a listed container: no command, no environment, no labels. */
export interface ContainerSummary {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** `running`, `paused`, `exited` … */
  readonly state: string;
  /** The engine's sentence: `Up 3 minutes`. */
  readonly status: string;
  readonly createdAt: Date;
  readonly ports: readonly PublishedPort[];
  /** Started by Slipway, proved by the signature in its labels. */
  readonly managed: boolean;
}

export interface StopOptions {
  /** Milliseconds between TERM and KILL. 0 kills at once. */
  readonly graceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A container that was started and is looked after by whoever holds this. */
export interface StartedContainer {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /**
   * Ends its program (TERM, then KILL after so many milliseconds) and removes it with its
   * anonymous volumes. `pending`: the engine did not confirm it, and the removal is tried again
   * in the background. Never rejects.
   */
  end(graceMs: number): Promise<'removed' | 'pending'>;
}

/** Hears an open container. Called in order; must not throw, and must copy what it keeps. */
export interface OutputObserver {
  output(stream: OutputStream, chunk: Uint8Array): void;
}

/** How the program of an open container ended. */
export interface ContainerEnd {
  /** Null when it was ended from outside, or the engine was lost. */
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  /** A `START_FAILED`: the program could not even be executed. Undefined for one that ran. */
  readonly failure: Error | undefined;
}

/** A running container that is talked to. Whoever holds it has to call `end`. */
export interface OpenContainer {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /**
   * Sends bytes to its standard input, at any time. What the program does not read yet is kept
   * in memory; once it has ended, or its input is closed, they go nowhere.
   */
  write(bytes: Uint8Array): void;
  /** Closes its standard input, after what was written. Its output goes on. */
  closeInput(): void;
  /** Resolves once the program has ended and its output was heard. Never rejects. */
  readonly ended: Promise<ContainerEnd>;
  /**
   * The port on the engine's loopback address behind which a TCP port of the container is
   * published; undefined when it is not.
   */
  hostPort(containerPort: number, signal?: AbortSignal): Promise<number | undefined>;
  /** As `StartedContainer.end`. 0 kills at once. A second call answers as the first. */
  end(graceMs: number): Promise<'removed' | 'pending'>;
}

/** What a container does right now. */
export interface ContainerState {
  readonly running: boolean;
  /** Null while it runs, and before it was started. */
  readonly exitCode: number | null;
  /** `none`: it has no health check. */
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** What the last health check wrote; '' without one. Written by the program: data, not truth. */
  readonly healthOutput: string;
}

/** Which part of a container's log is read. */
export interface LogRange {
  /** Nanoseconds since 1970 by the engine's clock, included. */
  readonly since?: bigint | undefined;
  /** Nanoseconds since 1970 by the engine's clock, included. */
  readonly until?: bigint | undefined;
  /** Only the last entries, so many. */
  readonly tail?: number | undefined;
  /** Goes on until the container ends. */
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One entry of a container's log: a line with its end, or a part of a line longer than 16 KiB. */
export interface LogChunk {
  readonly stream: OutputStream;
  readonly data: Uint8Array;
  /** RFC 3339 with nanoseconds, by the engine's clock; null for a container with a terminal. */
  readonly timestamp: string | null;
}

/** What a container uses. Counters count from its start. */
export interface ContainerStats {
  readonly readAt: Date;
  /** CPU use since the previous sample: 100 is one core, 250 two and a half. */
  readonly cpuPercent: number;
  /** CPU time of all its processes, in milliseconds. */
  readonly cpuTimeMs: number;
  /** Bytes of memory, without the page cache the kernel can drop at any time. */
  readonly memoryBytes: number;
  /** Bytes; the memory of the engine's machine when the container has no limit. */
  readonly memoryLimitBytes: number;
  /** Bytes received on all its networks; 0 without one. */
  readonly networkRxBytes: number;
  /** Bytes sent on all its networks; 0 without one. */
  readonly networkTxBytes: number;
  /** Bytes read from block devices; 0 where the engine does not tell. */
  readonly blockReadBytes: number;
  /** Bytes written to block devices; 0 where the engine does not tell. */
  readonly blockWriteBytes: number;
  /** Processes and threads. */
  readonly pids: number;
}

/** Containers that are started ahead of time, so that a run finds one. */
export interface Parking {
  /** How many wait at most, of all kinds together. */
  readonly containers: number;
  /** Bytes that all of them together may take while they wait; one counts as 16 MiB. */
  readonly memoryBytes: number;
  /** Milliseconds that one waits unused, its image's shell running; one that is kept is then replaced. */
  readonly idleMs: number;
  /** A run has one parked for it where none waits. @default false: it is made in the usual way */
  readonly always?: boolean | undefined;
}

/** Containers that were to wait for a run: what `park` came to. */
export interface ParkedContainers {
  /** Containers that wait for such runs now. */
  readonly waiting: number;
  /** Why there are less than were asked for; null when there are not. */
  readonly reason: string | null;
}

/** Runs containers and looks after them. */
export interface ContainerRuntime {
  /**
   * Creates, starts, observes and removes one container. Resolves for every way in which the
   * program can end; rejects with a `SlipwayError` when it could not be started, after
   * everything that was created is removed again.
   */
  run(spec: ContainerSpec, observer: RunObserver, signal?: AbortSignal): Promise<RunOutcome>;
  /**
   * Creates and starts one container and leaves it to the caller, who has to remove it: neither
   * its `timeoutMs` nor its output is watched here.
   *
   * @throws {SlipwayError} when it could not be started, or the reason of `signal`, after
   * everything that was created is removed again
   */
  start(spec: ContainerSpec, signal?: AbortSignal): Promise<StartedContainer>;
  /**
   * Creates and starts one container that is talked to while it runs: its input stays open (the
   * bytes of `stdin`, if any, come first), its output is heard as it comes and is never held up.
   * Its `timeoutMs` is not watched here. The caller has to call `end`.
   *
   * @throws {SlipwayError} as `start`
   */
  open(spec: ContainerSpec, observer: OutputObserver, signal?: AbortSignal): Promise<OpenContainer>;
  /**
   * Has `count` containers wait for runs like this one, from now on: one that is used is replaced.
   * Each serves one run and is never used again. Where none are ever kept, none wait.
   *
   * @throws {SlipwayError} when the engine cannot be asked about the image
   */
  park(spec: ContainerSpec, count: number): Promise<ParkedContainers>;
  /** Resolves once nothing is made or removed behind the back of a run. */
  settled(): Promise<void>;
  /** Removes every container that waits; resolves when they, and those of ended runs, are gone. */
  close(): Promise<void>;
  /** Full id. Undefined when there is no such container (any more). */
  state(id: string, signal?: AbortSignal): Promise<ContainerState | undefined>;
  /** Full id. The exit code once it does not run (any more); null when it is gone. */
  exited(id: string, signal?: AbortSignal): Promise<number | null>;
  /** Full id. Read as fast as it is asked for; the container is never held up by a slow reader. */
  logs(id: string, range: LogRange): AsyncGenerator<LogChunk, void>;
  /**
   * Full id. A sample about every second, the first after two of them; a slow reader gets the
   * newest one. Ends when the container does, at once for one that does not run.
   */
  watchStats(id: string, signal?: AbortSignal): AsyncGenerator<ContainerStats, void>;
  /** Containers of the engine, newest first. */
  list(options: {
    readonly all: boolean;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly ContainerSummary[]>;
  /** Ends a container (full id). `false` when it was not running any more. */
  stop(id: string, options: StopOptions): Promise<boolean>;
  /** Removes a container (full id) and its anonymous volumes. Absent is success. */
  remove(id: string): Promise<void>;
}

/** What an engine is and what it can do, asked once. */
export interface EngineFacts {
  readonly flavor: 'docker' | 'podman';
  /** `classic` has neither secrets nor logins for registries; Podman's is one. */
  readonly builder: 'buildkit' | 'classic';
  /** The engine's own version: `28.5.2`. */
  readonly version: string;
  /** The API version both sides speak: `1.41`. */
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly endpoint: string;
}

/** An engine that was found and asked who it is. */
export interface Engine {
  readonly facts: EngineFacts;
  readonly containers: ContainerRuntime;
  readonly images: ImageStore;
  /**
   * Removes containers and images of this installation whose owner is dead, or can not be asked
   * and is past its deadline by the engine's clock, and volumes whose container is gone. Runs by itself too: when an engine is
   * connected and every minute.
   */
  sweep(): Promise<SweepResult>;
}

/** Names of containers and volumes, and tags of images. */
export interface SweepResult {
  readonly removed: readonly string[];
  /** The engine did not remove these; the next sweep tries again. */
  readonly failed: readonly string[];
}

/**
 * Gives the engine, connecting on first use. A failure is not kept: the next call tries again, so
 * an engine that is started later needs no restart of ours.
 *
 * @throws {SlipwayError} `ENGINE_UNREACHABLE` naming every address that was tried
 */
export interface ConnectEngine {
  (signal?: AbortSignal): Promise<Engine>;
  /** Ends what stays open between calls, such as an ssh login. Later calls reject with `CLOSED`. */
  readonly close?: () => Promise<void>;
  /** See `ContainerRuntime.settled`. */
  readonly settled?: () => Promise<void>;
}

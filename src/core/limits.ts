/**
 * Every default and bound that is not the operator's to choose, with its unit and its reason.
 * What the operator may choose is in `policy/policy.ts`.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds of what a caller may send, in bytes unless the name says otherwise. */
export const INPUT_LIMITS = {
  /** The engine silently runs nothing for a string at or above 131,072 (MAX_ARG_STRLEN of Linux). */
  argumentBytes: 131_071,
  /** All arguments together; Linux gives 2 MiB to arguments and environment in total. */
  argumentsBytes: MIB,
  argumentCount: 1000,
  environmentBytes: MIB,
  environmentCount: 256,
  imageReferenceCharacters: 512,
  stdinBytes: 16 * MIB,
  payloadBytes: 4 * MIB,
  /** All files sent with a run together. */
  filesBytes: 64 * MIB,
  fileCount: 1000,
  artifactPatterns: 64,
  /** Dockerfiles are read whole before a build. */
  dockerfileBytes: MIB,
  contextBytes: 200 * MIB,
  contextEntries: 20_000,
} as const;

/** Smallest values a run may have. The engine's own minimum for memory is 6 MiB. */
export const RUN_FLOORS = {
  memoryBytes: 16 * MIB,
  cpus: 0.01,
  pids: 8,
  shmBytes: 64 * KIB,
  tmpfsBytes: 64 * KIB,
  timeoutMs: 1000,
} as const;

/** What is kept of one output stream: its head and its tail. The bytes between are counted. */
export const CAPTURE = { headBytes: MIB, tailBytes: 7 * MIB } as const;

/** Deadlines of engine calls, in milliseconds. Work that depends on size has its own. */
export const ENGINE_DEADLINES = {
  /** Finding an engine: local sockets answer in a few milliseconds. */
  pingMs: 2000,
  /** Inspect, list, kill. */
  queryMs: 10_000,
  /** Create, start, remove: they touch the disk. Only while the engine answers pings. */
  changeMs: 30_000,
  /** Between such pings, and before the first one. */
  probeAfterMs: 7000,
  /** For such a ping: an engine can be busy. */
  probeMs: 5000,
  /** Putting files into a container. */
  archiveMs: 60_000,
} as const;

/** How a container is ended, in milliseconds. */
export const STOPPING = {
  /** Between TERM and KILL when a run ends early: a second over the timeout at the most. */
  graceMs: 500,
  /** How long the engine has to confirm a kill before the connection is cut. */
  killMs: 5000,
  /** Between exit and end of output; the engine itself stops copying after 2 s. */
  drainMs: 2000,
  /** How long a lost engine is waited for before the run is given up. */
  reconnectMs: 10_000,
  /** For all that a run still asks of an engine that has missed a deadline. */
  patienceMs: 2500,
  /** `stopContainer`, as `docker stop`. */
  stopGraceMs: 10_000,
} as const;

/** How what was left behind is looked for, in milliseconds. */
export const SWEEP = {
  /** Between two looks at an engine. */
  everyMs: 60_000,
  /** Before the first new try to remove what could not be removed; doubled each time. */
  retryMs: 1000,
  /** A request that nobody heard the answer of can still make something for this long. */
  appearsMs: 60_000,
} as const;

/** Added to the wall timeout for the CPU time limit, which is only the backstop. */
export const CPU_BACKSTOP_SECONDS = 10;

/** The end of a build log that an error carries. */
export const BUILD_LOG_TAIL = { lines: 60, characters: 6000 } as const;

/** Largest build secret, in bytes: what BuildKit's own client sends. */
export const BUILD_SECRET_BYTES = 500 * KIB;

/** What is kept of a builder's warnings. */
export const BUILD_WARNINGS = { count: 50, characters: 500 } as const;

/** A whole pull, in milliseconds. Large images take minutes on slow lines. */
export const PULL_TIMEOUT_MS = 600_000;

/** An image that declares more VOLUMEs than this is not an ordinary image. */
export const MAX_IMAGE_VOLUMES = 16;

/** What is brought back from one container. What is over it is named with its size. */
export const ARTIFACT_LIMITS = {
  fileBytes: 16 * MIB,
  totalBytes: 64 * MIB,
  count: 1000,
  /** Matching names that are looked at. */
  entries: 10_000,
} as const;

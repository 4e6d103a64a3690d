const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds of what clients may send and hold. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** Levels of arrays and objects in a message. */
  readonly jsonDepth: number;
  readonly batchMessages: number;
  readonly headerBytes: number;
  /** From the start of a connection, or of a request on it, to the end of its headers. */
  readonly headersMs: number;
  /** To the end of its body. */
  readonly requestMs: number;
  /** How often the two above are looked at. */
  readonly timeoutCheckMs: number;
  /** Between two requests on a connection. */
  readonly keepAliveMs: number;
  /** How long a client may take nothing of an answer. */
  readonly stalledMs: number;
  readonly connections: number;
  /** Of clients of the 2024-2025 revisions; a client of 2026-07-28 has none. */
  readonly sessions: number;
  /** Without a request under way, an open stream or a job. */
  readonly sessionIdleMs: number;
  /** Streams of `subscriptions/listen`. */
  readonly subscriptions: number;
}

export const HTTP_LIMITS: HttpLimits = {
  /** As much as one message on standard input may have. */
  bodyBytes: 10 * MIB,
  /** Our tools nest five deep. */
  jsonDepth: 64,
  /** As many as the SDK takes, which looks at each of them before it counts. */
  batchMessages: 100,
  headerBytes: 16 * KIB,
  headersMs: 10_000,
  /** 10 MiB at 3 Mbit/s. */
  requestMs: 30_000,
  timeoutCheckMs: 1000,
  keepAliveMs: 5000,
  /** Streams carry a comment every 15 s, so that a client that reads is never cut. */
  stalledMs: 60_000,
  connections: 256,
  sessions: 64,
  /** The client of an ended session begins a new one by itself. */
  sessionIdleMs: 30 * 60_000,
  /** Nothing ever changes here: there is nothing to hear. */
  subscriptions: 16,
};

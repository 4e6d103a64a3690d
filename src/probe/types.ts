import type { DeclaredInput, ServerStart, ServerTransport } from '../core/build-plan.js';
import type { Logger } from '../core/logger.js';
import type { ContainerRuntime, ContainerSpec, ImageFacts } from '../engine/ports.js';

/** One way to start the server of an image. A `ServerStart` of a plan is one. */
export interface ProbeStart extends Omit<ServerStart, 'start'> {
  /** Replaces the image's entrypoint; undefined keeps it. */
  readonly start: readonly string[] | undefined;
}

/** What the probe needs of one container; limits and user are the policy's. */
export interface ProbeProgram {
  /** Replaces the image's entrypoint; undefined keeps it. */
  readonly entrypoint: readonly string[] | undefined;
  /** Replaces the image's command; undefined keeps it. */
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** `none` for a server on stdio, `bridge` for one on HTTP. */
  readonly networkMode: 'none' | 'bridge';
  /** TCP port to publish on a free port of the loopback address; undefined publishes none. */
  readonly port: number | undefined;
  /** Milliseconds that the container may be needed for. */
  readonly timeoutMs: number;
}

export interface ProbeDependencies {
  readonly containers: Pick<ContainerRuntime, 'open'>;
  /**
   * The container of such a program of such an image, with a name, an owner and the limits that
   * the policy gives it.
   *
   * @throws {SlipwayError} `POLICY_DENIED` when it permits none
   */
  readonly specOf: (program: ProbeProgram, image: ImageFacts) => Promise<ContainerSpec>;
  readonly logger: Logger;
}

export interface ProbeRequest {
  readonly image: ImageFacts;
  /** Tried in this order until one works. */
  readonly starts: readonly ProbeStart[];
  /** The user's variables; they win over a start's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** The user's arguments; when there are any, they replace a start's own. */
  readonly args: readonly string[];
  /** What the repository says the server takes. */
  readonly inputs: readonly DeclaredInput[];
  /** Milliseconds that a start has until its first answer, and again until its tools are listed. */
  readonly timeoutMs: number;
}

/**
 * `works`: it listed its tools. `needs_config`: it would, but for what `missing` names. `broken`:
 * it fails. `unsupported`: it runs, and is no MCP server.
 */
export type ProbeStatus = 'works' | 'needs_config' | 'broken' | 'unsupported';

/** `initialize`: the revisions up to 2025-11-25. `discover`: 2026-07-28. */
export type ProtocolEra = 'initialize' | 'discover';

/** Written by the server: data, not truth. Control characters are gone; both are cut. */
export interface ProbedTool {
  readonly name: string;
  readonly description: string | null;
}

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
}

/** What came of one start. */
export interface ProbeAttempt {
  /** Its place in `starts`, from 0. */
  readonly start: number;
  readonly transport: ServerTransport;
  readonly status: ProbeStatus;
  /** A full sentence; null when there is nothing to say. */
  readonly reason: string | null;
  /** Milliseconds. */
  readonly durationMs: number;
}

export interface ProbeResult {
  readonly status: ProbeStatus;
  readonly era: ProtocolEra | null;
  /** The revision that was agreed on: `2025-11-25`. */
  readonly protocolVersion: string | null;
  /** The one that the verdict is about; it can differ from what the start declares. */
  readonly transport: ServerTransport;
  /** At most 1000. */
  readonly tools: readonly ProbedTool[];
  /** Names of variables (`API_KEY`), options (`--token`) and arguments (`directory`). */
  readonly missing: readonly string[];
  /** A full sentence; null when it works and there is nothing to say. */
  readonly reason: string | null;
  /** The end of what it wrote to stderr (or, without that, of its noise on stdout): at most 4 KiB. */
  readonly stderrTail: string;
  readonly serverInfo: ServerInfo | null;
  /** The place in `starts` of the start that the verdict is about. */
  readonly start: number;
  readonly tried: readonly ProbeAttempt[];
  /** Milliseconds for all starts together. */
  readonly durationMs: number;
}

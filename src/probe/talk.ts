import type { ServerTransport } from '../core/build-plan.js';
import type { ContainerEnd, ImageFacts } from '../engine/ports.js';
import type { Heard } from './heard.js';
import type { ProbeDependencies, ProbeProgram, ProbeRequest, ProbeStart } from './types.js';
import type { Course } from './verdict.js';

/** What a container is given to reach others. */
export type Network = 'none' | 'bridge';

export interface AttemptContext {
  readonly dependencies: ProbeDependencies;
  readonly request: ProbeRequest;
  readonly signal: AbortSignal | undefined;
}

/** How a start went. */
export interface Talk {
  readonly course: Course;
  /** Undefined when the program still ran. */
  readonly end: ContainerEnd | undefined;
  readonly heard: Heard;
  /** The one that was used in the end. */
  readonly transport: ServerTransport;
}

export type HttpTransport = Exclude<ServerTransport, { kind: 'stdio' }>;

/** The user's arguments, else the start's own. */
export function argsOf(start: ProbeStart, args: readonly string[]): readonly string[] {
  return args.length > 0 ? args : start.args;
}

/** What of a request decides how the image is started. */
export type ProgramRequest = Pick<ProbeRequest, 'environment' | 'args' | 'timeoutMs'> & {
  readonly image: Pick<ImageFacts, 'entrypoint' | 'command'>;
};

/** The container of a start. The second time is for the list of tools, the rest to take it down. */
export function programOf(
  { image, environment, args, timeoutMs }: ProgramRequest,
  start: ProbeStart,
  { port, network }: { readonly port?: number; readonly network: Network },
): ProbeProgram {
  const own = argsOf(start, args);
  // Without an entrypoint the image's command is the program, and not its arguments.
  const program = start.start === undefined && image.entrypoint.length === 0 ? image.command : [];
  return {
    entrypoint: start.start,
    command: own.length === 0 && start.start === undefined ? undefined : [...program, ...own],
    environment: { ...start.environment, ...environment },
    networkMode: network,
    port,
    timeoutMs: 2 * timeoutMs + SPARE_MS,
  };
}

const SPARE_MS = 60_000;

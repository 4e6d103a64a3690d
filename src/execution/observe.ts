/** Looking at a container without touching it: its log and what it uses. */
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { SlipwayError } from '../core/errors.js';
import { leavable } from '../core/leavable.js';
import { moment } from '../core/moment.js';
import { parseOptions } from '../core/options.js';
import type { ConnectEngine, ContainerStats, Engine, LogChunk } from '../engine/ports.js';
import type { Policy } from '../policy/policy.js';
import { findContainer, parseContainer } from './find-container.js';
import type { LogEntry, LogOptions, StatsOptions } from './observe-types.js';

const signal = z.instanceof(AbortSignal).optional();

const logOptions = z.strictObject({
  since: moment.optional(),
  until: moment.optional(),
  tail: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(10_000_000, 'must be at most 10000000')
    .optional(),
  follow: z.boolean('must be true or false').default(false),
  signal,
});

const statsOptions = z.strictObject({ signal });

export interface ObserveDependencies {
  readonly connect: ConnectEngine;
  readonly policy: Policy;
  /** @throws {SlipwayError} `CLOSED` */
  readonly refuseClosed: (method: string) => void;
  /** Aborted when the executor closes. */
  readonly closing: AbortSignal;
}

/** See `DockerExecutor.logs`. */
export function observeLogs(
  dependencies: ObserveDependencies,
  nameOrId: string,
  options: LogOptions,
): AsyncGenerator<LogEntry, void, undefined> {
  async function* entries(ended: AbortSignal): AsyncGenerator<LogEntry, void> {
    dependencies.refuseClosed('logs');
    const asked = parseContainer(nameOrId);
    const range = parseOptions(logOptions, options, 'options');
    const { engine, id } = await observed(dependencies, asked, ended);
    yield* withText(engine.containers.logs(id, { ...range, signal: ended }));
  }
  return leavable(entries, signalOf(options), dependencies.closing);
}

/** See `DockerExecutor.watchStats`. */
export function observeStats(
  dependencies: ObserveDependencies,
  nameOrId: string,
  options: StatsOptions,
): AsyncGenerator<ContainerStats, void, undefined> {
  async function* samples(ended: AbortSignal): AsyncGenerator<ContainerStats, void> {
    dependencies.refuseClosed('watchStats');
    const asked = parseContainer(nameOrId);
    parseOptions(statsOptions, options, 'options');
    const { engine, id } = await observed(dependencies, asked, ended);
    yield* engine.containers.watchStats(id, ended);
  }
  return leavable(samples, signalOf(options), dependencies.closing);
}

/** See `DockerExecutor.stats`. */
export async function statsOnce(
  dependencies: ObserveDependencies,
  nameOrId: string,
  options: StatsOptions,
): Promise<ContainerStats> {
  for await (const sample of observeStats(dependencies, nameOrId, options)) return sample;
  throw new SlipwayError('NOT_RUNNING', {
    message: `The container ${nameOrId} does not run: it uses nothing that could be measured.`,
    hint: 'Ask while it runs. Its log can still be read.',
    context: { container: nameOrId },
  });
}

/** A container that may be looked at, with its full id. */
export async function observed(
  { connect, policy }: ObserveDependencies,
  asked: string,
  ended: AbortSignal,
): Promise<{ readonly engine: Engine; readonly id: string }> {
  const engine = await connect(ended);
  const foreign = policy.manage.observeForeign;
  const { id } = await findContainer(engine, asked, { foreign, signal: ended });
  return { engine, id };
}

/** What is no signal is refused with the other options, once the first value is asked for. */
function signalOf(options: { readonly signal?: unknown } | null): AbortSignal | undefined {
  return options?.signal instanceof AbortSignal ? options.signal : undefined;
}

/** A character that is split between two entries of a stream is in the text of the second. */
export async function* withText(chunks: AsyncIterable<LogChunk>): AsyncGenerator<LogEntry, void> {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  for await (const chunk of chunks) {
    yield { ...chunk, text: decoders[chunk.stream].write(chunk.data) };
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const text = decoders[stream].end();
    if (text !== '') yield { stream, text, data: new Uint8Array(0), timestamp: null };
  }
}

import type { IncomingMessage } from 'node:http';
import { inspectContainer } from './container-calls.js';
import { Demuxer } from './demux.js';
import { connectionError, engineLost } from './map-error.js';
import type { LogChunk, LogRange } from './ports.js';
import type { Transport } from './transport.js';

/**
 * See `ContainerRuntime.logs`. A reader that is slow or leaves stops the connection, not the
 * container: unlike an attached output, the log is written whether or not somebody reads it.
 */
export async function* containerLogs(
  transport: Transport,
  id: string,
  { since, until, tail, follow, signal }: LogRange,
): AsyncGenerator<LogChunk, void> {
  const operation = 'read logs';
  const { Config: config } = await inspectContainer(transport, id, signal);
  const { body } = await transport.stream({
    method: 'GET',
    path: `/containers/${id}/logs`,
    operation,
    query: {
      stdout: true,
      stderr: true,
      follow,
      since: unixTime(since),
      until: unixTime(until),
      tail: tail ?? 'all',
      // With a terminal there are no frames, and no telling where a time ends and output begins.
      timestamps: !config.Tty,
    },
    deadlineMs: transport.deadlines.queryMs,
    signal,
  });
  try {
    yield* config.Tty ? terminalOutput(body) : entries(body);
    if (!body.complete) throw engineLost(operation);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error, operation, transport.endpoint);
  } finally {
    body.destroy();
  }
}

/** Seconds with nine decimals, as the engine reads times. */
function unixTime(nanoseconds: bigint | undefined): string | undefined {
  if (nanoseconds === undefined) return undefined;
  const decimals = String(nanoseconds % 1_000_000_000n).padStart(9, '0');
  return `${nanoseconds / 1_000_000_000n}.${decimals}`;
}

async function* terminalOutput(body: IncomingMessage): AsyncGenerator<LogChunk, void> {
  for await (const chunk of body) {
    if (Buffer.isBuffer(chunk)) yield { stream: 'stdout', data: chunk, timestamp: null };
  }
}

/** Each frame is one entry of the log. */
async function* entries(body: IncomingMessage): AsyncGenerator<LogChunk, void> {
  let parts: Uint8Array[] = [];
  let whole: LogChunk[] = [];
  const demuxer = new Demuxer(
    (_stream, part) => void parts.push(part),
    (stream) => {
      whole.push(entry(stream, Buffer.concat(parts)));
      parts = [];
    },
  );
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    demuxer.push(chunk);
    yield* whole;
    whole = [];
  }
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) /;
const TIMESTAMP_CHARACTERS = 40;

function entry(stream: LogChunk['stream'], frame: Buffer): LogChunk {
  const beginning = frame.toString('latin1', 0, TIMESTAMP_CHARACTERS);
  const [prefix = '', timestamp = null] = TIMESTAMP.exec(beginning) ?? [];
  return { stream, timestamp, data: frame.subarray(prefix.length) };
}

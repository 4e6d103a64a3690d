import { now } from '../core/deadline.js';
import { linkSignals } from '../core/link-signals.js';
import { converse } from './handshake.js';
import { Heard } from './heard.js';
import { listeningIn } from './listening.js';
import { StdioChannel } from './stdio-channel.js';
import { programOf, type AttemptContext, type Network, type Talk } from './talk.js';
import type { ProbeStart } from './types.js';

/** How long a program that says it listens on a port is still given to answer on stdio. */
const LISTENING_MS = 5000;
const LOOK_EVERY_MS = 500;

/** Starts the image and talks to it over its standard streams. */
export async function talkStdio(
  context: AttemptContext,
  start: ProbeStart,
  network: Network,
): Promise<Talk> {
  const { dependencies, request } = context;
  const heard = new Heard();
  const channel = new StdioChannel();
  const { signal, release } = linkSignals(context.signal);
  const spec = await dependencies.specOf(programOf(request, start, { network }), request.image);
  const observer = {
    output: (stream: 'stdout' | 'stderr', chunk: Uint8Array): void => {
      heard.push(stream, chunk);
      if (stream === 'stdout') channel.push(chunk);
    },
  };
  const container = await dependencies.containers.open(spec, observer, signal);
  const onAbort = (): void => channel.giveUp();
  signal.addEventListener('abort', onAbort, { once: true });
  channel.attach(container);
  const watch = watchForListening(heard, channel);
  try {
    if (signal.aborted) channel.giveUp();
    const course = await converse(channel, request.timeoutMs);
    signal.throwIfAborted();
    const end = course.kind === 'ended' ? await container.ended : undefined;
    return { course, end, heard, transport: { kind: 'stdio' } };
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    release();
    await container.end(0);
  }
}

/** A server on HTTP that was taken for one on stdio: its own words tell, long before the time is up. */
function watchForListening(heard: Heard, channel: StdioChannel): NodeJS.Timeout {
  let since: number | undefined;
  let bytes = -1;
  return setInterval(() => {
    if (channel.answered) return;
    if (since === undefined && heard.bytes !== bytes) {
      bytes = heard.bytes;
      if (listeningIn(heard.text()) !== undefined) since = now();
    }
    if (since !== undefined && now() - since > LISTENING_MS) channel.giveUp();
  }, LOOK_EVERY_MS);
}

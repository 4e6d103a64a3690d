import { delay, now } from '../core/deadline.js';
import { linkSignals } from '../core/link-signals.js';
import type { ContainerEnd, OpenContainer } from '../engine/ports.js';
import { converse, type Conversation } from './handshake.js';
import { Heard } from './heard.js';
import { HttpChannel } from './http-channel.js';
import type { HttpTarget } from './http-exchange.js';
import { listeningIn, type Listening } from './listening.js';
import { openSseChannel } from './sse-channel.js';
import { programOf, type AttemptContext, type HttpTransport, type Talk } from './talk.js';
import type { ProbeStart } from './types.js';
import type { Course } from './verdict.js';

/** Between two tries to connect, in milliseconds: the first wait, doubled up to the last. */
const RETRY_MS = { first: 50, last: 1000 } as const;
/** How long a program that says it listens may refuse connections, in milliseconds. */
const LISTENING_MS = 3000;

/** Starts the image with its port published on loopback and talks to it over HTTP. */
export async function talkHttp(
  context: AttemptContext,
  start: ProbeStart,
  transport: HttpTransport,
): Promise<Talk> {
  const { dependencies, request } = context;
  const heard = new Heard();
  const { signal, release } = linkSignals(context.signal);
  try {
    const spec = await dependencies.specOf(
      programOf(request, start, { port: transport.port, network: 'bridge' }),
      request.image,
    );
    const observer = { output: heard.push.bind(heard) };
    const container = await dependencies.containers.open(spec, observer, signal);
    try {
      const visit = new Visit(container, heard, { transport, signal });
      return await visit.talk(request.timeoutMs);
    } finally {
      await container.end(0);
    }
  } finally {
    release();
  }
}

interface Place {
  readonly transport: HttpTransport;
  readonly signal: AbortSignal;
}

class Visit {
  readonly #container: OpenContainer;
  readonly #heard: Heard;
  readonly #place: Place;
  #end: ContainerEnd | undefined;
  #announcedAt: number | undefined;
  #transport: HttpTransport;

  constructor(container: OpenContainer, heard: Heard, place: Place) {
    this.#container = container;
    this.#heard = heard;
    this.#place = place;
    this.#transport = place.transport;
    void container.ended.then((end) => {
      this.#end = end;
    });
  }

  async talk(timeoutMs: number): Promise<Talk> {
    const { signal, transport } = this.#place;
    const hostPort = await this.#container.hostPort(transport.port, signal);
    const target = { hostPort: hostPort ?? 0, containerPort: transport.port };
    const course = await this.#untilAnswered(target, timeoutMs);
    signal.throwIfAborted();
    return { course, end: this.#end, heard: this.#heard, transport: this.#transport };
  }

  /** A published port takes connections before the program does, and ends them at once. */
  async #untilAnswered(target: HttpTarget, timeoutMs: number): Promise<Course> {
    const until = now() + timeoutMs;
    for (let waitMs: number = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.last)) {
      const course = await this.#ask(target, Math.max(1000, until - now()));
      if (course.kind !== 'ended' && !isStarting(course)) return course;
      if (this.#end !== undefined || this.#place.signal.aborted) return course;
      const listening = this.#listening();
      if (now() > until || listening?.refuses === true) {
        return course.kind === 'ended' ? this.#unreachable(listening?.place) : course;
      }
      await Promise.race([delay(waitMs, this.#place.signal), this.#container.ended]);
    }
  }

  /** Where the program says that it listens, and whether it has had the time to. */
  #listening(): { readonly place: Listening; readonly refuses: boolean } | undefined {
    const place = listeningIn(this.#heard.text());
    if (place === undefined) return undefined;
    this.#announcedAt ??= now();
    return { place, refuses: now() - this.#announcedAt > LISTENING_MS };
  }

  #unreachable(listening: Listening | undefined): Course {
    const { port } = this.#place.transport;
    const announced = listening?.port === port && !listening.everywhere;
    return { kind: 'unreachable', port, announced };
  }

  /** The path of the plan first, then where servers usually are. */
  async #ask(target: HttpTarget, timeoutMs: number): Promise<Conversation> {
    let told: Extract<Conversation, { kind: 'foreign' }> | undefined;
    for (const transport of candidates(this.#place.transport)) {
      const conversation = await this.#askAt(target, transport, timeoutMs);
      if (conversation.kind !== 'foreign') {
        if (conversation.kind !== 'ended') this.#transport = transport;
        return conversation;
      }
      if (told === undefined || rank(conversation.status) > rank(told.status)) told = conversation;
    }
    return told ?? { kind: 'ended' };
  }

  async #askAt(
    target: HttpTarget,
    { kind, path }: HttpTransport,
    timeoutMs: number,
  ): Promise<Conversation> {
    const { signal } = this.#place;
    if (kind === 'http') return converse(new HttpChannel(target, path, signal), timeoutMs);
    const over = new AbortController();
    const linked = linkSignals(signal, over.signal);
    try {
      const channel = await openSseChannel(target, path, linked.signal);
      return 'kind' in channel ? channel : await converse(channel, timeoutMs);
    } finally {
      over.abort();
      linked.release();
    }
  }
}

function candidates(planned: HttpTransport): readonly HttpTransport[] {
  const { port, path } = planned;
  const all: readonly HttpTransport[] = [
    planned,
    { kind: 'http', port, path: '/mcp' },
    { kind: 'sse', port, path: '/sse' },
    { kind: 'http', port, path: '/' },
    { kind: planned.kind === 'sse' ? 'http' : 'sse', port, path },
  ];
  const seen = new Set<string>();
  return all.filter((one) => {
    const key = `${one.kind} ${one.path}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A gateway or a framework that is up before the server behind it. */
function isStarting(course: Conversation): boolean {
  return course.kind === 'foreign' && [502, 503, 504].includes(course.status);
}

/** Which answer tells most: a login, then a failure, then a page, then a missing one. */
function rank(status: number): number {
  if (status === 401 || status === 403) return 3;
  if (status >= 500) return 2;
  return status < 400 ? 1 : 0;
}

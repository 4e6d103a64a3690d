/**
 * Three ways to talk to the engine over dockerode's connection: one JSON answer, a stream, and a
 * hijacked (upgraded) socket. Everything else in this folder is built on them.
 *
 * dockerode's own request methods are not used: they can stay pending for ever when a connection
 * breaks after the headers, and put request bodies into the URL. Only `modem.dial` is, always in
 * its stream form, with the path and body written by us.
 */
import { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type Docker from 'dockerode';
import { isSlipwayError } from '../core/errors.js';
import { ENGINE_DEADLINES, STOPPING } from '../core/limits.js';
import { readJson, refuseError } from './answer.js';
import { isKeeping } from './keeping-agent.js';
import { connectionError, engineLost, engineTimeout } from './map-error.js';
import { Patience } from './patience.js';

interface Modem {
  dial(options: object, callback: (error: Error | null, result: unknown) => void): void;
  /** What `dial` calls with the options of the HTTP request. */
  buildRequest(request: object, ...rest: readonly unknown[]): void;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** How long the engine has for what, in milliseconds; the defaults are in `core/limits.ts`. */
export type Deadlines = Readonly<
  Record<
    keyof typeof ENGINE_DEADLINES | 'killMs' | 'drainMs' | 'reconnectMs' | 'patienceMs',
    number
  >
>;

/** One request. */
export interface EngineCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path without version and query. Only ids, names and words of ours go in. */
  readonly path: string;
  /** For errors: `create container`, `pull image` … */
  readonly operation: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Buffer | NodeJS.ReadableStream;
  readonly contentType?: string;
  /** A list is sent as a header of that name for each value. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** On a connection of its own, not on one that was kept. */
  readonly fresh?: boolean;
  /** Milliseconds until the whole answer (`json`) or its headers (`stream`, `hijack`) are here. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The headers of an answer and its unread body. */
export interface EngineStream {
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

/** Every status is ours to judge: dockerode's judgement loses the answer's text. */
const ANY_STATUS = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [i + 100, true]));

export class Transport {
  readonly #docker: Docker;
  readonly #modem: Modem;
  readonly #apiVersion: string | undefined;
  /** The address as people write it, for messages. */
  readonly endpoint: string;
  readonly deadlines: Deadlines;
  #patience = new Patience(Infinity);

  constructor(
    docker: Docker,
    endpoint: string,
    apiVersion?: string,
    deadlines: Partial<Deadlines> = {},
  ) {
    this.#docker = docker;
    this.#modem = modemOf(docker);
    this.#apiVersion = apiVersion;
    this.endpoint = endpoint;
    this.deadlines = { ...ENGINE_DEADLINES, ...STOPPING, ...deadlines };
  }

  /** The same engine, for calls that belong together: one patience for all of them. */
  forOneRun(): Transport {
    const own = new Transport(this.#docker, this.endpoint, this.#apiVersion, this.deadlines);
    own.#patience = new Patience(this.deadlines.patienceMs);
    return own;
  }

  /** How long the engine is still waited for; without end unless made by `forOneRun`. */
  get patience(): Patience {
    return this.#patience;
  }

  /** The parsed body of a 2xx answer; undefined for an empty one. */
  async json(call: EngineCall): Promise<unknown> {
    const open = this.#open(call);
    try {
      const response = await this.#respond(call, open);
      const value = await readJson(response, call.operation);
      this.#patience.answered();
      return value;
    } catch (error) {
      throw this.#failed(open, error);
    } finally {
      open.close();
    }
  }

  /**
   * Resolves with the headers of a 2xx answer. From then on there is no deadline; an abort of the
   * caller's signal destroys the body with an error.
   */
  async stream(call: EngineCall): Promise<EngineStream> {
    const open = this.#open(call);
    try {
      const response = await this.#respond(call, open);
      open.headersArrived();
      response.once('close', () => open.close());
      return { headers: response.headers, body: response };
    } catch (error) {
      throw this.#failed(open, error);
    }
  }

  /** An upgraded connection. Half-closing it (`end`) closes the container's stdin only. */
  async hijack(call: EngineCall): Promise<Duplex> {
    const open = this.#open(call);
    try {
      const result = await this.#dial(call, open, true);
      if (result instanceof Duplex && !(result instanceof IncomingMessage)) return result;
      if (result instanceof IncomingMessage) await refuseError(result, call.operation);
      throw engineLost(call.operation, new Error('the connection was not upgraded'));
    } catch (error) {
      throw this.#failed(open, error);
    } finally {
      // An abort has no effect on an upgraded socket: its owner destroys it.
      open.close();
    }
  }

  #open(call: EngineCall): OpenCall {
    const deadlineMs = this.#patience.of(call.deadlineMs);
    return new OpenCall({ ...call, deadlineMs }, this.endpoint);
  }

  #failed(open: OpenCall, error: unknown): unknown {
    const cause = open.failed(error);
    if (isSlipwayError(cause, 'ENGINE_TIMEOUT')) this.#patience.missed();
    return cause;
  }

  async #respond(call: EngineCall, open: OpenCall): Promise<IncomingMessage> {
    const result = await this.#dial(call, open, false);
    if (!(result instanceof IncomingMessage)) throw engineLost(call.operation);
    await refuseError(result, call.operation);
    return result;
  }

  #dial(call: EngineCall, open: OpenCall, hijack: boolean): Promise<unknown> {
    const body = call.json === undefined ? call.body : Buffer.from(JSON.stringify(call.json));
    const contentType =
      call.contentType ?? (call.json === undefined ? undefined : 'application/json');
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, result: unknown): void =>
        error === null ? resolve(result) : reject(plainly(error));
      const options = {
        path: this.#path(call),
        method: call.method,
        headers: {
          ...call.headers,
          ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
          // dockerode formats what it sends for its debug log; registry logins are in here.
          [inspect.custom]: () => '[headers]',
        },
        // A POST without a body must send none: on attach it would become the program's input.
        file:
          call.method === 'POST' || call.method === 'PUT' ? (body ?? Buffer.alloc(0)) : undefined,
        hijack,
        fresh: call.fresh,
        isStream: true,
        statusCodes: ANY_STATUS,
        abortSignal: open.signal,
      };
      this.#modem.dial(options, done);
    });
  }

  #path({ path, query }: EngineCall): string {
    const prefix = this.#apiVersion === undefined ? '' : `/v${this.#apiVersion}`;
    return prefix + path + queryString(query);
  }
}

/** The time limit and the caller's signal of one call, as one signal. */
class OpenCall {
  readonly #call: EngineCall;
  readonly #endpoint: string;
  readonly #controller = new AbortController();
  readonly #onAbort: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(call: EngineCall, endpoint: string) {
    this.#call = call;
    this.#endpoint = endpoint;
    this.#onAbort = () => this.#controller.abort(call.signal?.reason);
    this.#timer = setTimeout(() => this.#late(), call.deadlineMs);
    if (call.signal?.aborted === true) this.#onAbort();
    call.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  headersArrived(): void {
    clearTimeout(this.#timer);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#call.signal?.removeEventListener('abort', this.#onAbort);
  }

  /**
   * Closes the connection: nobody reads what is left of an answer.
   *
   * @returns the first cause: the caller's abort, the deadline, or the connection
   */
  failed(error: unknown): unknown {
    this.close();
    if (!this.signal.aborted) {
      this.#controller.abort(connectionError(error, this.#call.operation, this.#endpoint));
    }
    return this.signal.reason;
  }

  #late(): void {
    this.#controller.abort(engineTimeout(this.#call.operation, this.#call.deadlineMs));
  }
}

function modemOf(docker: Docker): Modem {
  const modem: unknown = docker.modem;
  if (!isModem(modem)) throw new TypeError('dockerode has no modem.dial');
  const own: unknown = Object.create(modem, {
    buildRequest: {
      // It would follow a redirect to any host, and nobody would hear of the error there.
      value: (request: object, call: object, ...rest: readonly unknown[]): void =>
        modem.buildRequest(
          { ...request, agent: agentFor(request, call), maxRedirects: 0 },
          call,
          ...rest,
        ),
    },
  });
  return isModem(own) ? own : modem;
}

/** Connections are kept only where an agent says so: they save nothing on a socket. */
function agentFor(request: object, call: object): unknown {
  const agent: unknown = Reflect.get(request, 'agent') ?? false;
  const fresh = Reflect.get(call, 'fresh') === true;
  return fresh && isKeeping(agent) ? agent.unkept : agent;
}

function isModem(value: unknown): value is Modem {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['dial', 'buildRequest'].every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

function plainly(error: Error): Error {
  const redirected = error.message.startsWith('Max redirects');
  return redirected ? new Error('it answered with a redirect', { cause: error }) : error;
}

/** The query as the engine reads it. The closing `&` is the character that `dial` cuts off. */
function queryString(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}&`;
}

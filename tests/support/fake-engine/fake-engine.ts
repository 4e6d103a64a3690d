import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { FakeContainers } from './containers.js';
import { neverAnswer, refusal, SWITCHING, type Fault } from './faults.js';
import { Refusal, sendEmpty, sendJson } from './http.js';
import { FakeImages } from './images.js';
import { findRoute, type Operation } from './routes.js';

export type { Operation } from './routes.js';

/** A call that reached the engine. */
export interface ReceivedCall {
  readonly operation: Operation;
  readonly method: string;
  /** Path and query as they were sent, with the version. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

interface PlannedFault {
  readonly fault: Fault;
  /** Requests that still get it. */
  left: number;
  /** The request is carried out before its answer is replaced. */
  readonly carriedOut: boolean;
}

/**
 * A container engine in memory on a real Unix socket. It knows the calls that Slipway makes and a
 * handful of programs, counts what it is asked, and can break in the ways in which engines and
 * the connections to them break.
 */
export class FakeEngine {
  readonly calls: ReceivedCall[] = [];
  readonly images = new FakeImages();
  readonly containers = new FakeContainers(this.images);
  readonly #folder: string;
  readonly #faults = new Map<Operation, PlannedFault>();
  readonly #connections = new Set<Duplex>();
  /** Connections whose client is still there. */
  readonly #clients = new Set<Duplex>();
  readonly #waiting = new Set<() => void>();
  readonly #busy: { readonly operation: Operation; readonly client: Duplex }[] = [];
  #server = http.createServer();
  #hung = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<FakeEngine> {
    // Sockets have short paths, and the temporary folder of macOS is deep.
    const base = process.platform === 'darwin' ? '/tmp' : tmpdir();
    const engine = new FakeEngine(await mkdtemp(path.join(base, 'slipway-fake-')));
    await engine.listen();
    return engine;
  }

  /** An engine that is gone when the test is over. */
  static async forTest(): Promise<FakeEngine> {
    const engine = await FakeEngine.start();
    onTestFinished(() => engine.close());
    return engine;
  }

  get socketPath(): string {
    return path.join(this.#folder, 'engine.sock');
  }

  /** As in `DOCKER_HOST`. */
  get endpoint(): string {
    return `unix://${this.socketPath}`;
  }

  count(operation: Operation): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  /** Resolves once the engine has been asked that, so often. */
  async asked(operation: Operation, times = 1): Promise<void> {
    while (this.count(operation) < times) await this.#next();
  }

  /** The next `times` such calls get this instead of an answer, and are not carried out. */
  fail(operation: Operation, fault: Fault, times = Infinity): void {
    this.#faults.set(operation, { fault, left: times, carriedOut: false });
  }

  /** The next `times` such calls are carried out, and get this instead of their answer. */
  failAfter(operation: Operation, fault: Fault, times = Infinity): void {
    this.#faults.set(operation, { fault, left: times, carriedOut: true });
  }

  /** Ends all faults. */
  async heal(): Promise<void> {
    this.#faults.clear();
    this.#hung = false;
    if (!this.#server.listening) await this.listen();
  }

  /** Resolves once the client has left every connection on which such a call was made. */
  async hungUp(operation: Operation): Promise<void> {
    while (this.#busy.some((one) => one.operation === operation && this.#clients.has(one.client))) {
      await this.#next();
    }
  }

  /** Accepts everything and answers nothing any more, as a stopped process does. */
  hang(): void {
    this.#hung = true;
  }

  /** As after SIGKILL: the socket is gone and every connection is cut. */
  async crash(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async listen(): Promise<void> {
    const server = http.createServer((request, response) => void this.#request(request, response));
    server.on('upgrade', (request: IncomingMessage, connection: Duplex) => {
      this.#upgrade(request, connection);
    });
    server.on('connection', (connection) => {
      this.#connections.add(connection);
      this.#clients.add(connection);
      connection.on('error', () => undefined);
      connection.once('close', () => {
        this.#connections.delete(connection);
        this.#left(connection);
      });
    });
    server.on('clientError', () => undefined);
    await new Promise<void>((resolve) => {
      server.listen(this.socketPath, resolve);
    });
    this.#server = server;
  }

  async close(): Promise<void> {
    for (const container of this.containers.all) container.exit(137);
    await this.crash();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { operation, handle, target, query } = this.#received(request);
    const planned = this.#takeFault(operation);
    if (planned?.carriedOut === true) {
      // An answer that is bound to no connection goes nowhere.
      const lost = new http.ServerResponse(request);
      await handle(this, { request, response: lost, query, target });
      return planned.fault(request.socket);
    }
    if (planned !== undefined) {
      request.resume();
      return planned.fault(request.socket);
    }
    const exchange = { request, response, query, target };
    try {
      await handle(this, exchange);
    } catch (error) {
      refuse(response, error);
    }
  }

  #upgrade(request: IncomingMessage, connection: Duplex): void {
    const { operation, target } = this.#received(request);
    const planned = this.#takeFault(operation);
    if (planned !== undefined) {
      connection.once('end', () => this.#left(connection));
      connection.resume();
      return planned.fault(connection);
    }
    const container = this.containers.find(target);
    if (container === undefined) {
      return refusal(404, `No such container: ${target}`)(connection);
    }
    connection.write(SWITCHING);
    container.attach(connection);
  }

  #received(request: IncomingMessage): ReturnType<typeof findRoute> {
    const { method = '', url = '', headers } = request;
    const route = findRoute(method, url);
    this.calls.push({ operation: route.operation, method, url, headers });
    this.#busy.push({ operation: route.operation, client: request.socket });
    this.#wake();
    return route;
  }

  #left(connection: Duplex): void {
    this.#clients.delete(connection);
    this.#wake();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #takeFault(operation: Operation): PlannedFault | undefined {
    if (this.#hung) return { fault: neverAnswer, left: Infinity, carriedOut: false };
    const planned = this.#faults.get(operation);
    if (planned === undefined || planned.left === 0) return undefined;
    planned.left -= 1;
    return planned;
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof Refusal && error.status === 304) {
    sendEmpty(response, 304);
  } else {
    const status = error instanceof Refusal ? error.status : 400;
    sendJson(response, status, { message: error instanceof Error ? error.message : String(error) });
  }
}

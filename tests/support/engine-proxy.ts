/**
 * A socket in front of the engine's that sees every call and can hold one of them while a test
 * does something: the way to be at an exact point of somebody else's run without a clock.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const enginePath = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');

/** The calls of a run, in order. */
const CALLS = {
  resolve: /^GET \S*\/images\/\S+\/json/,
  create: /^POST \S*\/containers\/create/,
  files: /^PUT \S*\/containers\/[0-9a-f]{64}\/archive/,
  attach: /^POST \S*\/containers\/[0-9a-f]{64}\/attach/,
  start: /^POST \S*\/containers\/[0-9a-f]{64}\/start/,
  wait: /^POST \S*\/containers\/[0-9a-f]{64}\/wait/,
  inspect: /^GET \S*\/containers\/[0-9a-f]{64}\/json/,
  remove: /^DELETE \S*\/containers\//,
  build: /^POST \S*\/build/,
} as const;

/** `request`: the engine has not seen it yet. `answer`: who asked has not seen it yet. */
export interface CallPoint {
  readonly call: keyof typeof CALLS;
  readonly side: 'request' | 'answer';
}

export interface EngineProxy extends AsyncDisposable {
  readonly dockerHost: string;
  /**
   * Runs `action` at the first such point. A request then goes on to the engine; an answer is
   * dropped. From then on everything is passed through.
   */
  at(point: CallPoint, action: () => void): Promise<void>;
}

/** `await using` closes it. */
export async function engineProxy(): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-proxy-'));
  const trap = new Trap();
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const engine = net.connect({ path: enginePath, allowHalfOpen: true });
    for (const socket of [client, engine]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    connect(client, engine, trap);
  });
  const socketPath = join(folder, 'docker.sock');
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  return {
    dockerHost: `unix://${socketPath}`,
    at: (point, action) => trap.set(point, action),
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Trap {
  #point: CallPoint | undefined;
  #spring: () => void = () => undefined;
  sprung = false;

  set(point: CallPoint, action: () => void): Promise<void> {
    this.#point = point;
    return new Promise((resolve, reject) => {
      this.#spring = () => {
        this.#point = undefined;
        this.sprung = true;
        try {
          action();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
    });
  }

  /** The side that the trap waits for, when this is the call it waits for. */
  sideOf(chunk: Buffer): CallPoint['side'] | undefined {
    if (this.#point === undefined) return undefined;
    const head = chunk.subarray(0, 1024).toString('latin1');
    return CALLS[this.#point.call].test(head) ? this.#point.side : undefined;
  }

  /** Once: two calls of the same kind may be under way. */
  spring(): void {
    if (!this.sprung) this.#spring();
  }
}

/** The clients of the engine begin each request with a chunk of its own. */
function connect(client: net.Socket, engine: net.Socket, trap: Trap): void {
  let awaited = false;
  client.on('data', (chunk) => {
    const side = trap.sideOf(chunk);
    if (side === 'request') trap.spring();
    if (side === 'answer') awaited = true;
    engine.write(chunk);
  });
  engine.on('data', (chunk) => {
    if (!awaited) return void client.write(chunk);
    awaited = false;
    trap.spring();
  });
  // Of a process that was killed nothing reads any more either; what it had sent is sent.
  client.on('end', () => (trap.sprung ? engine.destroySoon() : engine.end()));
  engine.on('end', () => client.end());
  for (const [socket, other] of [
    [client, engine],
    [engine, client],
  ] as const) {
    socket.on('error', () => other.destroy());
    socket.on('close', () => other.end());
  }
}

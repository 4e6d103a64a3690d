/** From "there may be an engine somewhere" to an `Engine` that can be used. */
import { closedError } from '../core/closed.js';
import { now } from '../core/deadline.js';
import type { SlipwayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { Connections } from './connections.js';
import { createContainerRuntime } from './containers.js';
import { Custody } from './custody.js';
import { findEngine } from './endpoint/find-engine.js';
import { localMachine } from './endpoint/local-machine.js';
import type { FoundEngine, SearchEnvironment } from './endpoint/types.js';
import { EngineClock } from './engine-clock.js';
import { createImageStore } from './images.js';
import { installationKey } from './installation-key.js';
import { connectionError } from './map-error.js';
import { askEngine, pingEngine } from './negotiate.js';
import type { ConnectEngine, Engine, Parking, SweepResult } from './ports.js';
import { Transport, type Deadlines } from './transport.js';

export interface ConnectOptions {
  /** `unix:///…`, `tcp://…`, `ssh://…`; wins over the environment. @default found as the docker client does */
  readonly dockerHost?: string | undefined;
  readonly logger: Logger;
  /** The key that signs labels. @default the installation's own */
  readonly labelKey?: (() => Promise<Uint8Array>) | undefined;
  /** Shorter or longer than usual, for tests and slow lines. @default those of `core/limits.ts` */
  readonly deadlines?: Partial<Deadlines> | undefined;
  /** Containers that are started ahead of time. @default none */
  readonly parking?: Parking | undefined;
  /**
   * Hears that an engine is there: after each new connection, and when it answers again after it
   * did not. Must not throw.
   */
  readonly onConnected?: (() => void) | undefined;
  /** Where the search looks. @default this machine */
  readonly environment?: SearchEnvironment | undefined;
}

/** An engine that answered less than this ago is not asked again whether it is there. */
const FRESH_MS = 5000;

interface Connected {
  readonly engine: Engine;
  readonly transport: Transport;
  readonly custody: Custody;
  checkedAt: number;
  /** Those who wait for an engine were told of it, since it was away last. */
  announced: boolean;
}

/** Gives the engine on first use and keeps it; see {@link ConnectEngine}. */
export function engineConnector(options: ConnectOptions): ConnectEngine {
  const connections = new Connections();
  let current: Connected | undefined;
  let connecting: Promise<Connected> | undefined;
  let closed = false;

  const connectEngine = async (signal?: AbortSignal): Promise<Engine> => {
    signal?.throwIfAborted();
    if (closed) throw closedMeanwhile();
    if (current !== undefined && (await stillThere(current, signal))) {
      announce(current);
      return current.engine;
    }
    // Calls that come at once share one search; it has its own bound and nobody's signal.
    connecting ??= renew().finally(() => (connecting = undefined));
    const { engine } = await connecting;
    signal?.throwIfAborted();
    return engine;
  };

  const renew = async (): Promise<Connected> => {
    const connected = await connect(options, connections).catch((error: unknown) => {
      throw closed ? closedMeanwhile() : error;
    });
    if (closed) throw closedMeanwhile();
    void current?.engine.containers.close();
    void current?.custody.close();
    connected.custody.start();
    current = connected;
    announce(connected);
    return connected;
  };

  const announce = (connected: Connected): void => {
    if (connected.announced) return;
    connected.announced = true;
    options.onConnected?.();
  };

  const close = async (): Promise<void> => {
    closed = true;
    await current?.engine.containers.close();
    await current?.custody.close();
    // Ends a login that is under way, too.
    await connections.close();
    await connecting?.catch(() => undefined);
  };

  const settled = async (): Promise<void> => current?.engine.containers.settled();

  return Object.assign(connectEngine, { close, settled });
}

function closedMeanwhile(): SlipwayError<'CLOSED'> {
  const message = 'The connection to the container engine was closed before the call was done.';
  return closedError(message, 'connect');
}

async function stillThere(connected: Connected, signal?: AbortSignal): Promise<boolean> {
  if (now() - connected.checkedAt < FRESH_MS) return true;
  try {
    await pingEngine(connected.transport, signal);
    connected.checkedAt = now();
    return true;
  } catch {
    signal?.throwIfAborted();
    connected.announced = false;
    return false;
  }
}

async function connect(options: ConnectOptions, connections: Connections): Promise<Connected> {
  const { logger } = options;
  const environment = options.environment ?? (await localMachine());
  const { address, tried } = await search(options, connections, environment);
  const docker = await connections.open(address, environment);
  const { deadlines, parking } = options;
  const unversioned = new Transport(docker, address.address, undefined, deadlines);
  const { facts, systemTime } = await askEngine(unversioned);
  const transport = new Transport(docker, address.address, facts.apiVersion, deadlines);
  const key = await (options.labelKey ?? installationKey)();
  logger.info('engine.connected', { ...facts, source: address.source, tried: tried.length });
  const clock = new EngineClock(systemTime);
  const connection = await connections
    .guarded(address, environment)
    .catch((error: unknown): never => {
      throw connectionError(error, 'connect', address.address);
    });
  const { flavor, builder } = facts;
  const custody = new Custody({ transport, logger, key, clock, connection });
  const containers = createContainerRuntime({
    transport,
    logger,
    flavor,
    key,
    custody,
    parking,
  });
  const images = createImageStore({ transport, logger, custody, environment, builder });
  const sweep = (): Promise<SweepResult> => custody.sweep();
  const engine = { facts, containers, images, sweep };
  return { engine, transport, custody, checkedAt: now(), announced: false };
}

function search(
  { dockerHost }: ConnectOptions,
  connections: Connections,
  environment: SearchEnvironment,
): Promise<FoundEngine> {
  return findEngine({
    dockerHost,
    environment,
    probe: async (address, signal) => {
      await connections.ready(address, environment);
      const docker = await connections.open(address, environment);
      await pingEngine(new Transport(docker, address.address), signal);
    },
  });
}

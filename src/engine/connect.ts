/** From "there may be an engine somewhere" to an `Engine` that can be used. */
import { Agent } from 'node:https';
import type Docker from 'dockerode';
import { now } from '../core/deadline.js';
import { SlipwayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { createContainerRuntime } from './containers.js';
import { findEngine } from './endpoint/find-engine.js';
import { localMachine } from './endpoint/local-machine.js';
import type {
  EngineAddress,
  FoundEngine,
  SearchEnvironment,
  TlsMaterial,
} from './endpoint/types.js';
import { createImageStore } from './images.js';
import { installationKey } from './installation-key.js';
import { askEngine, pingEngine } from './negotiate.js';
import type { ConnectEngine, Engine } from './ports.js';
import { Transport, type Deadlines } from './transport.js';

export interface ConnectOptions {
  /** `unix:///…`, `tcp://…`; wins over the environment. @default found as the docker client does */
  readonly dockerHost?: string | undefined;
  readonly logger: Logger;
  /** The key that signs labels. @default the installation's own */
  readonly labelKey?: (() => Promise<Uint8Array>) | undefined;
  /** Shorter or longer than usual, for tests and slow lines. @default those of `core/limits.ts` */
  readonly deadlines?: Partial<Deadlines> | undefined;
  /** Where the search looks. @default this machine */
  readonly environment?: SearchEnvironment | undefined;
}

/** An engine that answered less than this ago is not asked again whether it is there. */
const FRESH_MS = 5000;

interface Connected {
  readonly engine: Engine;
  readonly transport: Transport;
  checkedAt: number;
}

/** Gives the engine on first use and keeps it; see {@link ConnectEngine}. */
export function engineConnector(options: ConnectOptions): ConnectEngine {
  let current: Connected | undefined;
  let connecting: Promise<Connected> | undefined;

  return async (signal) => {
    signal?.throwIfAborted();
    if (current !== undefined && (await stillThere(current, signal))) return current.engine;
    // Calls that come at once share one search; it has its own bound and nobody's signal.
    connecting ??= connect(options).finally(() => (connecting = undefined));
    current = await connecting;
    signal?.throwIfAborted();
    return current.engine;
  };
}

async function stillThere(connected: Connected, signal?: AbortSignal): Promise<boolean> {
  if (now() - connected.checkedAt < FRESH_MS) return true;
  try {
    await pingEngine(connected.transport, signal);
    connected.checkedAt = now();
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

async function connect(options: ConnectOptions): Promise<Connected> {
  const { logger } = options;
  const { address, tried } = await search(options);
  const docker = await dockerAt(address);
  const { deadlines } = options;
  const facts = await askEngine(new Transport(docker, address.address, undefined, deadlines));
  const transport = new Transport(docker, address.address, facts.apiVersion, deadlines);
  const key = await (options.labelKey ?? installationKey)();
  logger.info('engine.connected', { ...facts, source: address.source, tried: tried.length });
  const containers = createContainerRuntime({ transport, logger, key });
  const images = createImageStore({ transport, logger, key });
  return { engine: { facts, containers, images }, transport, checkedAt: now() };
}

async function search(options: ConnectOptions): Promise<FoundEngine> {
  return findEngine({
    dockerHost: options.dockerHost,
    environment: options.environment ?? (await localMachine()),
    probe: async (address, signal) =>
      pingEngine(new Transport(await dockerAt(address), address.address), signal),
  });
}

/** dockerode is loaded on first use: it brings gRPC, and a server has to start fast. */
async function dockerAt(address: EngineAddress): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  return new Dockerode(connectionOptions(address));
}

/**
 * The complete set: whatever were left out, dockerode would take from the environment, where
 * `DOCKER_HOST` beats an explicit socket and TLS is silently turned off.
 */
function connectionOptions({ connection, address }: EngineAddress): ConnectionOptions {
  if (connection.kind === 'ssh') throw notForwarded(address);
  if (connection.kind === 'socket') {
    return { socketPath: connection.path, host: undefined, port: undefined, protocol: 'http' };
  }
  const { host, port, tls } = connection;
  const protocol = tls === undefined ? 'http' : 'https';
  return { host, port, protocol, socketPath: undefined, ...tlsOptions(tls) };
}

function notForwarded(address: string): SlipwayError<'ENGINE_UNSUPPORTED'> {
  return new SlipwayError('ENGINE_UNSUPPORTED', {
    message: `Slipway does not open ${address} itself.`,
    hint: 'Forward the remote socket ("ssh -L /tmp/docker.sock:/var/run/docker.sock host") and use unix:///tmp/docker.sock.',
    context: { apiVersion: '', supported: 'unix, npipe, tcp' },
  });
}

type ConnectionOptions = Docker.DockerOptions & { readonly agent?: Agent };

function tlsOptions(tls: TlsMaterial | undefined): ConnectionOptions {
  const material = { ca: tls?.ca, cert: tls?.cert, key: tls?.key };
  if (tls === undefined || tls.verify) return material;
  return { ...material, agent: new Agent({ rejectUnauthorized: false, keepAlive: true }) };
}

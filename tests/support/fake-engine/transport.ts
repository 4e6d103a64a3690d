import Docker from 'dockerode';
import { Transport, type Deadlines } from '../../../src/engine/transport.js';

/** A transport to a Unix socket, with nothing taken from the environment. */
export function transportTo(socketPath: string, deadlines: Partial<Deadlines> = {}): Transport {
  const connection = { socketPath, host: undefined, port: undefined, protocol: 'http' } as const;
  return new Transport(new Docker(connection), `unix://${socketPath}`, '1.41', deadlines);
}

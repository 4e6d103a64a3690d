import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import { localFiles } from '../../../src/engine/endpoint/local-machine.js';
import type {
  EngineAddress,
  ProbeEngine,
  SearchEnvironment,
} from '../../../src/engine/endpoint/types.js';

export const HOME = '/home/ann';
export const PEM = {
  ca: '-----BEGIN CERTIFICATE-----\nY2E=\n-----END CERTIFICATE-----\n',
  cert: '-----BEGIN CERTIFICATE-----\nY2VydA==\n-----END CERTIFICATE-----\n',
  key: '-----BEGIN PRIVATE KEY-----\na2V5\n-----END PRIVATE KEY-----\n',
} as const;

/**
 * A machine in a temporary folder: `/var/run`, `/home/ann` and so on are real folders below it, so
 * that a search sees real files and real sockets and nothing of the machine the test runs on.
 */
export class Machine {
  readonly #root: string;
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();
  /** Paths the account may not look at. Permissions do not bind the superuser, so they are told. */
  readonly denied = new Set<string>();
  /** Addresses that were really asked, in order. */
  readonly probed: string[] = [];
  readonly env: Record<string, string> = {};

  constructor(root: string) {
    this.#root = root;
  }

  static async create(): Promise<Machine> {
    // Sockets have short paths, and the temporary folder of macOS is deep.
    const base = process.platform === 'darwin' ? '/tmp' : tmpdir();
    const machine = new Machine(await mkdtemp(join(base, 'slipway-')));
    onTestFinished(() => machine.close());
    return machine;
  }

  environment(changes: Partial<SearchEnvironment> = {}): SearchEnvironment {
    return {
      env: this.env,
      homeDir: HOME,
      uid: 1000,
      platform: 'linux',
      checkout: false,
      files: {
        kind: async (path) =>
          this.denied.has(path) ? 'denied' : await localFiles.kind(this.real(path)),
        read: async (path) => await localFiles.read(this.real(path)),
        list: async (folder) => await localFiles.list(this.real(folder)),
      },
      ...changes,
    };
  }

  /** Where a path of this machine really is. */
  real(path: string): string {
    return join(this.#root, path);
  }

  async write(path: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(this.real(path)), { recursive: true });
    await writeFile(this.real(path), content);
  }

  /** Writes a context as the docker CLI does. */
  async context(name: string, endpoint: object, tls: Partial<typeof PEM> = {}): Promise<void> {
    const id = createHash('sha256').update(name).digest('hex');
    const meta = { Name: name, Metadata: {}, Endpoints: { docker: endpoint } };
    await this.write(`${HOME}/.docker/contexts/meta/${id}/meta.json`, JSON.stringify(meta));
    for (const [role, pem] of Object.entries(tls)) {
      await this.write(`${HOME}/.docker/contexts/tls/${id}/docker/${role}.pem`, pem);
    }
  }

  async useContext(name: string): Promise<void> {
    await this.write(`${HOME}/.docker/config.json`, JSON.stringify({ currentContext: name }));
  }

  /** An engine that answers `/_ping` at this path. */
  async engine(path: string): Promise<void> {
    const answer = http.createServer((_request, response) => {
      response.setHeader('Api-Version', '1.41').end('OK');
    });
    await this.serve(path, answer);
  }

  /** Any server, at a socket path of this machine. */
  async serve(path: string, server: net.Server): Promise<void> {
    await mkdir(dirname(this.real(path)), { recursive: true });
    await this.#start(server, { path: this.real(path) });
  }

  /** Any server, at a free port of 127.0.0.1. */
  async serveTcp(server: net.Server): Promise<number> {
    await this.#start(server, { port: 0, host: '127.0.0.1' });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not a TCP server');
    return address.port;
  }

  /** A socket file whose listener is gone, as a killed engine leaves it. */
  async deadSocket(path: string): Promise<void> {
    const server = net.createServer();
    await this.serve(`${path}.alive`, server);
    // Under its new name the file outlives the server, which removes only the old name.
    await rename(this.real(`${path}.alive`), this.real(path));
    await new Promise((resolve) => server.close(resolve));
  }

  /** Asks for `/_ping` as the transport does, with the paths of this machine. */
  readonly probe: ProbeEngine = async (address, signal) => {
    this.probed.push(address.address);
    await ping(this.#target(address), signal);
  };

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    );
    await rm(this.#root, { recursive: true, force: true });
  }

  #target({ connection }: EngineAddress): http.RequestOptions {
    if (connection.kind === 'socket') return { socketPath: this.real(connection.path) };
    return { host: connection.host, port: connection.port };
  }

  async #start(server: net.Server, where: net.ListenOptions): Promise<void> {
    this.#servers.push(server);
    server.on('connection', (socket) => this.#sockets.add(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, resolve);
    });
  }
}

function ping(target: http.RequestOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...target, path: '/_ping', agent: false, signal }, (response) => {
      response.resume();
      const isEngine = response.statusCode === 200 && 'api-version' in response.headers;
      if (isEngine) resolve();
      else reject(notAnEngine(response.statusCode ?? null));
    });
    request.once('error', reject);
  });
}

function notAnEngine(status: number | null): SlipwayError<'ENGINE_ERROR'> {
  return new SlipwayError('ENGINE_ERROR', {
    message: 'not an engine',
    hint: '',
    context: { operation: 'ping', status, detail: '' },
  });
}

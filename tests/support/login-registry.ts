import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from '../../scripts/engine/commands.mjs';
import { freePort } from './free-port.js';
import type { Blob, RegistryImage } from './tiny-image.js';

/** Its JSON has characters that the two alphabets of base64 write differently. */
export const LOGIN = { username: 'slipway', password: 'c0rrect?>~ÿ horse' } as const;

/** bcrypt of that password, at the lowest cost. */
const HTPASSWD = `${LOGIN.username}:$2b$04$slipwayslipwayslipwayuKBo1eUn9IhK/TLOK6hD7RMfNk4oqO2e\n`;

export interface RegistryOptions {
  /** `open` asks nobody for a login. @default 'login' */
  readonly access?: 'login' | 'open';
  /** Takes no images. */
  readonly readOnly?: boolean;
}

/** A real registry (Debian's `docker-registry`) that asks for a login, on the loopback address. */
export class LoginRegistry implements AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  static async start(options: RegistryOptions = {}): Promise<LoginRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-test-registry-'));
    const address = `127.0.0.1:${await freePort()}`;
    await writeFile(join(folder, 'htpasswd'), HTPASSWD);
    await writeFile(join(folder, 'config.yml'), configuration(folder, address, options));
    const registry = new LoginRegistry(folder, address);
    await registry.#answering();
    return registry;
  }

  private constructor(folder: string, address: string) {
    this.#folder = folder;
    this.address = address;
    const program = findProgram('docker-registry');
    if (program === null) throw new Error('The program "docker-registry" is not installed.');
    this.#child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  }

  /** Puts an image there. */
  async push(repository: string, tag: string, image: RegistryImage): Promise<void> {
    for (const part of [image.layer, image.config]) await this.#upload(repository, part);
    const { bytes, mediaType } = image.manifest;
    await this.#call('PUT', `/v2/${repository}/manifests/${tag}`, bytes, mediaType);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #upload(repository: string, { digest, bytes }: Blob): Promise<void> {
    const begun = await this.#call('POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0));
    const place = new URL(begun.headers.get('location') ?? '', `http://${this.address}`);
    place.searchParams.set('digest', digest);
    await this.#call('PUT', place.pathname + place.search, bytes);
  }

  async #call(method: string, path: string, body: Buffer, type?: string): Promise<Response> {
    const login = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
    const response = await fetch(`http://${this.address}${path}`, {
      method,
      body,
      headers: {
        Authorization: `Basic ${login}`,
        'Content-Type': type ?? 'application/octet-stream',
      },
    });
    if (response.ok) return response;
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  async #answering(): Promise<void> {
    for (let waited = 0; waited < 10_000; waited += 20) {
      const answer = await fetch(`http://${this.address}/v2/`).catch(() => undefined);
      if (answer?.status === 401 || answer?.status === 200) return;
      await delay(20);
    }
    throw new Error('docker-registry does not answer after 10 s');
  }
}

function configuration(
  folder: string,
  address: string,
  { access, readOnly = false }: RegistryOptions,
): string {
  const htpasswd = { realm: 'slipway', path: join(folder, 'htpasswd') };
  // JSON is YAML.
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error' },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      maintenance: { readonly: { enabled: readOnly } },
    },
    ...(access === 'open' ? {} : { auth: { htpasswd } }),
    http: { addr: address },
  });
}

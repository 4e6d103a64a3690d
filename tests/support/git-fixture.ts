import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  createGit,
  type Checkout,
  type CloneRequest,
  type Git,
  type GitOptions,
} from '../../src/git/clone.js';
import { serveRepository, type ServedRepository, type ServeOptions } from './git-server.js';

export interface GitFixture {
  /** Where clones of the running test go; nothing may be left in it at its end. */
  readonly tempRoot: () => string;
  /** A server that is closed at the end of the test. */
  readonly serve: (options: ServeOptions) => Promise<ServedRepository>;
  readonly gitFor: (server: ServedRepository, options?: Partial<GitOptions>) => Git;
  readonly clone: (server: ServedRepository, request?: Partial<CloneRequest>) => Promise<Checkout>;
}

/** Git servers on the loopback address and a folder for clones, for every test of a file. */
export function gitFixture(): GitFixture {
  let tempRoot = '';
  let servers: ServedRepository[] = [];
  beforeEach(async () => {
    tempRoot = await mkdtemp(join(tmpdir(), 'slipway-test-git-'));
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    const left = await readdir(tempRoot);
    await rm(tempRoot, { recursive: true });
    if (left.length > 0) throw new Error(`A clone left behind: ${left.join(', ')}`);
  });
  const gitFor: GitFixture['gitFor'] = (server, options) =>
    createGit({
      hosts: [server.origin],
      limits: { bytes: 200 * 1024 * 1024, entries: 20_000 },
      tempRoot,
      ...options,
    });
  return {
    tempRoot: () => tempRoot,
    serve: async (options) => {
      const server = await serveRepository(options);
      servers.push(server);
      return server;
    },
    gitFor,
    clone: (server, request) =>
      gitFor(server).clone({ url: server.url, timeoutMs: 30_000, ...request }),
  };
}

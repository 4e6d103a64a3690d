import util from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ConnectionFailure } from '../../../src/engine/connection-failure.js';
import { Connections } from '../../../src/engine/connections.js';
import type { Connection, EngineAddress } from '../../../src/engine/endpoint/types.js';
import { Transport } from '../../../src/engine/transport.js';

const HERE = { env: {}, homeDir: '/nonexistent', platform: process.platform };
const TLS = { ca: undefined, cert: undefined, key: undefined };

const at = (connection: Connection): EngineAddress => ({
  source: 'option',
  address: 'unix:///nonexistent',
  connection,
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What dockerode formats for its debug log with every request, enabled or not. */
async function formattedFor(connection: Connection): Promise<string> {
  const docker = await new Connections().open(at(connection), HERE);
  const { agent } = z.looseObject({ agent: z.unknown() }).parse(docker.modem);
  return util.inspect(agent, { showHidden: true, depth: null });
}

describe('dockerode for an address', () => {
  it.each<readonly [string, Connection, object]>([
    ['a socket', { kind: 'socket', path: '/a' }, { protocol: 'http', socketPath: '/a' }],
    [
      'tcp',
      { kind: 'tcp', host: '::1', port: 2375, tls: undefined },
      { protocol: 'http', host: '::1', port: 2375 },
    ],
    [
      'tcp with TLS',
      { kind: 'tcp', host: 'a.example', port: 2376, tls: { ...TLS, verify: true } },
      { protocol: 'https', host: 'a.example', port: 2376 },
    ],
  ])(
    'goes to %s and nowhere else, whatever the environment says',
    async (_what, connection, want) => {
      vi.stubEnv('DOCKER_HOST', 'tcp://elsewhere.example:2376');
      vi.stubEnv('DOCKER_CERT_PATH', '/nonexistent');
      vi.stubEnv('DOCKER_CLIENT_TIMEOUT', '1');
      vi.stubEnv('DOCKER_PATH_PREFIX', '/prefix');
      const docker = await new Connections().open(at(connection), HERE);
      expect(docker.modem).toMatchObject({ ...want, timeout: undefined, pathPrefix: undefined });
      expect(process.env['DOCKER_HOST']).toBe('tcp://elsewhere.example:2376');
    },
  );

  it('has an agent that is formatted in no time, however many connections it has', async () => {
    const tls = { ...TLS, verify: false };
    expect(await formattedFor({ kind: 'tcp', host: 'a', port: 1, tls })).toBe('TlsAgent');
    const ssh = { kind: 'ssh', user: 'me', host: 'a', port: 1, socketPath: undefined } as const;
    expect(await formattedFor(ssh)).toBe('SshAgent');
  });

  it('is refused for ssh on Windows', async () => {
    const ssh = { kind: 'ssh', user: 'me', host: 'a', port: 1, socketPath: undefined } as const;
    const windows = { ...HERE, platform: 'win32' } as const;
    await expect(new Connections().open(at(ssh), windows)).rejects.toThrow(ConnectionFailure);
  });

  it('is not shown the login for a registry when it formats a request', async () => {
    const docker = await new Connections().open(at({ kind: 'socket', path: '/nonexistent' }), HERE);
    const transport = new Transport(docker, 'unix:///nonexistent');
    const headers = { 'X-Registry-Auth': 'hunter2' };
    const call = { method: 'POST', path: '/images/create', operation: 'pull', headers } as const;
    const formatting = vi.spyOn(util, 'inspect');
    await expect(transport.stream({ ...call, deadlineMs: 1000 })).rejects.toThrow('ENOENT');
    const formatted = formatting.mock.results.map(({ value }) => String(value)).join('\n');
    expect(formatted).toContain('/images/create');
    expect(formatted).not.toContain('hunter2');
  });
});

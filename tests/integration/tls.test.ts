import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDockerExecutor, type DockerExecutor, type SlipwayError } from '../../src/index.js';
import { CertificateAuthority, type Identity } from '../support/certificates.js';
import { errorOf } from '../support/executor.js';
import { tempFolders } from '../support/temp-folder.js';
import { TlsEngine } from '../support/tls-engine.js';

const BUSYBOX = 'busybox:1.36';
const SOCKET = (process.env['DOCKER_HOST'] ?? '').slice('unix://'.length);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('an engine on tcp with TLS', () => {
  const folders: string[] = [];
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let ca: string;
  let client: Identity;
  /** One that asks for a client certificate, and one that does not. */
  let engine: TlsEngine;
  let open: TlsEngine;
  let executor: DockerExecutor;

  async function newAuthority(): Promise<CertificateAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-test-ca-'));
    folders.push(folder);
    return new CertificateAuthority(folder);
  }

  beforeAll(async () => {
    authority = await newAuthority();
    stranger = await newAuthority();
    ca = await authority.certificate();
    client = await authority.issue('DNS:client.example');
    const onLoopback = { ca, ...(await authority.issue('IP:127.0.0.1')) };
    engine = await TlsEngine.start(SOCKET, { ...onLoopback, requestCert: true });
    open = await TlsEngine.start(SOCKET, onLoopback);
    executor = createDockerExecutor({ dockerHost: engine.address });
  });
  afterAll(async () => {
    await executor.close();
    await engine[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });

  const temporary = tempFolders();

  /** Sets what the docker CLI would be told to use for TLS. */
  async function useFiles(authorities: string, own?: Identity): Promise<void> {
    const files = own === undefined ? {} : { 'cert.pem': own.cert, 'key.pem': own.key };
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_CERT_PATH', await temporary({ 'ca.pem': authorities, ...files }));
  }

  async function failure(dockerHost: string): Promise<SlipwayError<'ENGINE_UNREACHABLE'>> {
    await using other = createDockerExecutor({ dockerHost });
    return await errorOf('ENGINE_UNREACHABLE', other.listRunningContainers());
  }

  const outcomeOf = (error: SlipwayError<'ENGINE_UNREACHABLE'>): string | undefined =>
    error.context.tried[0]?.outcome;

  describe('that both sides know', () => {
    beforeEach(() => useFiles(ca, client));
    const run = (command: string, more: object = {}) =>
      executor.executeContainer({ image: BUSYBOX, command, ...more });

    test('runs a program and brings back its result', async () => {
      const result = await run('echo out; echo err >&2; exit 3');
      expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
      expect(result.cleanup).toBe('removed');
    });

    test('gives input to the program, and the end of it', async () => {
      const result = await run('wc -c; echo the end', { stdin: 'x'.repeat(1024 * 1024) });
      expect(result.stdout).toBe('1048576\nthe end\n');
    });

    test('brings back 5 MB of output, byte for byte', async () => {
      const result = await run('yes 123456789 | head -c 5000000');
      expect(result.stdout).toBe('123456789\n'.repeat(500_000));
    });
  });
  test('is used with the files that DOCKER_CERT_PATH names, also without a client certificate', async () => {
    vi.stubEnv('DOCKER_HOST', open.address);
    await useFiles(ca);
    await using other = createDockerExecutor();
    expect(await other.listRunningContainers()).toEqual(expect.any(Array));
  });

  test('is not trusted when its certificate is from another authority', async () => {
    await useFiles(await stranger.certificate(), client);
    const error = await failure(engine.address);
    expect(outcomeOf(error)).toBe('the TLS connection failed (SELF_SIGNED_CERT_IN_CHAIN)');
    expect(error.hint).toContain('ca.pem');
  });

  test('is not trusted even where the environment turns off the checks of Node', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await useFiles(await stranger.certificate(), client);
    expect(outcomeOf(await failure(engine.address))).toContain('SELF_SIGNED_CERT_IN_CHAIN');
  });

  test('is not trusted under a name that its certificate does not have', async () => {
    await useFiles(ca, client);
    const other = await authority.issue('DNS:other.example');
    await using named = await TlsEngine.start(SOCKET, { ca, ...other });
    const error = await failure(named.address);
    expect(outcomeOf(error)).toBe('the TLS connection failed (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(error.hint).toContain('other host names');
  });

  test('asks for a client certificate that is not given', async () => {
    await useFiles(ca);
    const error = await failure(engine.address);
    expect(outcomeOf(error)).toContain('ALERT_CERTIFICATE_REQUIRED');
    expect(error.hint).toContain('cert.pem and key.pem');
  });

  test('does not accept a client certificate of another authority', async () => {
    await useFiles(ca, await stranger.issue('DNS:client.example'));
    const error = await failure(engine.address);
    expect(outcomeOf(error)).toBe('the connection was closed without an answer');
    expect(error.hint).toContain('cert.pem and key.pem');
  });

  test('is asked without TLS, and says how to turn it on', async () => {
    const error = await failure(engine.address);
    expect(outcomeOf(error)).toBe('the connection was closed without an answer');
    expect(error.hint).toContain('DOCKER_TLS_VERIFY=1');
  });

  test('is used unchecked when the Docker context says so', async () => {
    const name = 'unchecked';
    const meta = {
      Name: name,
      Endpoints: { docker: { Host: open.address, SkipTLSVerify: true } },
    };
    const id = createHash('sha256').update(name).digest('hex');
    const config = await temporary({ [`contexts/meta/${id}/meta.json`]: JSON.stringify(meta) });
    vi.stubEnv('DOCKER_HOST', undefined);
    vi.stubEnv('DOCKER_CONFIG', config);
    vi.stubEnv('DOCKER_CONTEXT', name);
    await using other = createDockerExecutor();
    const result = await other.executeContainer({ image: BUSYBOX, command: 'echo in' });
    expect(result.stdout).toBe('in\n');
  });
});

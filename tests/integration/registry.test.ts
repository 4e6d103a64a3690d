import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DockerExecutor, PullFailure, SlipwayError } from '../../src/index.js';
import { askEngine } from '../support/engine-view.js';
import { errorOf } from '../support/executor.js';
import {
  errorBody,
  executorFor,
  FaultyRegistry,
  isOnEngine,
  type RegistryFault,
} from '../support/faulty-registry.js';
import { freePort } from '../support/free-port.js';
import { LOGIN, LoginRegistry } from '../support/login-registry.js';
import { tempFolders } from '../support/temp-folder.js';
import { listFor, tinyImage, type RegistryImage } from '../support/tiny-image.js';

const basic = ({ username, password }: typeof LOGIN): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

async function failedPull(
  executor: DockerExecutor,
  image: string,
  options: object = {},
): Promise<SlipwayError<'PULL_FAILED'>> {
  const error = await errorOf('PULL_FAILED', executor.pullImage(image, options));
  expect(await isOnEngine(image)).toBe(false);
  return error;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a registry that asks for a login', () => {
  let registry: LoginRegistry;
  let executor: DockerExecutor;
  beforeAll(async () => {
    registry = await LoginRegistry.start();
    executor = executorFor(registry.address);
  });
  afterAll(async () => {
    await executor.close();
    await registry[Symbol.asyncDispose]();
  });
  const temporary = tempFolders();
  const pulled: string[] = [];
  let pushed = 0;

  /** An image that only the registry has. */
  async function privateImage(): Promise<{ readonly reference: string; readonly digest: string }> {
    pushed += 1;
    const image = await tinyImage();
    await registry.push('team/tiny', `${pushed}`, image);
    const reference = `${registry.address}/team/tiny:${pushed}`;
    pulled.push(reference);
    return { reference, digest: image.manifest.digest };
  }

  /** Sets what the docker CLI would be logged in with. */
  async function useSettings(settings: object): Promise<void> {
    vi.stubEnv('DOCKER_CONFIG', await temporary({ 'config.json': JSON.stringify(settings) }));
  }

  /** Puts a credential helper on PATH; it answers with what `script` writes. */
  async function useHelper(name: string, script: string): Promise<void> {
    const content = `#!/bin/sh\nread -r server\n${script}\n`;
    const bin = await temporary({ [`docker-credential-${name}`]: { content, mode: 0o755 } });
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
  }

  const answer = (server: string): string => {
    const { username: Username, password: Secret } = LOGIN;
    return `[ "$1 $server" = "get ${server}" ] && cat <<'END'\n${JSON.stringify({ Username, Secret })}\nEND`;
  };

  beforeEach(() => useSettings({}));
  afterEach(async () => {
    for (const reference of pulled.splice(0)) await askEngine('DELETE', `/images/${reference}`);
  });

  test('gives nothing to nobody', async () => {
    const { reference } = await privateImage();
    const error = await failedPull(executor, reference);
    expect(error.context).toEqual({ image: reference, reason: 'login_needed' });
    expect(error.hint).toContain('docker login');
  });

  test('gives its image to the login of config.json', async () => {
    const { reference, digest } = await privateImage();
    await useSettings({ auths: { [registry.address]: { auth: basic(LOGIN) } } });
    const result = await executor.pullImage(reference);
    expect(result.digest).toBe(`${registry.address}/team/tiny@${digest}`);
    expect(await isOnEngine(reference)).toBe(true);
  });

  test('gives its image to the login of DOCKER_AUTH_CONFIG', async () => {
    const { reference } = await privateImage();
    const auths = { [registry.address]: { auth: basic(LOGIN) } };
    vi.stubEnv('DOCKER_AUTH_CONFIG', JSON.stringify({ auths }));
    expect(await executor.pullImage(reference)).toMatchObject({ alreadyUpToDate: false });
  });

  test.each([
    [
      'its own credential helper',
      (address: string) => ({ credHelpers: { [address]: 'slipwaytest' } }),
    ],
    [
      'the credential store',
      (address: string) => ({ credsStore: 'slipwaytest', auths: { [address]: {} } }),
    ],
  ])('gives its image to the login of %s', async (_what, settingsFor) => {
    const { reference } = await privateImage();
    await useHelper('slipwaytest', answer(registry.address));
    await useSettings(settingsFor(registry.address));
    expect(await executor.pullImage(reference)).toMatchObject({ alreadyUpToDate: false });
  });

  test('pulls for a run as well', async () => {
    const { reference } = await privateImage();
    await useSettings({ auths: { [registry.address]: { auth: basic(LOGIN) } } });
    // It has no program: that it could not be started says that it is there.
    await errorOf('START_FAILED', executor.executeContainer({ image: reference }));
    expect(await isOnEngine(reference)).toBe(true);
  });

  test('does not accept a wrong password, which nobody gets to see', async () => {
    const { reference } = await privateImage();
    const wrong = { ...LOGIN, password: 'wrong-and-secret' } as const;
    const auth = Buffer.from(`${wrong.username}:${wrong.password}`).toString('base64');
    await useSettings({ auths: { [registry.address]: { auth } } });
    const error = await failedPull(executor, reference);
    expect(error.context.reason).toBe('login_needed');
    expect(everythingIn(error)).not.toMatch(new RegExp(`${wrong.password}|${auth}`));
  });

  test.each([
    ['is not installed', 'missing', ''],
    ['ended with code 3', 'failing', 'echo "my secret is hunter2"; exit 3'],
    ['answered with something that is not credentials', 'babbling', 'echo hunter2'],
  ])('says that the credential helper %s', async (how, name, script) => {
    const { reference } = await privateImage();
    if (script !== '') await useHelper(name, script);
    await useSettings({ credsStore: name });
    const error = await failedPull(executor, reference);
    expect(error.context.reason).toBe('login_needed');
    expect(error.message).toContain(`the credential helper docker-credential-${name} ${how}`);
    expect(error.hint).toContain(`docker-credential-${name}`);
    expect(everythingIn(error)).not.toContain('hunter2');
  });

  test('is not needed for public images: a broken credential helper does not stop them', async () => {
    await useSettings({ credsStore: 'missing' });
    await using open = await FaultyRegistry.start(await tinyImage(), undefined);
    await using other = executorFor(open.address);
    const reference = `${open.address}/team/tiny:1`;
    pulled.push(reference);
    expect(await other.pullImage(reference)).toMatchObject({ alreadyUpToDate: false });
  });

  test('is not told to another registry', async () => {
    await useSettings({ auths: { [registry.address]: { auth: basic(LOGIN) } } });
    await using other = await FaultyRegistry.start(await tinyImage(), { kind: 'login' });
    await using nosy = executorFor(other.address);
    expect((await failedPull(nosy, `${other.address}/team/tiny:1`)).context.reason).toBe(
      'login_needed',
    );
    await useSettings({ auths: { [other.address]: { auth: basic(LOGIN) } } });
    await failedPull(nosy, `${other.address}/team/tiny:1`);
    expect(new Set(other.logins)).toEqual(new Set([`Basic ${basic(LOGIN)}`]));
  });
});

/** The error, its causes and their fields as text. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${JSON.stringify(error)}${everythingIn(error.cause)}`;
}

describe('a pull from a registry that does not work', () => {
  let image: RegistryImage;
  beforeAll(async () => {
    image = await tinyImage();
  });

  const manifest = (status: number, body: string): RegistryFault => ({
    kind: 'manifest',
    status,
    body,
  });
  const html = '<html>an error page</html>';
  const unknown = errorBody('MANIFEST_UNKNOWN', 'manifest unknown');
  const tooMany = errorBody('TOOMANYREQUESTS', 'You have reached your pull rate limit.');

  test.each<readonly [string, PullFailure, RegistryFault]>([
    ['it does not have the tag', 'not_found', manifest(404, unknown)],
    ['it does not have the tag, says its proxy', 'not_found', manifest(404, html)],
    ['it wants a login', 'login_needed', { kind: 'login' }],
    [
      'it denies access',
      'login_needed',
      manifest(403, errorBody('DENIED', 'requested access to the resource is denied')),
    ],
    ['it denies access, says its proxy', 'login_needed', manifest(403, html)],
    ['there were too many pulls', 'rate_limit', manifest(429, tooMany)],
    ['there were too many pulls, says its proxy', 'rate_limit', { kind: 'status', status: 429 }],
    ['it fails', 'network', manifest(500, 'oops')],
    ['its proxy has no answer', 'network', { kind: 'status', status: 502 }],
    ['it answers with a page', 'corrupt', manifest(200, html)],
    ['a layer is missing', 'corrupt', { kind: 'layer', change: 'missing' }],
  ])('says why: %s', async (_what, reason, fault) => {
    await using registry = await FaultyRegistry.start(image, fault);
    await using executor = executorFor(registry.address);
    const error = await failedPull(executor, `${registry.address}/team/tiny:1`);
    expect([error.context.reason, error.message]).toEqual([reason, expect.any(String)]);
  });

  test.each<readonly [string, RegistryFault]>([
    ['never answers', { kind: 'silent' }],
    ['stops in the middle of a layer', { kind: 'layer', change: 'slow' }],
  ])('ends in time when it %s', async (_what, fault) => {
    await using registry = await FaultyRegistry.start(image, fault);
    await using executor = executorFor(registry.address);
    const began = performance.now();
    const error = await failedPull(executor, `${registry.address}/team/tiny:1`, {
      timeoutMs: 1000,
    });
    expect(performance.now() - began).toBeLessThan(3000);
    expect(error.context.reason).toBe('timeout');
    expect(error.message).toContain('1000 ms');
  });

  test('says that nobody listens at its address', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await using executor = executorFor(address);
    const error = await failedPull(executor, `${address}/team/tiny:1`);
    expect(error.context.reason).toBe('network');
  });

  test('says that it has no variant for the platform', async () => {
    const list = listFor(image, { os: 'linux', architecture: 's390x' });
    await using registry = await FaultyRegistry.start(image, undefined, list);
    await using executor = executorFor(registry.address);
    const error = await failedPull(executor, `${registry.address}/team/tiny:1`);
    expect(error.context.reason).toBe('no_such_platform');
  });

  test('says so too when the engine takes the only variant, whatever was asked for', async () => {
    await using registry = await FaultyRegistry.start(image, undefined);
    await using executor = executorFor(registry.address);
    const reference = `${registry.address}/team/tiny:1`;
    const pull = executor.pullImage(reference, { platform: 'linux/s390x' });
    expect((await errorOf('PULL_FAILED', pull)).context.reason).toBe('no_such_platform');
    await askEngine('DELETE', `/images/${reference}`);
  });

  test('works again with the next registry, without a restart', async () => {
    await using registry = await FaultyRegistry.start(image, undefined);
    await using executor = executorFor(registry.address);
    const reference = `${registry.address}/team/tiny:1`;
    expect(await executor.pullImage(reference)).toMatchObject({ alreadyUpToDate: false });
    await askEngine('DELETE', `/images/${reference}`);
  });
});

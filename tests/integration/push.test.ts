import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { ImagePushError, type PushFailure } from '../../src/core/errors.js';
import type { PushOptions, PushProgress } from '../../src/engine/ports.js';
import { askEngine } from '../support/engine-view.js';
import { errorOf } from '../support/failure.js';
import { errorBody, FaultyRegistry, type RegistryFault } from '../support/faulty-registry.js';
import { freePort } from '../support/free-port.js';
import { LOGIN, LoginRegistry } from '../support/login-registry.js';
import { tempFolders } from '../support/temp-folder.js';
import { testEngine } from '../support/test-engine.js';
import { testImage } from '../support/test-image.js';
import { tinyImage } from '../support/tiny-image.js';

const engine = testEngine();
const temporary = tempFolders();
const TIMEOUT_MS = 60_000;

const basic = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

/** Sets what the docker CLI would be logged in with. */
async function useLogins(auths: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(auths).map(([registry, auth]) => [registry, { auth }] as const);
  const settings = JSON.stringify({ auths: Object.fromEntries<object>(entries) });
  vi.stubEnv('DOCKER_CONFIG', await temporary({ 'config.json': settings }));
}

/** A small image of its own under a name of that registry. */
async function named(registry: string): Promise<string> {
  const reference = engine.tag(registry);
  await using image = await testImage({ LABEL: `made-for="${reference}"` });
  await (await engine.images()).tag(image.reference, reference);
  return reference;
}

async function push(reference: string, options: Partial<PushOptions> = {}) {
  return (await engine.images()).push(reference, { timeoutMs: TIMEOUT_MS, ...options });
}

/** What the registry itself says of a tag. */
async function digestThere(reference: string, auth?: string): Promise<string | null> {
  const { host, repository, tag } =
    /^(?<host>[^/]+)\/(?<repository>.+):(?<tag>[^:]+)$/.exec(reference)?.groups ?? {};
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers: {
      Accept:
        'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
      ...(auth === undefined ? {} : { Authorization: `Basic ${auth}` }),
    },
  });
  return response.headers.get('docker-content-digest');
}

async function failedPush(
  reference: string,
  options: Partial<PushOptions> = {},
): Promise<ImagePushError> {
  const error = await errorOf('PUSH_FAILED', push(reference, options));
  expect(error).toBeInstanceOf(ImagePushError);
  expect(error.name).toBe('ImagePushError');
  expect(error.context.image).toBe(reference);
  return error;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a push to a registry that is open to everybody', () => {
  let registry: LoginRegistry;
  beforeAll(async () => {
    registry = await LoginRegistry.start({ access: 'open' });
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test('gives the digest that the registry has, and tells its progress', async () => {
    const reference = await named(registry.address);
    const heard: PushProgress[] = [];
    const pushed = await push(reference, { onProgress: (progress) => heard.push(progress) });
    const name = reference.replace(/:1$/, '');
    expect(pushed).toEqual({
      reference,
      digest: `${name}@${await digestThere(reference)}`,
      sizeBytes: z
        .object({ Size: z.number() })
        .parse(await askEngine('GET', `/images/${reference}/json`)).Size,
    });
    const last = heard.at(-1);
    expect(last?.layersTotal).toBeGreaterThan(0);
    expect(last?.layersDone).toBe(last?.layersTotal);
    expect(last?.bytesDone).toBe(last?.bytesTotal);
  });

  test('is done at once with layers that the registry has', async () => {
    const reference = await named(registry.address);
    const first = await push(reference);
    const heard: PushProgress[] = [];
    const second = await push(reference, { onProgress: (progress) => heard.push(progress) });
    expect(second).toEqual(first);
    expect(heard.map(({ status }) => status)).toContain('Layer already exists');
  });

  test('of an image that the engine does not have fails before anything is sent', async () => {
    const reference = engine.tag(registry.address);
    const error = await errorOf('IMAGE_NOT_FOUND', push(reference));
    expect(error.context).toEqual({ image: reference });
    expect(await digestThere(reference)).toBeNull();
  });

  test("ends with the caller's reason", async () => {
    const reference = await named(registry.address);
    const reason = new Error('no longer wanted');
    await expect(push(reference, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await digestThere(reference)).toBeNull();
  });
});

describe('a push to a registry that asks for a login', () => {
  let registry: LoginRegistry;
  beforeAll(async () => {
    registry = await LoginRegistry.start();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test('succeeds with the login of config.json', async () => {
    const reference = await named(registry.address);
    const auth = basic(LOGIN.username, LOGIN.password);
    await useLogins({ [registry.address]: auth });
    const { digest } = await push(reference);
    expect(digest).toContain(`@${await digestThere(reference, auth)}`);
    expect(digest).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  test.each([
    ['nobody is logged in', {}],
    ['the login of another registry', { 'registry.example': basic('ann', 'secret') }],
  ])('fails with %s', async (_, auths) => {
    const reference = await named(registry.address);
    await useLogins(auths);
    const error = await failedPush(reference);
    expect(error.context.reason).toBe('login_needed');
    expect(error.hint).toContain('docker login');
  });

  test('fails with a wrong password, and does not repeat it', async () => {
    const reference = await named(registry.address);
    await useLogins({ [registry.address]: basic(LOGIN.username, 'wr0ng-horse') });
    const error = await failedPush(reference);
    expect(error.context.reason).toBe('login_needed');
    expect(JSON.stringify(error) + error.message + String(error.cause)).not.toContain('wr0ng');
  });

  test('says why a login could not be read', async () => {
    const reference = await named(registry.address);
    const settings = JSON.stringify({ credHelpers: { [registry.address]: 'nonesuch' } });
    vi.stubEnv('DOCKER_CONFIG', await temporary({ 'config.json': settings }));
    const error = await failedPush(reference);
    expect(error.message).toContain('docker-credential-nonesuch is not installed');
  });
});

describe('a push that a registry refuses', () => {
  test('for good: it takes no images', async () => {
    await using registry = await LoginRegistry.start({ readOnly: true });
    const reference = await named(registry.address);
    await useLogins({ [registry.address]: basic(LOGIN.username, LOGIN.password) });
    expect((await failedPush(reference)).context.reason).toBe('denied');
  });

  test.each<[string, PushFailure, RegistryFault]>([
    [
      'the login has no right to write',
      'denied',
      { kind: 'write', status: 403, body: errorBody('DENIED', 'requested access is denied') },
    ],
    [
      'there is no such repository',
      'not_found',
      { kind: 'write', status: 404, body: errorBody('NAME_UNKNOWN', 'repository does not exist') },
    ],
  ])('because %s', async (_, reason, fault) => {
    await using registry = await FaultyRegistry.start(await tinyImage(), fault);
    const reference = await named(registry.address);
    await useLogins({ [registry.address]: basic('ann', 'secret') });
    const error = await failedPush(reference);
    expect(error.context.reason).toBe(reason);
  });
});

describe('a push to a registry that does not work', () => {
  test('because nobody listens there', async () => {
    const reference = await named(`127.0.0.1:${await freePort()}`);
    expect((await failedPush(reference)).context.reason).toBe('network');
  });

  test('because its name leads nowhere', async () => {
    const reference = await named('registry.invalid');
    expect((await failedPush(reference)).context.reason).toBe('network');
  });

  test('because it is silent, ends at the time limit', async () => {
    await using registry = await FaultyRegistry.start(await tinyImage(), { kind: 'silent' });
    const error = await failedPush(await named(registry.address), { timeoutMs: 1500 });
    expect(error.context.reason).toBe('timeout');
    expect(error.message).toContain('1500 ms');
  });
});

describe('a name for a push', () => {
  test.each([`sha256:${'0'.repeat(64)}`, `busybox@sha256:${'0'.repeat(64)}`, 'UPPER case'])(
    'cannot be %s',
    async (reference) => {
      const images = await engine.images();
      const errors = [
        await errorOf('INVALID_INPUT', push(reference)),
        await errorOf('INVALID_INPUT', images.tag('busybox:1.36', reference)),
      ];
      expect(errors.map(({ context }) => context.field)).toEqual(['reference', 'reference']);
    },
  );
});

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { BuildRequest, BuiltImage } from '../../src/engine/ports.js';
import { DockerBuildError } from '../../src/core/errors.js';
import { buildRequest } from '../support/build-request.js';
import { containersWith } from '../support/engine-containers.js';
import { imagesWithLabel } from '../support/engine-view.js';
import { errorOf } from '../support/failure.js';
import { FaultyRegistry } from '../support/faulty-registry.js';
import { LOGIN, LoginRegistry } from '../support/login-registry.js';
import { savedImage } from '../support/saved-image.js';
import { SessionWatch } from '../support/session-watch.js';
import { tempFolders } from '../support/temp-folder.js';
import { testEngine, type TestEngine } from '../support/test-engine.js';
import { tinyImage } from '../support/tiny-image.js';

const engine = testEngine();
const temporary = tempFolders();
const BASE = 'FROM busybox:1.36';

async function build(
  lines: readonly string[],
  differences: Partial<BuildRequest> = {},
  on: TestEngine = engine,
): Promise<BuiltImage> {
  const Dockerfile = `${lines.join('\n')}\n`;
  return (await on.images()).build(buildRequest({ Dockerfile }, differences));
}

/** What no build before has had in its cache. */
const unique = (): string => randomBytes(8).toString('hex');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a secret of a build', () => {
  test('reaches the step that mounts it, byte by byte, and nothing else', async () => {
    // Not text, and after the time in which BuildKit gives up a session that is not well.
    const secret = Buffer.concat([randomBytes(1000), Buffer.of(0, 10, 255), randomBytes(1000)]);
    const marker = `marker-${unique()}`;
    const tag = engine.tag();
    let log = '';
    const lines = [
      BASE,
      `RUN sleep 2; echo ${marker} > /marker`,
      'RUN --mount=type=secret,id=key,required=true sha256sum /run/secrets/key; wc -c /run/secrets/key',
    ];
    await build(lines, { tag, secrets: { key: secret }, onLog: (text) => (log += text) });
    expect(log).toContain(createHash('sha256').update(secret).digest('hex'));
    expect(log).toContain('2003 /run/secrets/key');
    const image = await savedImage(tag);
    expect(image.includes(marker)).toBe(true);
    for (let at = 0; at + 64 <= secret.length; at += 64) {
      expect(image.includes(secret.subarray(at, at + 64))).toBe(false);
    }
  });

  test('is not there for a step that asks for another one', async () => {
    const lines = [BASE, `RUN --mount=type=secret,id=other,required=true echo ${unique()}`];
    const secrets = { key: Buffer.from('value'), __proto__: Buffer.from('x') };
    const error = await errorOf('BUILD_FAILED', build(lines, { tag: engine.tag(), secrets }));
    expect(error.message).toContain('other');
  });

  test('of 500 KiB is taken, and a larger one is refused by its name', async () => {
    const most = 500 * 1024;
    let log = '';
    const lines = [BASE, `RUN --mount=type=secret,id=big wc -c /run/secrets/big; : ${unique()}`];
    const secrets = { big: Buffer.alloc(most, 'x') };
    await build(lines, { tag: engine.tag(), secrets, onLog: (text) => (log += text) });
    expect(log).toContain(`${most} /run/secrets/big`);
    const tooBig = { big: Buffer.alloc(most + 1) };
    const error = await errorOf('INVALID_INPUT', build(lines, { secrets: tooBig }));
    expect(error.context).toMatchObject({ field: 'secrets.big', value: '"(512001 bytes)"' });
  });
});

describe('a private base image', () => {
  let registry: LoginRegistry;
  beforeAll(async () => {
    registry = await LoginRegistry.start();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  async function privateImage(): Promise<string> {
    const name = unique();
    await registry.push(`team/${name}`, '1', await tinyImage());
    return `${registry.address}/team/${name}:1`;
  }

  async function useSettings(settings: object): Promise<void> {
    vi.stubEnv('DOCKER_CONFIG', await temporary({ 'config.json': JSON.stringify(settings) }));
  }

  const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');

  test('is fetched with the login of its registry', async () => {
    const base = await privateImage();
    await useSettings({ auths: { [registry.address]: { auth } } });
    const built = await build([`FROM ${base}`, 'LABEL from=private'], { tag: engine.tag() });
    expect(built.labels).toEqual({ from: 'private' });
  });

  test('is not fetched without one', async () => {
    const base = await privateImage();
    await useSettings({});
    const tag = engine.tag();
    const error = await errorOf('BUILD_FAILED', build([`FROM ${base}`], { tag }));
    expect(error.message).toMatch(/authorization|unauthorized|no basic auth/i);
  });

  test('of one registry never gets the login of another', async () => {
    await using other = await FaultyRegistry.start(await tinyImage(), { kind: 'login' });
    const base = await privateImage();
    await useSettings({ auths: { [registry.address]: { auth } } });
    const lines = [
      `FROM ${base} AS private`,
      `FROM ${other.address}/team/app:1`,
      'COPY --from=private /file /file',
    ];
    await errorOf('BUILD_FAILED', build(lines, { tag: engine.tag() }));
    expect(other.logins).toEqual([]);
  });

  test('whose login cannot be read fails and says why', async () => {
    const base = await privateImage();
    await useSettings({ credHelpers: { [registry.address]: 'nonesuch' } });
    const error = await errorOf('BUILD_FAILED', build([`FROM ${base}`], { tag: engine.tag() }));
    expect(error.message).toContain('docker-credential-nonesuch is not installed');
  });
});

describe('an image that is built to stay', () => {
  test('bears its labels only, and outlives who built it', async () => {
    const builder = testEngine();
    const label = unique();
    const tag = engine.tag();
    const built = await build([BASE, 'LABEL a=1'], { tag, labels: { b: label } }, builder);
    const { labels: inherited = {} } =
      (await (await engine.images()).inspect('busybox:1.36')) ?? {};
    expect(built.labels).toEqual({ ...inherited, a: '1', b: label });
    await builder.close();
    expect(await (await engine.images()).inspect(tag)).toEqual(withoutWarnings(built));
  });

  test('needs no name', async () => {
    const label = { 'slipway.test.build': unique() };
    const { id } = await build([BASE], { labels: label });
    const images = await engine.images();
    expect(await images.findByLabel(label)).toMatchObject([{ id, tags: [], labels: label }]);
    await images.remove(id);
    expect(await images.findByLabel(label)).toEqual([]);
  });

  test('has the stage, the arguments and the facts that were asked for', async () => {
    const lines = [
      `${BASE} AS wanted`,
      'ARG PORT',
      'ENV MODE=http',
      'EXPOSE $PORT 53/udp 80/tcp',
      'WORKDIR /srv',
      'FROM wanted',
      'RUN false',
    ];
    const more = { tag: engine.tag(), target: 'wanted', buildArgs: { PORT: '8080' } };
    const built = await build(lines, { ...more, cacheFrom: ['busybox:1.36'] });
    expect(built).toMatchObject({ exposedPorts: [80, 8080], workingDir: '/srv' });
    expect(built.environment).toContain('MODE=http');
  });
});

function withoutWarnings({ warnings, ...facts }: BuiltImage) {
  expect(warnings).toEqual([]);
  return facts;
}

describe('a build that fails', () => {
  test('names its step and tells what that step wrote, not what ran beside it', async () => {
    const id = unique();
    const lines = [
      `${BASE} AS noisy`,
      `RUN while sleep 0.1; do echo noise ${id}; done`,
      `${BASE} AS broken`,
      `RUN echo cause ${id}; sleep 1; exit 9`,
      BASE,
      'COPY --from=noisy /etc /a',
      'COPY --from=broken /etc /b',
    ];
    const error = await errorOf('BUILD_FAILED', build(lines, { tag: engine.tag() }));
    expect(error).toBeInstanceOf(DockerBuildError);
    expect(error.name).toBe('DockerBuildError');
    expect(error.context).toEqual({
      step: `[broken 2/2] RUN echo cause ${id}; sleep 1; exit 9`,
      exitCode: 9,
      log: `cause ${id}`,
    });
  });
});

describe('a build that is left', () => {
  test('ends at once and leaves nothing', async () => {
    const server = createServer();
    const steps = await listening(server);
    const reason = new Error('no longer wanted');
    const controller = new AbortController();
    const id = unique();
    const building = build([BASE, `RUN sleep 600 | nc 127.0.0.1 ${steps.port}; : ${id}`], {
      tag: engine.tag(),
      networkMode: 'host',
      labels: { 'slipway.test.left': id },
      owner: { instance: 'test', deadline: Date.now() + 60_000 },
      signal: controller.signal,
    });
    const step = await steps.connected;
    controller.abort(reason);
    await expect(building).rejects.toBe(reason);
    step.resume();
    await once(step, 'close');
    server.close();
    expect(await containersWith(id)).toEqual([]);
    expect(await imagesWithLabel(`slipway.test.left=${id}`)).toEqual([]);
  });
});

async function listening(
  server: Server,
): Promise<{ readonly port: number; readonly connected: Promise<Socket> }> {
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { connected, port: z.object({ port: z.number() }).parse(server.address()).port };
}

describe('the session of a build', () => {
  test('is closed when the build is over, however it ends', async () => {
    await using watch = await SessionWatch.start();
    const watched = testEngine(watch.dockerHost);
    const tag = engine.tag();
    await build([BASE], { tag }, watched);
    await watch.allClosed();
    await errorOf('BUILD_FAILED', build([BASE, `RUN exit 3 # ${unique()}`], { tag }, watched));
    await watch.allClosed();
    const controller = new AbortController();
    const reason = new Error('left');
    const left = build(
      [BASE, `RUN sleep 600 # ${unique()}`],
      {
        tag,
        signal: controller.signal,
        onProgress: ({ message }) => message.includes('sleep') && controller.abort(reason),
      },
      watched,
    );
    await expect(left).rejects.toBe(reason);
    await watch.allClosed();
    expect(watch.opened).toBe(3);
    await watched.close();
  });
});

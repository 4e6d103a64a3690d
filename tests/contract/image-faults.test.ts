import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { BuildRequest, PullProgress } from '../../src/engine/ports.js';
import { buildRequest } from '../support/build-request.js';
import * as faults from '../support/fake-engine/faults.js';
import { textLike, textWith } from '../support/matchers.js';
import { FaultScene } from './fault-scene.js';
import { IMAGE } from './scene.js';

// Every wait in here has a bound of milliseconds: what takes longer than this hangs.
vi.setConfig({ testTimeout: 10_000 });

type Row = readonly [string, faults.Fault, object];

const TIMEOUT_MS = 5000;
const PULLING = { status: 'Pulling from library/busybox', id: '1.36' };
const LONG_LINE = `{"status":"${'x'.repeat(10_000_000)}"}`;

const LOST = { code: 'ENGINE_LOST' };

/** What is wrong with the stream itself, whatever it is about. */
const BROKEN_STREAMS: readonly Row[] = [
  ['is cut off', faults.brokenProgress(PULLING), LOST],
  ['is cut off inside a line', faults.truncatedChunk, LOST],
  ['is the page of a proxy', faults.answer(200, '<html>Please log in</html>'), LOST],
  ['holds a line that is not JSON', faults.progress(PULLING, '<html>', PULLING), LOST],
  ['holds a line of ten megabytes', faults.progress(PULLING, LONG_LINE), LOST],
  ['never begins', faults.closeBeforeHeaders, LOST],
  ['is redirected', faults.redirect, LOST],
];

function inside(message: string): faults.Fault {
  return faults.progress(PULLING, { errorDetail: { message }, error: message });
}

describe('a pull', () => {
  it.each<Row>([
    ...BROKEN_STREAMS,
    [
      'reports its error inside a success',
      inside('toomanyrequests: You have reached your pull rate limit'),
      { code: 'PULL_FAILED', context: { image: IMAGE, reason: 'rate_limit' } },
    ],
    [
      'delivers damaged layers',
      inside('filesystem layer verification failed for digest sha256:0'),
      { code: 'PULL_FAILED', context: { image: IMAGE, reason: 'corrupt' } },
    ],
    [
      'is refused',
      faults.refusal(500, 'Get "https://registry-1.docker.io/v2/": unauthorized: incorrect login'),
      { code: 'PULL_FAILED', context: { image: IMAGE, reason: 'login_needed' } },
    ],
    ['fills the disk', inside('write /blob: no space left on device'), { code: 'DISK_FULL' }],
    ['finds the disk full', faults.refusal(500, 'no space left on device'), { code: 'DISK_FULL' }],
    [
      'is answered with a page',
      faults.htmlError,
      { code: 'PULL_FAILED', message: textWith('Internal Server Error') },
    ],
    [
      'says that it succeeded and brings nothing',
      faults.progress(PULLING, { status: 'Status: Downloaded newer image for busybox:1.36' }),
      { code: 'PULL_FAILED', context: { image: IMAGE, reason: 'unknown' } },
    ],
  ])('that %s fails and says why', async (_, fault, expected) => {
    const { fake, engine } = await FaultScene.open();
    await engine.images.remove(IMAGE);
    fake.fail('pull', fault);
    const pulling = engine.images.pull(IMAGE, { timeoutMs: TIMEOUT_MS });
    await expect(pulling).rejects.toMatchObject(expected);
    await fake.hungUp('pull');
  });

  it.each([
    ['is never answered', faults.neverAnswer],
    ['falls silent', faults.hangInsideBody],
  ])('that %s ends at its time limit', async (_, fault) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('pull', fault);
    await expect(engine.images.pull(IMAGE, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'PULL_FAILED',
      message: textWith('within 300 ms'),
      context: { image: IMAGE, reason: 'timeout' },
    });
    await fake.hungUp('pull');
  });

  it('does not believe in an image that was there before the connection broke', async () => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('pull', faults.brokenProgress(PULLING));
    const pulling = engine.images.pull(IMAGE, { timeoutMs: TIMEOUT_MS });
    await expect(pulling).rejects.toMatchObject(LOST);
  });

  it("ends with the caller's reason when it is aborted, and leaves no connection", async () => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('pull', faults.hangInsideBody);
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const options = { timeoutMs: 60_000, signal: controller.signal };
    const pulling = engine.images.pull(IMAGE, options);
    await fake.asked('pull');
    controller.abort(reason);
    await expect(pulling).rejects.toBe(reason);
    await fake.hungUp('pull');
  });

  it('tells its progress, and that something new came', async () => {
    const { engine } = await FaultScene.open();
    await engine.images.remove(IMAGE);
    const heard: PullProgress[] = [];
    const onProgress = (progress: PullProgress): void => void heard.push(progress);
    const pulled = await engine.images.pull(IMAGE, { timeoutMs: 5000, onProgress });
    expect(pulled).toMatchObject({ alreadyUpToDate: false, digest: textLike(/^busybox@sha256:/) });
    expect(heard.map(({ bytesDone }) => bytesDone)).toEqual([0, 0, 400, 1000, 1000, 1000, 1000]);
    expect(heard.at(-1)).toMatchObject({ layersDone: 1, layersTotal: 1, bytesTotal: 1000 });
  });
});

const DOCKERFILE = `FROM ${IMAGE}\nRUN echo built\n`;

function request(differences: Partial<BuildRequest> = {}): BuildRequest & { readonly tag: string } {
  const tag = 'slipway-fault:latest';
  const owner = { instance: 'contract-suite', deadline: Date.now() + 60_000 };
  const timeoutMs = TIMEOUT_MS;
  const build = buildRequest({ Dockerfile: DOCKERFILE }, { owner, timeoutMs, ...differences });
  return { ...build, tag };
}

describe('a build', () => {
  it.each<Row>([
    ...BROKEN_STREAMS,
    [
      'reports its error inside a success',
      inside("The command '/bin/sh -c false' returned a non-zero code: 1"),
      { code: 'BUILD_FAILED', context: { exitCode: 1 } },
    ],
    [
      'is refused',
      faults.refusal(400, 'dockerfile parse error line 1: unknown instruction: FLY'),
      { code: 'BUILD_FAILED', message: textWith('unknown instruction: FLY') },
    ],
    ['fills the disk', inside('write /layer: no space left on device'), { code: 'DISK_FULL' }],
    ['finds the disk full', faults.refusal(500, 'no space left on device'), { code: 'DISK_FULL' }],
    ['ends without an image', faults.progress({ stream: 'Step 1/1 : FROM busybox' }), LOST],
    [
      'names an image that is not there',
      faults.progress({ aux: { ID: `sha256:${'0'.repeat(64)}` } }),
      LOST,
    ],
    [
      'sends a trace that is none',
      faults.progress({ id: 'moby.buildkit.trace', aux: 'bm90IHByb3RvYnVm' }),
      LOST,
    ],
  ])('that %s fails and says why', async (_, fault, expected) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('build', fault);
    const build = request();
    await expect(engine.images.build(build)).rejects.toMatchObject(expected);
    expect(build.context.destroyed).toBe(true);
    await fake.hungUp('build');
  });

  it.each([
    ['is never answered', faults.neverAnswer],
    ['falls silent', faults.hangInsideBody],
  ])('that %s ends at its time limit', async (_, fault) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('build', fault);
    const build = request({ timeoutMs: 300 });
    await expect(engine.images.build(build)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: textWith('within 0.3 s'),
    });
    expect(build.context.destroyed).toBe(true);
    await fake.hungUp('build');
  });

  it.each([
    ['before its first byte', 0],
    ['after its first bytes', 1],
  ])('whose context fails %s fails with the reason of the context', async (_, chunks) => {
    const { fake, engine } = await FaultScene.open();
    const reason = Object.assign(new Error('the file went away'), { code: 'ENOENT' });
    async function* failing(): AsyncGenerator<Buffer, void> {
      for (let sent = 0; sent < chunks; sent += 1) yield Buffer.alloc(512);
      await Promise.resolve();
      throw reason;
    }
    const build = request({ context: Readable.from(failing()), timeoutMs: 5000 });
    await expect(engine.images.build(build)).rejects.toBe(reason);
    await fake.hungUp('build');
  });

  it('that names no image is not saved by an older one of the same tag', async () => {
    const { fake, engine } = await FaultScene.open();
    await engine.images.build(request());
    fake.fail('build', faults.progress({ stream: 'Step 1/1 : FROM busybox' }));
    await expect(engine.images.build(request())).rejects.toMatchObject(LOST);
  });

  it.each([
    ['has failed already', new Error('the folder went away'), 'the folder went away'],
    ['was closed before its end', undefined, 'Premature close'],
  ])('whose context %s does not wait for the rest of it', async (_, reason, message) => {
    const { engine } = await FaultScene.open();
    const context = new Readable({ read: () => undefined });
    context.on('error', () => undefined);
    context.destroy(reason);
    await once(context, 'close').catch(() => undefined);
    const build = request({ context, timeoutMs: 60_000 });
    await expect(engine.images.build(build)).rejects.toThrow(message);
  });

  it('with secrets is refused by an engine that cannot be given any', async () => {
    const { fake, engine } = await FaultScene.open();
    const build = request({ secrets: { token: Buffer.from('secret') } });
    await expect(engine.images.build(build)).rejects.toMatchObject({
      name: 'DockerBuildError',
      code: 'BUILD_REFUSED',
      context: { file: 'Dockerfile', reason: 'no_secrets' },
    });
    expect(build.context.destroyed).toBe(true);
    expect(fake.calls.map(({ operation }) => operation)).not.toContain('build');
  });

  it('that is refused before its context is read is told why', async () => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('build', faults.refusal(400, 'invalid build argument'));
    async function* endless(): AsyncGenerator<Buffer, void> {
      for (let sent = 0; sent < 2000; sent += 1) yield Buffer.alloc(64 * 1024);
    }
    const build = request({ context: Readable.from(endless()), timeoutMs: 5000 });
    await expect(engine.images.build(build)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: textWith('invalid build argument'),
    });
  });
});

describe('other calls about images', () => {
  it.each<Row>([
    ['never answered', faults.neverAnswer, { code: 'ENGINE_TIMEOUT' }],
    ['answered with a page', faults.htmlError, { code: 'ENGINE_ERROR' }],
    ['answered in another form', faults.answer(200, '{"Id":7}'), LOST],
    ['cut off', faults.noLastChunk, LOST],
  ])('fail when an inspection is %s', async (_, fault, expected) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('inspectImage', fault);
    await expect(engine.images.inspect(IMAGE)).rejects.toMatchObject(expected);
  });

  it('fail when an image is in use and has to be removed', async () => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('removeImage', faults.refusal(409, 'image is being used by running container'));
    await expect(engine.images.remove(IMAGE)).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
      context: { status: 409 },
    });
  });
});

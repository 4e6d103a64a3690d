import { afterEach, describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../src/core/errors.js';
import type { BuildProgress, BuildRequest } from '../../src/engine/ports.js';
import { buildRequest } from '../support/build-request.js';
import { textLike, textWith } from '../support/matchers.js';
import { IMAGE, Scene, type ConnectSubject } from './scene.js';

/** Nothing listens there, on any machine. */
const NO_REGISTRY = '127.0.0.1:1/slipway/none:1';

/**
 * What every `ImageStore` does. Pushes are tested against real registries only, in
 * `tests/integration/push.test.ts`: what a fake engine would say of them is what we would make up.
 */
export function imageStoreContract(name: string, connect: ConnectSubject): void {
  describe(`images on ${name}`, () => {
    const scene = Scene.use(connect);

    it('knows nothing of an absent image', async () => {
      expect(await scene.engine.images.inspect('slipway/absent:1')).toBeUndefined();
    });

    it('tells what an image is, by name and by id', async () => {
      const facts = await scene.engine.images.inspect(IMAGE);
      expect(facts).toMatchObject({
        id: textLike(/^sha256:[0-9a-f]{64}$/),
        digest: textLike(/busybox@sha256:[0-9a-f]{64}$/),
        platform: textLike(/^linux\/\w+/),
        user: '',
        entrypoint: [],
        command: ['sh'],
        volumes: [],
      });
      expect(facts?.sizeBytes).toBeGreaterThan(0);
      expect(await scene.engine.images.inspect(facts?.id ?? '')).toEqual(facts);
    });

    it('does not fetch again what is up to date', async () => {
      const before = await scene.engine.images.inspect(IMAGE);
      const pulled = await scene.engine.images.pull(IMAGE, { timeoutMs: 60_000 });
      expect(pulled).toEqual({ ...before, alreadyUpToDate: true });
    });

    it('says why an image cannot be fetched', async () => {
      const pulling = scene.engine.images.pull(NO_REGISTRY, { timeoutMs: 60_000 });
      await expect(pulling).rejects.toMatchObject({
        code: 'PULL_FAILED',
        message: textWith(NO_REGISTRY),
        context: { image: NO_REGISTRY, reason: 'network' },
      });
    });

    it('refuses to pull an id, which no registry knows', async () => {
      const pulling = scene.engine.images.pull(`sha256:${'0'.repeat(64)}`, { timeoutMs: 1000 });
      await expect(pulling).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('gives an image another name, and takes it away again', async () => {
      const { images } = scene.engine;
      const facts = await images.inspect(IMAGE);
      const other = `${scene.name()}/app:1`;
      await images.tag(facts?.id ?? '', other);
      expect(await images.inspect(other)).toMatchObject({ id: facts?.id });
      await images.remove(other);
      expect(await images.inspect(other)).toBeUndefined();
      expect(await images.inspect(IMAGE)).toEqual(facts);
    });

    it('gives no name to what is not there, and no name that cannot be chosen', async () => {
      const { images } = scene.engine;
      const absent = images.tag('slipway/absent:1', `${scene.name()}:1`);
      await expect(absent).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
        context: { image: 'slipway/absent:1' },
      });
      const byDigest = images.tag(IMAGE, `busybox@sha256:${'0'.repeat(64)}`);
      await expect(byDigest).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('takes an absent image for removed', async () => {
      await expect(scene.engine.images.remove('slipway/absent:1')).resolves.toBeUndefined();
    });
  });
}

/** What every `ImageStore` does with a build context. */
export function imageBuildContract(name: string, connect: ConnectSubject): void {
  describe(`building images on ${name}`, () => {
    const scene = Scene.use(connect);
    const tags = new Set<string>();

    afterEach(async () => {
      const made = [...tags];
      // First: what one test leaves behind is not the fault of the next.
      tags.clear();
      for (const tag of made) {
        expect(await scene.engine.images.inspect(tag)).toBeUndefined();
      }
    });

    function request(
      files: Readonly<Record<string, string>>,
      differences: Partial<BuildRequest> = {},
    ): BuildRequest & { readonly tag: string } {
      const tag = `${scene.name()}:latest`;
      tags.add(tag);
      const owner = { instance: 'contract-suite', deadline: Date.now() + 300_000 };
      return { ...buildRequest(files, { owner, ...differences }), tag };
    }

    it('builds an image that has what was copied, and tells its steps', async () => {
      const heard: BuildProgress[] = [];
      const build = request(
        {
          Dockerfile: `FROM ${IMAGE}\nCOPY greeting.txt /greeting.txt\nRUN echo built\n`,
          'greeting.txt': `hello from ${Date.now()}`,
        },
        { onProgress: (progress) => heard.push(progress) },
      );
      const { warnings, ...facts } = await scene.engine.images.build(build);
      expect(warnings).toEqual([]);
      expect(facts.id).toMatch(/^sha256:/);
      expect(await scene.engine.images.inspect(build.tag)).toEqual(facts);
      const { seen } = await scene.run({ imageId: facts.id, command: ['cat', '/greeting.txt'] });
      expect(seen.stdout).toMatch(/^hello from \d+$/);
      expect(heard).toContainEqual({
        step: 3,
        steps: 3,
        message: 'RUN echo built',
        cached: false,
      });
      await scene.engine.images.remove(build.tag);
    });

    it('marks its image as its own', async () => {
      const build = request({ Dockerfile: `FROM ${IMAGE}\nRUN echo ${scene.name()}\n` });
      await scene.engine.images.build(build);
      const { body } = await scene.http.request('GET', `/images/${build.tag}/json`);
      await scene.engine.images.remove(build.tag);
      expect(body).toMatchObject({
        Config: {
          Labels: {
            'io.slipway.kind': 'image',
            'io.slipway.name': build.tag,
            'io.slipway.signature': textLike(/^[0-9a-f]{64}$/),
          },
        },
      });
    });

    it('gives its image the labels it was asked for, and finds it by them', async () => {
      const labels = { 'slipway.test': scene.name(), 'slipway.test.kind': 'a=b' };
      const build = request({ Dockerfile: `FROM ${IMAGE}\nRUN echo built\n` }, { labels });
      const { id } = await scene.engine.images.build(build);
      const { images } = scene.engine;
      const found = await images.findByLabel(labels);
      const other = await images.findByLabel({ ...labels, 'slipway.test.kind': 'a' });
      await images.remove(build.tag);
      expect(found).toMatchObject([{ id, tags: [build.tag], labels }]);
      expect(found[0]?.createdAt.getTime()).toBeGreaterThan(0);
      expect(other).toEqual([]);
      expect(await images.findByLabel(labels)).toEqual([]);
    });

    it('leaves an image alone that nobody owns', async () => {
      const build = request({ Dockerfile: `FROM ${IMAGE}\n` }, { owner: undefined });
      const { labels } = await scene.engine.images.build(build);
      await scene.engine.sweep();
      const after = await scene.engine.images.inspect(build.tag);
      await scene.engine.images.remove(build.tag);
      expect(after?.labels).toEqual(labels);
      expect(Object.keys(labels).filter((label) => label.startsWith('io.slipway.'))).toEqual([]);
    });

    it('refuses an owned image without a name, which nobody could find', async () => {
      const build = request({ Dockerfile: `FROM ${IMAGE}\n` });
      const nameless = scene.engine.images.build({ ...build, tag: undefined });
      await expect(nameless).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        context: { field: 'tag' },
      });
    });

    it('takes a Dockerfile under another name', async () => {
      const files = { 'docker/Own.Dockerfile': `FROM ${IMAGE}\nRUN echo ${scene.name()}\n` };
      const build = request(files, { dockerfile: 'docker/Own.Dockerfile' });
      await expect(scene.engine.images.build(build)).resolves.toMatchObject({
        id: textLike(/^sha256:/),
      });
      await scene.engine.images.remove(build.tag);
    });

    it('says which step failed, how, and what it wrote, build arguments included', async () => {
      const step = `RUN echo "word: $WORD" ${scene.name()}; exit 3`;
      const build = request(
        { Dockerfile: `FROM ${IMAGE}\nARG WORD\n${step}\n` },
        { buildArgs: { WORD: 'bonjour' } },
      );
      const failure: unknown = await scene.engine.images
        .build(build)
        .catch((error: unknown) => error);
      if (!isSlipwayError(failure, 'BUILD_FAILED')) throw failure;
      expect(failure.context.exitCode).toBe(3);
      expect(failure.context.step).toContain('RUN echo');
      expect(failure.context.log).toContain('word: bonjour');
    });

    it('says that the Dockerfile is missing or wrong', async () => {
      const missing = request({ 'readme.txt': 'nothing to build' });
      await expect(scene.engine.images.build(missing)).rejects.toMatchObject({
        code: 'BUILD_FAILED',
        message: textWith('Dockerfile'),
      });
      const wrong = request({ Dockerfile: `FROM ${IMAGE}\nFLY away\n` });
      await expect(scene.engine.images.build(wrong)).rejects.toMatchObject({
        code: 'BUILD_FAILED',
        message: textLike(/unknown instruction/i),
      });
    });

    it('ends a build at its time limit', async () => {
      const build = request(
        { Dockerfile: `FROM ${IMAGE}\nRUN echo ${scene.name()}; sleep 60\n` },
        { timeoutMs: 3000 },
      );
      await expect(scene.engine.images.build(build)).rejects.toMatchObject({
        code: 'BUILD_FAILED',
        message: textWith('within 3 s'),
      });
      expect(build.context.destroyed).toBe(true);
    });

    it("ends a build when the caller aborts, with the caller's reason", async () => {
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const build = request(
        { Dockerfile: `FROM ${IMAGE}\nRUN echo ${scene.name()}; sleep 60\n` },
        {
          signal: controller.signal,
          onProgress: ({ message }) => {
            if (message.includes('sleep 60')) controller.abort(reason);
          },
        },
      );
      await expect(scene.engine.images.build(build)).rejects.toBe(reason);
    });
  });
}

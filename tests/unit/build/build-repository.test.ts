import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import {
  createRepositoryBuilder,
  type RepositoryBuilderOptions,
} from '../../../src/build/build-repository.js';
import { packContext } from '../../../src/build/context.js';
import type { PreparedBuild } from '../../../src/build/prepare.js';
import type { RepositoryBuildRequest } from '../../../src/engine/repository-builder.js';
import { SlipwayError } from '../../../src/core/errors.js';
import { invalidInput } from '../../../src/core/options.js';
import type { BuildRequest, BuiltImage } from '../../../src/engine/ports.js';
import type { CloneRequest } from '../../../src/git/clone.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders, type TempFile } from '../../support/temp-folder.js';
import { untar } from '../../support/untar.js';

const tempFolder = tempFolders();
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

const IMAGE: BuiltImage = {
  id: `sha256:${'a'.repeat(64)}`,
  digest: null,
  sizeBytes: 1,
  platform: 'linux/amd64',
  user: '',
  entrypoint: [],
  command: [],
  volumes: [],
  labels: {},
  exposedPorts: [],
  environment: [],
  workingDir: '',
  warnings: [],
};

const REQUEST: RepositoryBuildRequest = {
  repositoryUrl: 'https://github.com/o/r',
  ref: 'main',
  dockerfilePath: 'Dockerfile',
  contextPath: '.',
  buildArgs: { VERSION: '1' },
  tag: 'slipway-build:1',
  owner: { instance: 'i', deadline: 1 },
  timeoutMs: 60_000,
  memoryBytes: 1024,
  onStage: () => undefined,
  signal: undefined,
};

/** The two ports of the flow, and what they were asked. */
async function ports(
  files: Readonly<Record<string, TempFile>>,
  answer: (request: BuildRequest) => Promise<BuiltImage>,
) {
  const folder = await tempFolder(files);
  const calls: string[] = [];
  const clones: CloneRequest[] = [];
  const builds: BuildRequest[] = [];
  const options: RepositoryBuilderOptions = {
    git: {
      clone: async (request) => {
        calls.push('clone');
        clones.push(request);
        return { folder, commit: COMMIT, remove: async () => void calls.push('remove') };
      },
    },
    connect: async () => {
      calls.push('connect');
      return {
        facts: { builder: 'buildkit', flavor: 'docker' },
        images: {
          inspect: async () => undefined,
          pull: () => Promise.reject(new Error('nothing is pulled')),
          build: async (request) => {
            calls.push('build');
            builds.push(request);
            return answer(request);
          },
        },
      };
    },
  };
  return { folder, calls, clones, builds, options, ...createRepositoryBuilder(options) };
}

describe('building a repository', () => {
  it('clones it, sends its files, and gives the image and the commit', async () => {
    let names: readonly string[] = [];
    const files = { 'app/Dockerfile': 'FROM scratch\n', 'app/a': 'x', outside: 'x' };
    const { buildRepository, builds, clones, calls } = await ports(files, async (request) => {
      names = (await untar(request.context)).map(({ header }) => header.name);
      request.onProgress?.({ step: 1, steps: 1, message: 'FROM scratch', cached: false });
      return IMAGE;
    });
    const stages: unknown[] = [];
    const built = await buildRepository({
      ...REQUEST,
      contextPath: 'app',
      onStage: (stage) => stages.push(stage),
    });
    expect(built).toEqual({ image: IMAGE, commit: COMMIT });
    expect(names).toEqual(['Dockerfile', 'a']);
    expect(stages).toEqual([
      'cloning',
      { step: 1, steps: 1, message: 'FROM scratch', cached: false },
    ]);
    expect(calls).toEqual(['connect', 'clone', 'build', 'remove']);
    expect(clones).toMatchObject([{ url: REQUEST.repositoryUrl, ref: 'main', timeoutMs: 60_000 }]);
    const { dockerfilePath: dockerfile, tag, buildArgs, owner, memoryBytes } = REQUEST;
    expect(builds).toMatchObject([{ dockerfile, tag, buildArgs, owner, memoryBytes }]);
    expect(builds[0]?.timeoutMs).toBeLessThanOrEqual(60_000);
  });

  it.each([
    ['a Dockerfile that is a link', { Dockerfile: { symlink: '/etc/passwd' } }, {}],
    ['a missing Dockerfile', { a: 'x' }, {}],
    ['a context outside', { x: { symlink: '/etc' } }, { contextPath: 'x' }],
    ['a wrong .dockerignore', { Dockerfile: 'FROM x\n', '.dockerignore': '[' }, {}],
  ])('is refused before the engine is asked: %s', async (_what, files, request) => {
    const { buildRepository, calls } = await ports(files, async () => IMAGE);
    const failure = await failureOf(buildRepository({ ...REQUEST, ...request }));
    expect(failure.code).toBe('BUILD_REFUSED');
    expect(calls).toEqual(['connect', 'clone', 'remove']);
  });

  it('is refused when the context is above the limits', async () => {
    const { options, calls } = await ports({ Dockerfile: 'FROM x\n', a: 'xx' }, async () => IMAGE);
    const builder = createRepositoryBuilder({ ...options, limits: { bytes: 8, entries: 10 } });
    const failure = await failureOf(builder.buildRepository(REQUEST));
    expect(failure.context).toMatchObject({ reason: 'too_large' });
    expect(calls).not.toContain('build');
  });

  it('removes the checkout when the engine fails, and gives its error', async () => {
    const broken = new SlipwayError('BUILD_FAILED', {
      message: 'Step 2 failed.',
      hint: 'Look at it.',
      context: { step: 'RUN x', exitCode: 1, log: '' },
    });
    const { buildRepository, calls, builds } = await ports({ Dockerfile: 'FROM x\n' }, () =>
      Promise.reject(broken),
    );
    expect(await failureOf(buildRepository(REQUEST))).toBe(broken);
    expect(calls.at(-1)).toBe('remove');
    expect(builds[0]?.context.destroyed).toBe(true);
  });

  it('says which file changed, not that the connection broke', async () => {
    const files = { Dockerfile: 'FROM x\n', a: 'x' };
    const { buildRepository, folder } = await ports(files, async ({ context }) => {
      await rm(join(folder, 'a'));
      // As an engine's connection: it ends with an error of its own.
      await pipeline(context, async (chunks) => {
        for await (const _chunk of chunks);
      }).catch((cause: unknown) => {
        throw new Error('the connection broke', { cause });
      });
      return IMAGE;
    });
    const failure = await failureOf(buildRepository(REQUEST));
    expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { file: 'a' } });
  });

  it('clones nothing without an engine', async () => {
    const { options, calls } = await ports({}, async () => IMAGE);
    const connect = () => Promise.reject(new Error('no engine'));
    const { buildRepository } = createRepositoryBuilder({ ...options, connect });
    await expect(buildRepository(REQUEST)).rejects.toThrow('no engine');
    expect(calls).toEqual([]);
  });

  it('gives the image even when the checkout cannot be removed, and logs that', async () => {
    const { options } = await ports({ Dockerfile: 'FROM x\n' }, async () => IMAGE);
    const warnings: string[] = [];
    const nothing = () => undefined;
    const { buildRepository } = createRepositoryBuilder({
      ...options,
      git: {
        clone: async (request) => ({
          ...(await options.git.clone(request)),
          remove: () => Promise.reject(new Error('EBUSY')),
        }),
      },
      logger: {
        debug: nothing,
        info: nothing,
        error: nothing,
        warn: (event) => warnings.push(event),
      },
    });
    expect((await buildRepository(REQUEST)).image).toEqual(IMAGE);
    expect(warnings).toEqual(['repository.cleanup_pending']);
  });
});

describe('a repository whose Dockerfile nobody named', () => {
  const UNNAMED: RepositoryBuildRequest = { ...REQUEST, dockerfilePath: undefined };
  const failed = new SlipwayError('BUILD_FAILED', {
    message: 'Step 2 failed.',
    hint: 'Look at it.',
    context: { step: 'RUN x', exitCode: 1, log: '' },
  });

  /** Its own Dockerfile fails; the written one is what `generate` makes of it. */
  async function scene(
    files: Readonly<Record<string, TempFile>>,
    generate: NonNullable<RepositoryBuilderOptions['generate']>,
  ) {
    const { options, builds } = await ports(files, async ({ dockerfile }) => {
      if (dockerfile === 'Dockerfile') throw failed;
      return IMAGE;
    });
    return { builds, ...createRepositoryBuilder({ ...options, generate }) };
  }

  const written = async (request: { readonly folder: string }): Promise<PreparedBuild> => ({
    source: { kind: 'generated', language: 'node' },
    plan: null,
    dockerfile: 'FROM x\n',
    sent: 'FROM x\n',
    dockerfilePath: 'Written',
    bases: {},
    warnings: [],
    context: await packContext(request.folder, {
      dockerfile: 'Written',
      made: { Written: 'FROM x\n' },
      limits: { bytes: 1000, entries: 10 },
    }),
  });

  it.each<[string, Readonly<Record<string, TempFile>>, readonly string[]]>([
    ['it has none', { a: 'x' }, ['Written']],
    ['its own fails', { Dockerfile: 'FROM x\n' }, ['Dockerfile', 'Written']],
    ['its own is a link', { Dockerfile: { symlink: '/etc/passwd' } }, ['Written']],
    ['its own is empty', { Dockerfile: '' }, ['Written']],
  ])('is built with a written one where %s', async (_what, files, dockerfiles) => {
    const { buildRepository, builds } = await scene(files, written);
    expect((await buildRepository(UNNAMED)).image).toEqual(IMAGE);
    expect(builds.map(({ dockerfile }) => dockerfile)).toEqual(dockerfiles);
  });

  it.each([
    [
      'no server is found',
      new SlipwayError('NOT_A_SERVER', {
        message: 'None.',
        hint: '',
        context: { reason: 'None.' },
      }),
    ],
    ['one of several would have to be named', invalidInput('contextPath', 'must name one', '.')],
  ])('fails with the error of its own one where %s', async (_what, error) => {
    const { buildRepository } = await scene({ Dockerfile: 'FROM x\n' }, () =>
      Promise.reject(error),
    );
    expect(await failureOf(buildRepository(UNNAMED))).toBe(failed);
  });

  it('says that it has no Dockerfile where none can be written', async () => {
    const none = new SlipwayError('NOT_A_SERVER', {
      message: '',
      hint: '',
      context: { reason: '' },
    });
    const { buildRepository } = await scene({ a: 'x' }, () => Promise.reject(none));
    expect((await failureOf(buildRepository(UNNAMED))).context).toMatchObject({
      reason: 'missing',
    });
  });

  it('is not built otherwise than with the one that was named', async () => {
    const { buildRepository } = await scene({ Dockerfile: 'FROM x\n' }, written);
    expect(await failureOf(buildRepository(REQUEST))).toBe(failed);
  });
});

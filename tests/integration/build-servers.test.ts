/**
 * Small servers of our own, one for each class of repository, from sources to an image that lists
 * its tools, on the real engine and with the real package registries.
 */
import { describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyOf, fixture, testBuilder } from '../support/builder.js';
import { tempFolders } from '../support/temp-folder.js';
import { errorOf } from '../support/executor.js';
import { askEngine, imagesWithLabel } from '../support/engine-view.js';

/** A cold build installs packages. */
const BUILD_MS = 400_000;

const { build, label } = testBuilder();
const temporary = tempFolders();

describe('a server of each class is built and lists its tools', () => {
  it.each([
    ['npm', 'stdio'],
    ['pnpm', 'stdio'],
    ['yarn', 'stdio'],
    ['bun', 'stdio'],
    ['npm-workspace', 'stdio'],
    ['uv', 'stdio'],
    ['poetry', 'stdio'],
    ['requirements', 'stdio'],
    ['console-script', 'stdio'],
    ['http', 'http'],
    ['go', 'stdio'],
  ])(
    '%s',
    async (name, transport) => {
      const { result } = await build({ repoPath: fixture(name) });
      expect(result.probe?.reason ?? null).toBeNull();
      expect(result.status).toBe('works');
      expect(result.probe?.tools.length).toBeGreaterThan(0);
      expect(result.probe?.transport.kind).toBe(transport);
      expect(result.source.kind).toBe('generated');
      expect(result.plan?.evidence.length).toBeGreaterThan(0);
    },
    BUILD_MS,
  );
});

describe("a repository's own Dockerfile", () => {
  it(
    'is used when it answers',
    async () => {
      const { result } = await build({ repoPath: fixture('own-dockerfile-good') });
      expect(result).toMatchObject({
        status: 'works',
        source: { kind: 'repository', path: 'Dockerfile' },
      });
    },
    BUILD_MS,
  );

  it(
    'is left for a generated one when it does not, and that is said',
    async () => {
      const { result } = await build({ repoPath: fixture('own-dockerfile-broken') });
      expect(result).toMatchObject({ status: 'works', source: { kind: 'generated' } });
      expect(result.warnings.join(' ')).toContain('Dockerfile');
    },
    BUILD_MS,
  );

  it(
    'is the only one tried when the caller names it',
    async () => {
      const before = await imagesWithLabel(label);
      const repoPath = fixture('own-dockerfile-broken');
      await errorOf('BUILD_FAILED', build({ repoPath, dockerfilePath: 'Dockerfile' }));
      expect(await imagesWithLabel(label)).toEqual(before);
    },
    BUILD_MS,
  );
});

describe('a repository that cannot answer', () => {
  it('is not built when it holds a stub', async () => {
    const error = await errorOf('NOT_A_SERVER', build({ repoPath: fixture('stub') }));
    expect(error.context.reason).toContain('stub');
  });

  it(
    'names the variable that is missing, and works with it',
    async () => {
      const repoPath = fixture('needs-config');
      const without = await build({ repoPath });
      expect(without.result).toMatchObject({ status: 'needs_config' });
      expect(without.result.probe?.missing.length).toBeGreaterThan(0);
      const env = Object.fromEntries(
        (without.result.probe?.missing ?? []).map((name) => [name, 'x']),
      );
      expect((await build({ repoPath, env })).result.status).toBe('works');
    },
    BUILD_MS,
  );
});

describe('a server that does not answer as it is said to be started', () => {
  it(
    'gets the start with which it does, in its image too, and that is said',
    async () => {
      const repoPath = await copyOf('yarn', join(await temporary(), 'yarn'));
      await writeFile(join(repoPath, 'wrong.js'), 'process.exit(1);\n');
      const before = await imagesWithLabel(label);
      const serverType = { type: 'node', entrypoint: 'wrong.js' } as const;
      const { result } = await build({ repoPath, serverType });
      expect(result).toMatchObject({ status: 'works', plan: { start: ['node', '/app/index.js'] } });
      expect(result.warnings.join(' ')).toContain('serverType.entrypoint');
      const image = await askEngine('GET', `/images/${result.imageId}/json`);
      expect(image).toMatchObject({ Config: { Entrypoint: ['node', '/app/index.js'] } });
      expect((await imagesWithLabel(label)).filter((id) => !before.includes(id))).toEqual([
        result.imageId,
      ]);
    },
    BUILD_MS,
  );
});

describe('a name that goes to another image', () => {
  it(
    'leaves no nameless image of ours behind',
    async () => {
      const names = { deploymentId: `moving-${label.slice(-8)}` };
      const first = await build({ repoPath: fixture('yarn'), ...names });
      const second = await build({ repoPath: fixture('requirements'), ...names });
      const left = await imagesWithLabel(label);
      expect(left).toContain(second.result.imageId);
      expect(left).not.toContain(first.result.imageId);
    },
    BUILD_MS,
  );
});

describe('an unchanged folder', () => {
  it(
    'is not built again, and its image not started again',
    async () => {
      const repoPath = fixture('npm');
      const first = await build({ repoPath });
      const second = await build({ repoPath });
      expect(second.result).toMatchObject({
        cached: true,
        status: 'works',
        imageId: first.result.imageId,
        imageTag: first.result.imageTag,
      });
      const heard = second.events.map(({ type }) => type);
      expect(heard).not.toContain('building');
      expect(heard).not.toContain('probing');
    },
    BUILD_MS,
  );

  it(
    'keeps the layers of its dependencies when only a source changed',
    async () => {
      const repoPath = await copyOf('npm', join(await temporary(), 'npm'));
      await build({ repoPath });
      const source = join(repoPath, 'src/index.ts');
      // No build cache has seen this one.
      await writeFile(source, `${await readFile(source, 'utf8')}\n// ${randomUUID()}\n`);
      const { result, events } = await build({ repoPath });
      expect(result).toMatchObject({ status: 'works', cached: false });
      const steps = events.flatMap((event) => (event.type === 'building' ? [event.progress] : []));
      const install = steps.find(({ message }) => message.includes('npm ci'));
      const compile = steps.find(({ message }) => message.includes('npm run build'));
      expect([install?.cached, compile?.cached]).toEqual([true, false]);
    },
    BUILD_MS,
  );

  it(
    'is built once when it is asked for twice at the same time',
    async () => {
      const labels = { 'slipway.test.twice': 'x' };
      const repoPath = fixture('uv');
      const both = await Promise.all([1, 2].map(async () => build({ repoPath, labels })));
      const building = both.filter(({ events }) => events.some(({ type }) => type === 'building'));
      expect(new Set(both.map(({ result }) => result.imageId)).size).toBe(1);
      expect(building).toHaveLength(1);
      await askEngine('DELETE', `/images/${both[0]?.result.imageId}?force=true`);
    },
    BUILD_MS,
  );
});

import { describe, expect, it } from 'vitest';
import { SDK, TYPESCRIPT, manifest, npmLock, plan } from './node-project.js';

describe('package managers', () => {
  const cases: [string, Record<string, string>, readonly [string, string | null, string]][] = [
    ['npm', { 'package-lock.json': npmLock() }, ['npm', null, 'npm ci --ignore-scripts']],
    [
      'pnpm',
      { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
      ['pnpm', '10.34.8', 'pnpm install --ignore-scripts --frozen-lockfile'],
    ],
    [
      'pnpm of an older lock',
      { 'pnpm-lock.yaml': "lockfileVersion: '6.0'\n" },
      ['pnpm', '8.15.9', 'pnpm install --ignore-scripts --frozen-lockfile'],
    ],
    [
      'yarn 1',
      { 'yarn.lock': '# yarn lockfile v1\n' },
      ['yarn', '1.22.22', 'yarn install --ignore-scripts --ignore-engines --frozen-lockfile'],
    ],
    [
      'yarn berry',
      { 'yarn.lock': '__metadata:\n  version: 8\n' },
      ['yarn-berry', '4.18.1', 'yarn install --mode=skip-build --immutable'],
    ],
    [
      'bun',
      { 'bun.lock': '{ "lockfileVersion": 1 }' },
      ['bun', '1.4.5', 'bun install --ignore-scripts'],
    ],
    [
      'bun with a binary lock',
      { 'bun.lockb': '' },
      ['bun', '1.4.5', 'bun install --ignore-scripts'],
    ],
  ];

  it.each(cases)('installs with %s and its lock', async (_, lock, [name, version, install]) => {
    const found = await plan({ ...TYPESCRIPT, ...lock });
    expect(found.packageManager).toEqual({ name, version });
    expect(found.lockfile).toBe(Object.keys(lock)[0]);
    expect(found.install[0]?.run.join(' ')).toContain(install);
    expect(found.manifests).toHaveLength(2);
    expect(found.manifests).toEqual(expect.arrayContaining(['package.json', found.lockfile]));
  });

  it('takes the exact version of packageManager, without its hash', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({
        bin: 'dist/index.js',
        packageManager: 'pnpm@10.12.4+sha512.ab12',
      }),
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    });
    expect(found.packageManager.version).toBe('10.12.4');
    expect(found.tools[0]?.run.at(-1)).toBe('pnpm@10.12.4');
  });

  it('runs the yarn that the repository commits', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'yarn.lock': '__metadata:\n  version: 8\n',
      '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn-4.5.0.cjs\n',
      '.yarn/releases/yarn-4.5.0.cjs': '',
    });
    expect(found.install[0]?.run.slice(0, 3)).toEqual([
      'node',
      '/app/.yarn/releases/yarn-4.5.0.cjs',
      'install',
    ]);
    expect(found.tools).toEqual([]);
    expect(found.buildEnvironment['YARN_NODE_LINKER']).toBe('node-modules');
  });

  it('takes the lock that is in step with package.json, and says why not the other', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package-lock.json': npmLock({ dependencies: {} }),
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    });
    expect(found.lockfile).toBe('pnpm-lock.yaml');
    expect(found.rejected).toContainEqual({
      field: 'lockfile',
      value: 'package-lock.json',
      reason: 'It is out of step with package.json.',
    });
  });

  it('does not ask npm ci to take a lock that it would refuse', async () => {
    const found = await plan(
      { ...TYPESCRIPT, 'package-lock.json': npmLock({ dependencies: {} }) },
      { commitDate: '2025-04-27' },
    );
    expect(found.install[0]?.run.slice(0, 2)).toEqual(['npm', 'install']);
    expect(found.install[0]?.run.slice(-2)).toEqual(['--before', '2025-04-28']);
  });

  it('resolves versions as of the commit when there is no lock', async () => {
    const found = await plan(TYPESCRIPT, { commitDate: '2025-12-31T23:00:00Z' });
    expect(found.install[0]?.run.slice(-2)).toEqual(['--before', '2026-01-01']);
    expect(found.evidence.find(({ field }) => field === 'install')?.reason).toContain('2026-01-01');
    expect(found.lockfile).toBeNull();
  });

  it('goes on without a lock that names what the registry no longer has', async () => {
    const files = { ...TYPESCRIPT, 'package-lock.json': npmLock() };
    const found = await plan(files, { commitDate: '2025-04-27' });
    expect(found.install[0]?.otherwise?.at(-1)?.split(' || ')).toEqual([
      'npm install --ignore-scripts --no-audit --no-fund',
      'npm install --ignore-scripts --no-audit --no-fund --no-package-lock',
    ]);
  });

  it('installs an unchanged lock with the same command on every day', async () => {
    const files = { ...TYPESCRIPT, 'package-lock.json': npmLock() };
    const [one, other] = await Promise.all(
      ['2025-04-27', '2026-01-31'].map(async (commitDate) => plan(files, { commitDate })),
    );
    expect(one?.install).toEqual(other?.install);
  });

  it('keeps a .npmrc with a login out of the dependency layer', async () => {
    const lock = { 'package-lock.json': npmLock() };
    const plain = await plan({ ...TYPESCRIPT, ...lock, '.npmrc': 'engine-strict=true' });
    const login = await plan({ ...TYPESCRIPT, ...lock, '.npmrc': '//x/:_authToken=${T}' });
    expect(plain.manifests).toContain('.npmrc');
    expect(login.manifests).not.toContain('.npmrc');
  });

  it('copies everything first when a dependency is a folder', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({
        bin: 'dist/index.js',
        dependencies: { ...SDK, shared: 'file:./shared' },
      }),
    });
    expect(found.manifests).toEqual([]);
  });

  it('installs bun where only the build script calls it', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package-lock.json': npmLock(),
      'package.json': manifest({
        bin: 'dist/index.js',
        scripts: { build: 'bun build src/index.ts --outdir dist' },
      }),
    });
    expect(found.packageManager.name).toBe('npm');
    expect(found.tools.map(({ run }) => run.at(-1))).toEqual(['bun@1.4.5']);
  });
});

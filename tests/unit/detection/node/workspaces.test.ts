import { describe, expect, it } from 'vitest';
import { STDIO, TSCONFIG, SDK, manifest, npmLock, plan, lines } from './node-project.js';

describe('workspaces', () => {
  const shared = JSON.stringify({
    name: '@x/shared',
    main: 'dist/index.js',
    scripts: { build: 'tsc' },
  });

  it('installs an npm workspace at its root and builds what the server needs, in order', async () => {
    const found = await plan(
      {
        'package.json': JSON.stringify({ name: 'root', private: true, workspaces: ['packages/*'] }),
        'package-lock.json': npmLock({}),
        'packages/server/package.json': manifest({
          bin: 'dist/index.js',
          scripts: { build: 'tsc' },
          dependencies: { ...SDK, '@x/shared': '*' },
        }),
        'packages/server/tsconfig.json': TSCONFIG,
        'packages/server/src/index.ts': STDIO,
        'packages/shared/package.json': shared,
        'packages/other/package.json': JSON.stringify({ name: 'other', scripts: { build: 'tsc' } }),
      },
      { folder: 'packages/server' },
    );
    expect([found.workspaceRoot, found.target]).toEqual(['.', 'packages/server']);
    expect(lines(found.install)[0]).toMatch(/^\.: npm ci /);
    expect(lines(found.build)).toEqual([
      'packages/shared: npm run build',
      'packages/server: npm run build',
    ]);
    expect(found.manifests).toContain('packages/other/package.json');
    expect(found.start).toEqual(['node', '/app/packages/server/dist/index.js']);
    expect(found.workingDirectory).toBe('/app/packages/server');
  });

  it('prunes a pnpm workspace with a catalog to the server and what it needs', async () => {
    const found = await plan(
      {
        'package.json': JSON.stringify({ name: 'root' }),
        'pnpm-workspace.yaml': "packages:\n  - 'packages/*'\ncatalog:\n  zod: ^4.0.0\n",
        'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
        'packages/server/package.json': manifest({
          bin: 'dist/index.js',
          scripts: { build: 'tsc' },
          dependencies: { ...SDK, zod: 'catalog:' },
        }),
        'packages/server/tsconfig.json': TSCONFIG,
        'packages/server/src/index.ts': STDIO,
      },
      { folder: 'packages/server' },
    );
    expect(found.manifests).toContain('pnpm-workspace.yaml');
    expect(found.prune.map(({ run }) => run.join(' ')).join('\n')).toContain(
      '--filter ./packages/server...',
    );
  });

  it('installs a folder with its own lock by itself', async () => {
    const found = await plan(
      {
        'README.md': '',
        'server/package.json': manifest({ bin: 'index.js' }),
        'server/package-lock.json': npmLock(),
        'server/index.js': STDIO,
      },
      { folder: 'server' },
    );
    expect([found.workspaceRoot, found.start[1]]).toEqual(['server', '/app/index.js']);
    expect(found.manifests).toEqual(['package-lock.json', 'package.json']);
  });

  it('takes the repository as the context when the server reaches out of its folder', async () => {
    const found = await plan(
      {
        'shared/package.json': JSON.stringify({ name: 'shared' }),
        'server/package.json': manifest({
          bin: 'index.js',
          dependencies: { ...SDK, shared: 'file:../shared' },
        }),
        'server/index.js': STDIO,
      },
      { folder: 'server' },
    );
    expect([found.workspaceRoot, found.start[1], found.install[0]?.folder]).toEqual([
      '.',
      '/app/server/index.js',
      'server',
    ]);
  });
});

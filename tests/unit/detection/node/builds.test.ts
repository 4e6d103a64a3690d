import { describe, expect, it } from 'vitest';
import { STDIO, SDK, TYPESCRIPT, manifest, plan, lines } from './node-project.js';

describe('builds', () => {
  it('runs the build and not the hooks of prepare', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({
        bin: 'dist/index.js',
        scripts: { build: 'tsc', prepare: 'husky' },
      }),
    });
    expect(lines(found.build)).toEqual(['.: npm run build']);
    expect(found.build[0]?.otherwise).toEqual(['test', '-s', '/app/dist/index.js']);
  });

  it('runs prepare where only that builds, and tsc where nothing does', async () => {
    const prepare = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({ bin: 'dist/index.js', scripts: { prepare: 'husky && tsc' } }),
    });
    const none = await plan({ ...TYPESCRIPT, 'package.json': manifest({ bin: 'dist/index.js' }) });
    expect(lines(prepare.build)).toEqual(['.: npm run prepare']);
    expect(lines(none.build)).toEqual(['.: npx --no-install tsc -p .']);
  });

  it('builds nothing for sources that run as they are', async () => {
    const found = await plan({
      'package.json': manifest({
        scripts: { start: 'node src/app.ts', build: 'bun build src/app.ts --compile' },
      }),
      'src/app.ts': STDIO,
    });
    expect([found.build, found.tools]).toEqual([[], []]);
    expect(found.start).toEqual(['node', '/app/src/app.ts']);
  });

  it('compiles native packages with a compiler and leaves browsers away', async () => {
    const found = await plan({
      'package.json': manifest({
        bin: 'index.js',
        dependencies: { ...SDK, sqlite3: '^5.1.7', playwright: '1' },
      }),
      'index.js': STDIO,
    });
    expect(found.aptPackages.build).toEqual(['g++', 'make', 'python3']);
    expect(found.build[0]?.run.at(-1)).toBe('sqlite3');
    expect(found.buildEnvironment['PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD']).toBe('1');
  });

  it('keeps packages of development that the server runs with', async () => {
    const bundled = { bin: 'dist/index.js', dependencies: {}, devDependencies: SDK };
    const build = 'esbuild src/index.ts --bundle --outfile=dist/index.js';
    const inside = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({ ...bundled, scripts: { build } }),
    });
    const outside = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({
        ...bundled,
        scripts: { build: `${build} --external:@modelcontextprotocol/sdk` },
      }),
    });
    expect(inside.prune).toHaveLength(1);
    expect(outside.prune).toEqual([]);
    expect(outside.rejected.map(({ field }) => field)).toContain('prune');
  });
});

describe('Node versions', () => {
  it.each([
    [undefined, ['24', '22']],
    ['>=18', ['24', '22']],
    ['>=23.10.0', ['24', '22']],
    ['^22.13.0', ['22', '24']],
    ['20.x', ['20', '24', '22']],
    ['"; rm -rf /', ['24', '22']],
  ])('takes for engines %s the images %s', async (node, majors) => {
    const found = await plan({
      'package.json': manifest({ bin: 'index.js', engines: { node } }),
      'index.js': STDIO,
    });
    expect(found.bases.map(({ build }) => build)).toEqual(
      majors.map((major) => `node:${major}-slim`),
    );
    expect(found.languageVersion.value).toBe(majors[0]);
  });

  it('lets engines overrule the version file of developers', async () => {
    const files = { 'index.js': STDIO, '.nvmrc': 'v20.11.0\n' };
    const engines = await plan({
      ...files,
      'package.json': manifest({ bin: 'index.js', engines: { node: '>=18' } }),
    });
    const alone = await plan({ ...files, 'package.json': manifest({ bin: 'index.js' }) });
    expect([engines.languageVersion.value, alone.languageVersion.value]).toEqual(['24', '20']);
  });
});

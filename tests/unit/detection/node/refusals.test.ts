import { describe, expect, it } from 'vitest';
import { STDIO, SDK, TYPESCRIPT, manifest, npmLock, detect, plan, reason } from './node-project.js';

describe('what is not a server', () => {
  it('is not of this language without a package.json', async () => {
    expect(await detect({ 'main.py': 'print()' })).toBeUndefined();
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a stub',
      {
        'package.json': manifest({ bin: 'gone.js' }),
        'gone.js': 'console.log("gone"); process.exit(0);',
        'src/index.ts': STDIO,
      },
      'stub',
    ],
    [
      'a client',
      {
        'package.json': manifest({ bin: 'cli.js' }),
        'cli.js': "import { Client } from '@modelcontextprotocol/sdk/client/index.js';\nmain();",
      },
      'client side',
    ],
    [
      'a library',
      {
        'package.json': manifest({ main: 'lib.js' }),
        'lib.js':
          "import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';\nexport class Serve { go() { return new StdioServerTransport(); } }",
      },
      'library',
    ],
    [
      'a site',
      { 'package.json': JSON.stringify({ name: 'site' }), 'app.js': 'render();' },
      'no file serves MCP',
    ],
    [
      'the root of a workspace',
      {
        'package.json': JSON.stringify({ workspaces: ['a'] }),
        'a/package.json': manifest({}),
        'a/x.js': STDIO,
      },
      'root of a workspace',
    ],
    [
      'a server whose code is commented out',
      { 'package.json': manifest({ bin: 'a.js' }), 'a.js': STDIO.replaceAll(/^/gm, '// ') },
      'stub',
    ],
  ])('refuses %s and says why', async (_, files, text) => {
    expect(await reason(files)).toContain(text);
  });
});

describe('hostile repositories', () => {
  const evil = '"; rm -rf /; $(id) `id`\n#';

  it('keeps hostile texts out of every command', async () => {
    const found = await plan({
      'package.json': manifest({
        name: evil,
        version: evil,
        bin: { [evil]: 'index.js', more: `../../${evil}` },
        scripts: { build: evil, start: `node ${evil}`, prepare: evil },
        packageManager: `pnpm@1.0.0${evil}`,
        dependencies: { ...SDK, [evil]: evil },
        devDependencies: { [evil]: `file:${evil}` },
        engines: { node: evil },
      }),
      'index.js': STDIO,
    });
    const words = [found.tools, found.install, found.build, found.prune]
      .flat()
      .flatMap(({ run }) => run);
    expect(words.filter((word) => word.includes('rm -rf') || word.includes('$('))).toEqual([]);
    expect(found.start).toEqual(['node', '/app/index.js']);
    expect(found.metadata.name).toBe(evil);
  });

  it.each(['../../../etc/passwd', '/etc/passwd', 'a\0b', 'dist\\index.js', '.'])(
    'does not start a file outside of the folder: %s',
    async (path) => {
      const finding = await detect({ 'package.json': manifest({ bin: path }) });
      expect(finding?.kind).toBe('not_a_server');
    },
  );

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"bin": 7, "scripts": [], "dependencies": "x"}',
    '{"__proto__": {"bin": "x"}}',
  ])('survives the package.json %s', async (text) => {
    const finding = await detect({ 'package.json': text });
    expect(finding?.kind ?? 'undefined').toMatch(/^(?:undefined|not_a_server)$/);
  });

  it('takes little time for patterns and texts that are made to be slow', async () => {
    const started = performance.now();
    await detect({
      'package.json': manifest({
        bin: 'index.js',
        workspaces: [`${'*'.repeat(5000)}a`, `${'**/'.repeat(2000)}b`],
      }),
      'index.js': `${STDIO}${'/*'.repeat(50_000)}\n${'process.env.A '.repeat(20_000)}\n${'{'.repeat(50_000)}`,
      [`${'a/'.repeat(300)}package.json`]: '{}',
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('makes the same plan of the same files, whatever their order', async () => {
    const files = { ...TYPESCRIPT, 'package-lock.json': npmLock(), 'a.js': STDIO, 'b.js': STDIO };
    const reversed = Object.fromEntries(Object.entries(files).toReversed());
    expect(await plan(files)).toEqual(await plan(reversed));
  });
});

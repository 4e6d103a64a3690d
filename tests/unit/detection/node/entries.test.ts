import { describe, expect, it } from 'vitest';
import { STDIO, HTTP, SDK, TYPESCRIPT, manifest, plan, lines } from './node-project.js';

describe('entries', () => {
  it('takes of several bins the one that reaches a transport', async () => {
    const found = await plan({
      'package.json': manifest({ bin: { setup: 'setup.js', other: 'cli.js', server: 'index.js' } }),
      'setup.js': 'console.log("writes a config")',
      'cli.js': 'import "commander"; main();',
      'index.js': STDIO,
    });
    expect(found.start).toEqual(['node', '/app/index.js']);
    expect(found.rejected.map(({ value }) => value)).toEqual(['setup.js', 'cli.js']);
  });

  it('prefers the bin to a start that serves HTTP', async () => {
    const found = await plan({
      'package.json': manifest({ bin: 'stdio.js', scripts: { start: 'node http.js --port 1' } }),
      'stdio.js': STDIO,
      'http.js': HTTP,
    });
    expect([found.start[1], found.transport.kind]).toEqual(['/app/stdio.js', 'stdio']);
    expect(found.alternatives.map(({ start }) => start[1])).toEqual(['/app/http.js']);
  });

  it('prefers the bin to a main that is a library', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({
        main: 'dist/lib.js',
        bin: 'dist/index.js',
        scripts: { build: 'tsc' },
      }),
      'src/lib.ts': 'export const one = 1;',
    });
    expect(found.start[1]).toBe('/app/dist/index.js');
  });

  it('puts compiled files where the compiler puts them, not where the bin says', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'tsconfig.json':
        '{ "compilerOptions": { "outDir": "dist", /* all */ "resolveJsonModule": true, }, "include": ["src"] }',
      'src/index.ts': `import about from '../package.json' with { type: 'json' };\n${STDIO}`,
    });
    expect(found.start[1]).toBe('/app/dist/src/index.js');
    expect(found.alternatives[0]?.start[1]).toBe('/app/dist/index.js');
  });

  it('does not take a required JSON file for a compiled one', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'tsconfig.json': '{ "compilerOptions": { "outDir": "dist" }, "include": ["src"] }',
      'src/index.ts': `const about = require('../package.json');\n${STDIO}`,
    });
    expect(found.start[1]).toBe('/app/dist/index.js');
  });

  it('follows a wrapper to what the build makes', async () => {
    const found = await plan({
      ...TYPESCRIPT,
      'package.json': manifest({ bin: 'cli.js', scripts: { build: 'tsc' } }),
      'cli.js': "import './dist/index.js';",
    });
    expect(found.start[1]).toBe('/app/cli.js');
    expect(lines(found.build)).toEqual(['.: npm run build']);
    expect(found.confidence).toBeGreaterThan(0.8);
  });

  it('finds a program that nothing names by what it does', async () => {
    const found = await plan({
      'package.json': JSON.stringify({ type: 'module', dependencies: { ...SDK, express: '5' } }),
      'server.js': HTTP,
    });
    expect(found.start).toEqual(['node', '/app/server.js']);
    expect(found.transport).toEqual({ kind: 'http', port: 8787, path: '/mcp' });
  });
});

describe('transports', () => {
  const both = (rest: string): string => `${STDIO}${HTTP}${rest}`;
  const files = (source: string): Record<string, string> => ({
    'package.json': manifest({ bin: 'index.js' }),
    'index.js': source,
  });

  it.each([
    ['a flag', `if (process.argv.includes('--stdio')) main();`, ['--stdio'], {}],
    ['a subcommand', `program.command('stdio').action(main);`, ['stdio'], {}],
    [
      'an option',
      `program.option('--transport <type>', 'how', 'http');`,
      ['--transport', 'stdio'],
      {},
    ],
    [
      'a variable',
      `const kind = process.env.MCP_TRANSPORT ?? 'http';`,
      [],
      { MCP_TRANSPORT: 'stdio' },
    ],
    ['nothing', `const kind = process.env.MCP_TRANSPORT ?? 'stdio';`, [], {}],
  ])('selects stdio by %s where the server has both', async (_, rest, args, environment) => {
    const found = await plan(files(both(rest)));
    expect(found.transport).toEqual({ kind: 'stdio' });
    expect([found.args, found.environment]).toEqual([args, environment]);
    expect(found.alternatives.at(-1)?.transport.kind).toBe('http');
  });

  it('takes the value of an option for no word of its own', async () => {
    const readme = { command: 'node', args: ['dist/index.js', '--transport', 'stdio'] };
    const hints = {
      starts: [{ ...readme, environment: [], source: 'README.md', transport: null }],
      inputs: [],
    };
    const source = both(
      `program.option('--transport <stdio|http>', 'how', 'stdio').parse(process.argv);
       switch (options.transport) { case 'stdio': main(); }`,
    );
    expect((await plan(files(source), { hints })).args).toEqual([]);
  });

  it('makes a server of HTTP alone reachable, and no database', async () => {
    const found = await plan(
      files(
        `${HTTP}const host = process.env.SERVER_HOST ?? '127.0.0.1';\nconst db = process.env.DB_HOST ?? 'localhost';\nconst dbPort = process.env.DB_PORT || 5432;`,
      ),
    );
    expect(found.transport).toEqual({ kind: 'http', port: 8787, path: '/mcp' });
    expect(found.environment).toEqual({ SERVER_HOST: '0.0.0.0' });
  });
});

describe('inputs', () => {
  it('tells what the code reads, what it needs and what is secret; declared inputs win', async () => {
    const declared = {
      kind: 'environment',
      name: 'API_URL',
      required: false,
      secret: false,
      defaultValue: 'x',
      description: 'Where.',
      source: 'server.json',
    } as const;
    const found = await plan(
      {
        'package.json': manifest({ bin: 'index.js' }),
        'index.js': `${STDIO}const key = process.env.API_KEY;
if (!key) { console.error('no key'); process.exit(1); }
const url = process.env.API_URL; const debug = process.env.NODE_ENV; const region = process.env.REGION || 'eu';
console.error('Usage: server <directory> [more]');`,
      },
      { hints: { starts: [], inputs: [declared] } },
    );
    const own = found.inputs.map(({ name, required, secret }) => [name, required, secret]);
    expect(own).toEqual([
      ['API_URL', false, false],
      ['API_KEY', true, true],
      ['REGION', false, false],
      ['directory', true, false],
    ]);
  });
});

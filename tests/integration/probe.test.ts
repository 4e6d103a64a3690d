import { describe, expect, test, vi } from 'vitest';
import type { DeclaredInput } from '../../src/core/build-plan.js';
import { ProbeBench, startOf } from '../support/probe.js';
import {
  ASKING,
  HTTP_EVENTS,
  HTTP_JSON,
  LEGACY_SSE,
  MODERN,
  NOISY,
  PAGES,
  PLAIN,
  STRICT,
  httpServer,
  stdioServer,
} from '../support/probe-servers.js';

const bench = ProbeBench.use();

const NODE = ['node', '/srv/server.js'];
const PYTHON = { image: 'python:3.13-slim', starts: [startOf(['python', '/srv/server.py'])] };
const http = (path = '/mcp', port = 8000) => ({
  starts: [startOf(NODE, { transport: { kind: 'http', port, path } })],
});

const input = (name: string, more: Partial<DeclaredInput> = {}): DeclaredInput => ({
  kind: 'environment',
  name,
  required: true,
  secret: true,
  defaultValue: null,
  description: null,
  source: 'README.md',
  ...more,
});

const ADD = [{ name: 'add', description: 'Adds two numbers.' }];

describe('a server on stdio', () => {
  test('works when it lists its tools, and the revision it offers is taken', async () => {
    expect(await bench.probe({ script: stdioServer(PLAIN) })).toMatchObject({
      status: 'works',
      era: 'initialize',
      protocolVersion: '2025-06-18',
      transport: { kind: 'stdio' },
      tools: ADD,
      missing: [],
      reason: null,
      serverInfo: { name: 'tiny', version: '1.2' },
      start: 0,
    });
  });

  test('works when it speaks only the revision of 2026-07-28', async () => {
    expect(await bench.probe({ script: stdioServer(MODERN) })).toMatchObject({
      status: 'works',
      era: 'discover',
      protocolVersion: '2026-07-28',
      tools: ADD,
      serverInfo: { name: 'modern', version: '3' },
    });
  });

  test.each([
    ['that ends on any message it does not know', STRICT],
    ['that writes text, colours, other JSON and endless lines between its messages', NOISY],
    ['that asks questions itself', ASKING],
  ])('works %s', async (_, script) => {
    const { status, tools } = await bench.probe({ script: stdioServer(script) });
    expect({ status, tools }).toEqual({ status: 'works', tools: ADD });
  });

  test('works when it is slow to start', async () => {
    const script = stdioServer(`setTimeout(() => { ${PLAIN} }, 4000);`);
    expect(await bench.probe({ script })).toMatchObject({ status: 'works', tools: ADD });
  });

  test('gets a network when it fails for want of one, and that is said', async () => {
    const script = stdioServer(`
      if (Object.keys(require('os').networkInterfaces()).some((name) => name !== 'lo')) { ${PLAIN} }
      else { console.error('Error: getaddrinfo EAI_AGAIN api.example.com'); process.exit(1); }`);
    const { status, reason, tools } = await bench.probe({ script });
    expect({ status, tools }).toEqual({ status: 'works', tools: ADD });
    expect(reason).toContain('network');
  });

  test('gives no more than a thousand tools, with cut names in plain text', async () => {
    const { status, tools } = await bench.probe({ script: stdioServer(PAGES) });
    expect(status).toBe('works');
    expect(tools).toHaveLength(1000);
    expect(tools[0]?.name).toMatch(/^tool_0_0 n+…$/);
    expect(tools[0]?.name).toHaveLength(128);
    expect(tools[0]?.description).toBeNull();
  });

  test('has no network', async () => {
    const script = stdioServer(
      `if (Object.keys(require('os').networkInterfaces()).some((name) => name !== 'lo')) process.exit(9); ${PLAIN}`,
    );
    expect(await bench.probe({ script })).toMatchObject({ status: 'works' });
  });

  test('works and says so when it lists no tools', async () => {
    const script = stdioServer(`TOOLS.length = 0; ${PLAIN}`);
    expect(await bench.probe({ script })).toMatchObject({
      status: 'works',
      tools: [],
      reason: 'It answers, and lists no tools.',
    });
  });

  test('needs configuration when it lists no tools and lacks what it needs', async () => {
    const script = stdioServer(`TOOLS.length = 0; ${PLAIN}`);
    expect(await bench.probe({ script, inputs: [input('WIKI_TOKEN')] })).toMatchObject({
      status: 'needs_config',
      missing: ['WIKI_TOKEN'],
      reason: 'WIKI_TOKEN is missing: it answers, and lists no tools.',
    });
  });
});

describe('a server on HTTP', () => {
  test.each([
    ['JSON and a session', HTTP_JSON, '/mcp'],
    ['events, behind a redirect', HTTP_EVENTS, '/mcp'],
    ['another path than declared', HTTP_JSON, '/api'],
  ])('works with %s', async (_, script, path) => {
    const result = await bench.probe({ script: httpServer(script), ...http(path) });
    expect(result).toMatchObject({
      status: 'works',
      era: 'initialize',
      tools: ADD,
      transport: { kind: 'http', port: 8000, path: '/mcp' },
    });
  });

  test('works with the older events, and is asked nowhere else', async () => {
    const starts = [startOf(NODE, { transport: { kind: 'sse', port: 8000, path: '/sse' } })];
    expect(await bench.probe({ script: httpServer(LEGACY_SSE), starts })).toMatchObject({
      status: 'works',
      tools: ADD,
      transport: { kind: 'sse', path: '/sse' },
      reason: null,
    });
  });

  test('works when it was taken for one on stdio, and says so', async () => {
    expect(await bench.probe({ script: httpServer(HTTP_JSON) })).toMatchObject({
      status: 'works',
      tools: ADD,
      transport: { kind: 'http', port: 8000, path: '/mcp' },
      reason: 'It serves HTTP on port 8000, path /mcp, and not stdio.',
    });
  });

  test('is broken when only its own container reaches it', async () => {
    const script = httpServer(HTTP_JSON.replace('0.0.0.0', '127.0.0.1'));
    expect(await bench.probe({ script, ...http() })).toMatchObject({
      status: 'broken',
      reason:
        "It listens on port 8000 of the container's loopback address only, which a published port does not reach: it has to listen on 0.0.0.0.",
    });
  });

  test('is unsupported when it serves something else', async () => {
    const script = httpServer(
      `serve(8000, '0.0.0.0', (request, response) => response.end('<h1>Shop</h1>'));`,
    );
    expect(await bench.probe({ script, ...http() })).toMatchObject({
      status: 'unsupported',
      reason: 'It does not speak MCP over HTTP: it answered with status 200: "<h1>Shop</h1>".',
    });
  });

  test('is broken when nothing listens on its port', async () => {
    const script = 'setInterval(() => {}, 1000)';
    expect(await bench.probe({ script, ...http(), timeoutMs: 1500 })).toMatchObject({
      status: 'broken',
      reason: 'Nothing takes connections on port 8000 of the container.',
    });
  });
});

describe('what a server lacks', () => {
  test.each([
    ['names a variable', 'console.error("Error: NOTION_TOKEN is required"); process.exit(1)'],
    ['names it on stdout', 'console.log("Please set NOTION_TOKEN"); process.exit(0)'],
    [
      'stays, and has named it',
      'console.error("NOTION_TOKEN not set"); setInterval(() => {}, 1e6)',
    ],
  ])('is told when it %s', async (_, script) => {
    const result = await bench.probe({ script, timeoutMs: 2000 });
    expect(result).toMatchObject({ status: 'needs_config', missing: ['NOTION_TOKEN'] });
  });

  test.each([
    ['a KeyError', "import os\nos.environ['LINEAR_KEY']", ['LINEAR_KEY']],
    ['a None', "import os\nport = int(os.getenv('API_PORT'))", ['API_PORT']],
    [
      'argparse',
      "import argparse\np = argparse.ArgumentParser()\np.add_argument('--dsn', required=True)\np.add_argument('folder')\np.parse_args()",
      ['--dsn', 'folder'],
    ],
  ])('is told from %s of Python', async (_, script, missing) => {
    expect(await bench.probe({ script, ...PYTHON })).toMatchObject({
      status: 'needs_config',
      missing,
    });
  });

  test('is what the repository declares when it ends in silence with exit code 0', async () => {
    const inputs = [input('A_KEY'), input('B_KEY', { required: false })];
    expect(await bench.probe({ script: 'process.exit(0)', inputs })).toMatchObject({
      status: 'needs_config',
      missing: ['A_KEY'],
      reason: 'A_KEY is missing: it ended with exit code 0 before it answered, and wrote nothing.',
    });
  });

  test('is nothing once it is given, and its value is in no text of the result', async () => {
    const secret = 'swordfish-4711';
    const needsKey = `if (!process.env.A_KEY) { console.error('A_KEY is required'); process.exit(1); }
      console.error('using ' + process.env.A_KEY); TOOLS[0].description = process.env.A_KEY; ${PLAIN}`;
    const result = await bench.probe({
      script: stdioServer(needsKey),
      inputs: [input('A_KEY')],
      environment: { A_KEY: secret },
    });
    expect(result).toMatchObject({ status: 'works', stderrTail: 'using ***' });
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  test('are arguments, and the ones given replace those of the start', async () => {
    const needsFolder = `if (process.argv[2] !== '/data') { console.error('Usage: tiny <directory>'); process.exit(1); } ${PLAIN}`;
    const starts = [startOf(NODE, { args: ['stdio'] })];
    const script = stdioServer(needsFolder);
    const bare = await bench.probe({ script, starts: [startOf(NODE)] });
    expect(bare).toMatchObject({ status: 'needs_config', missing: ['directory'] });
    expect(await bench.probe({ script, starts, args: ['/data'] })).toMatchObject({
      status: 'works',
    });
  });
});

describe('an image that does not serve', () => {
  test.each([
    [
      'a missing module',
      "require('nowhere')",
      'broken',
      "It ended with exit code 1 before it answered: Error: Cannot find module 'nowhere'",
    ],
    [
      'a notice and a good end',
      "console.log('This is a stub.')",
      'unsupported',
      'It printed "This is a stub." and ended with exit code 0: it does not serve MCP.',
    ],
    [
      'nothing at all',
      'setInterval(() => {}, 1000)',
      'broken',
      'It did not answer initialize within 1.5 s.',
    ],
  ])('is told apart: %s', async (_, script, status, reason) => {
    const inputs = status === 'broken' && reason.includes('module') ? [input('A_KEY')] : [];
    const result = await bench.probe({
      script,
      inputs,
      timeoutMs: 1500 * (reason.includes('1.5') ? 1 : 10),
    });
    expect(result).toMatchObject({ status, reason, tools: [], missing: [] });
  });

  test('is broken when its program is not there', async () => {
    const result = await bench.probe({ starts: [startOf(['/srv/nowhere'])] });
    expect(result).toMatchObject({
      status: 'broken',
      reason: 'The container could not start: "/srv/nowhere" is not found.',
    });
  });

  test('is broken when it runs out of memory', async () => {
    const script = 'const a = []; for (;;) a.push(Buffer.alloc(50_000_000, 1))';
    expect(await bench.probe({ script })).toMatchObject({
      status: 'broken',
      reason: 'It ran out of memory.',
    });
  });

  test('is left alone when it floods, breaks UTF-8, nests deeply and forks', async () => {
    const script = `for (let i = 0; i < 3; i++) require('child_process').spawn('sleep', ['600']);
      const junk = Buffer.concat([Buffer.alloc(1e6, 0xff), Buffer.from('\\n' + '['.repeat(1e5) + '\\n')]);
      const more = () => { while (process.stdout.write(junk)); process.stdout.once('drain', more); }; more();`;
    const result = await bench.probe({ script });
    expect(result).toMatchObject({ status: 'unsupported' });
    expect(Buffer.byteLength(result.stderrTail)).toBeLessThanOrEqual(4096);
  });
});

describe('several starts', () => {
  const works = startOf(NODE);
  const fails = startOf(['node', '-e', 'process.exit(3)']);
  const lacks = startOf(['node', '-e', 'console.error("A_KEY is missing"); process.exit(1)']);

  test('are tried in order until one works', async () => {
    const result = await bench.probe({ script: stdioServer(PLAIN), starts: [fails, works, lacks] });
    expect(result).toMatchObject({ status: 'works', start: 1 });
    expect(result.tried.map(({ status }) => status)).toEqual(['broken', 'works']);
  });

  test('end with what is missing rather than with what is broken', async () => {
    const result = await bench.probe({ starts: [fails, lacks, fails] });
    expect(result).toMatchObject({ status: 'needs_config', start: 1, missing: ['A_KEY'] });
    expect(result.tried).toHaveLength(3);
  });

  test('stop with the reason of the signal, and leave no container', async () => {
    const ended = new AbortController();
    const reason = new Error('enough');
    const script = 'setInterval(() => {}, 1000)';
    const probing = bench.probe({ script }, ended.signal);
    const outcome = probing.catch((error: unknown) => error);
    await vi.waitFor(async () => expect(await bench.running()).toHaveLength(1), 20_000);
    ended.abort(reason);
    expect(await outcome).toBe(reason);
  });
});

import { describe, expect, it } from 'vitest';
import { describeDockerfile } from '../../../src/detection/own-dockerfile/describe-dockerfile.js';
import { findOwnDockerfile } from '../../../src/detection/own-dockerfile/find.js';
import { memoryTree } from '../../support/memory-tree.js';

const PREPARES = JSON.stringify({
  scripts: { prepare: 'npm run build', build: 'tsc && shx chmod +x dist/*.js' },
  devDependencies: { typescript: '5' },
});
const OLD_API = 'from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("x")\n';

async function defects(files: Record<string, string>): Promise<readonly string[]> {
  return (await findOwnDockerfile(memoryTree(files), '.'))?.defects ?? ['none found'];
}

describe('findOwnDockerfile', () => {
  it.each<[string, Record<string, string>, string, readonly [string, string] | undefined]>([
    [
      'in the folder',
      { 'a/Dockerfile': 'FROM x', Dockerfile: 'FROM y' },
      'a',
      ['a/Dockerfile', 'a'],
    ],
    [
      'at the root, when it is about the folder',
      { 'a/b/x.js': '', Dockerfile: 'FROM y\nCOPY a/b ./' },
      'a/b',
      ['Dockerfile', '.'],
    ],
    ['none of another folder', { 'a/x.js': '', Dockerfile: 'FROM y\nCOPY b ./' }, 'a', undefined],
    [
      'in docker/',
      { 'docker/Dockerfile': 'FROM y\nCOPY src .', 'src/x.py': '' },
      '.',
      ['docker/Dockerfile', '.'],
    ],
    [
      'none for development',
      {
        '.devcontainer/Dockerfile': 'FROM y',
        'Dockerfile.dev': 'FROM y',
        'tests/Dockerfile': 'FROM x',
      },
      '.',
      undefined,
    ],
    [
      'with the root as context, when it copies from there',
      {
        'src/a/Dockerfile': 'FROM x\nCOPY src/a /app\nCOPY tsconfig.json /',
        'src/a/i.ts': '',
        'tsconfig.json': '',
      },
      'src/a',
      ['src/a/Dockerfile', '.'],
    ],
    [
      'with a folder between as context',
      { 'p/a/docker/Dockerfile': 'FROM x\nCOPY a/i.ts /', 'p/a/i.ts': '' },
      'p/a',
      ['p/a/docker/Dockerfile', 'p'],
    ],
    [
      'with its own folder, when a bind mount is there',
      {
        'a/Dockerfile':
          'FROM x\nRUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync\nADD . /app',
        'a/uv.lock': '',
      },
      'a',
      ['a/Dockerfile', 'a'],
    ],
  ])('finds it %s', async (_what, files, target, expected) => {
    const found = await findOwnDockerfile(memoryTree(files), target);
    expect(found === null ? undefined : [found.path, found.context]).toEqual(expected);
  });

  it('names the images it needs, with defaults of ARG and without its own stages', async () => {
    const text =
      'ARG V=22\nFROM node:${V}-slim AS b\nFROM b AS c\nFROM unused:1 AS u\nFROM scratch\nCOPY --from=c /x /x';
    expect((await findOwnDockerfile(memoryTree({ Dockerfile: text }), '.'))?.bases).toEqual([
      'node:22-slim',
    ]);
  });

  it.each<[string, string, unknown]>([
    ['nothing', 'CMD ["node","x"]', { kind: 'stdio' }],
    ['EXPOSE alone', 'EXPOSE 3000\nCMD ["node","x"]', { kind: 'stdio' }],
    [
      'EXPOSE and PORT',
      'ENV PORT=8080\nEXPOSE 8080\nCMD ["node","x"]',
      { kind: 'http', port: 8080, path: '/mcp' },
    ],
    [
      'a health check',
      'EXPOSE 8844\nHEALTHCHECK CMD curl http://localhost:8844/x\nCMD ["s"]',
      { kind: 'http', port: 8844, path: '/mcp' },
    ],
    [
      'a transport option',
      'CMD ["s","--transport","sse","--port","9000"]',
      { kind: 'sse', port: 9000, path: '/sse' },
    ],
    [
      'a transport variable',
      'ENV MCP_TRANSPORT=streamable-http\nEXPOSE 7000\nCMD ["s"]',
      { kind: 'http', port: 7000, path: '/mcp' },
    ],
    [
      'stdio over a variable',
      'ENV MCP_TRANSPORT=http PORT=1\nEXPOSE 1\nCMD ["s","stdio"]',
      { kind: 'stdio' },
    ],
    [
      'uvicorn in a shell form',
      'CMD uvicorn app:app --host 0.0.0.0 --port 8001',
      { kind: 'http', port: 8001, path: '/mcp' },
    ],
  ])('reads the transport from %s', async (_what, rest, expected) => {
    const found = await findOwnDockerfile(memoryTree({ Dockerfile: `FROM x\n${rest}` }), '.');
    expect(found?.transport).toEqual(expected);
  });
});

describe('defects', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['dist of the host', { Dockerfile: 'FROM node:22\nCOPY dist ./dist' }, /copies dist/],
    [
      'node_modules of the host',
      { Dockerfile: 'FROM node:22\nCOPY node_modules .' },
      /copies node_modules/,
    ],
    [
      'corepack on a floating tag',
      { Dockerfile: 'FROM node:lts-alpine\nRUN corepack enable && x' },
      /corepack, which node:lts-alpine/,
    ],
    ['corepack on Node 26', { Dockerfile: 'FROM node:26\nRUN corepack enable' }, /corepack/],
    [
      'npm ci before the sources',
      {
        Dockerfile: 'FROM node:22\nCOPY package*.json ./\nRUN npm ci\nCOPY . .',
        'package.json': PREPARES,
      },
      /prepare script \(tsc\)/,
    ],
    [
      'pip install of an uncapped mcp',
      {
        Dockerfile: 'FROM python:3\nCOPY . .\nRUN pip install .',
        'pyproject.toml': '[project]\ndependencies = ["mcp[cli]>=1.2"]\n',
        's.py': OLD_API,
      },
      /mcp 2/,
    ],
    [
      'requirements with an uncapped mcp',
      {
        Dockerfile: 'FROM python:3\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt',
        'requirements.txt': 'httpx\nmcp>=1.6.0 # sdk\n',
        's.py': OLD_API,
      },
      /mcp 2/,
    ],
    [
      'uv run without an environment',
      { Dockerfile: 'FROM python:3\nCOPY . .\nCMD ["uv","run","s.py"]' },
      /every dependency/,
    ],
    [
      'npx of another package',
      { Dockerfile: 'FROM node:22\nCMD ["npx","-y","@a/b@1"]' },
      /npx @a\/b, downloads/,
    ],
    ['uvx', { Dockerfile: 'FROM x\nENTRYPOINT ["uvx","some-server"]' }, /uvx some-server/],
    ['a heredoc without an end', { Dockerfile: 'FROM x\nRUN <<EOF\n' }, /has no end/],
  ])('tells %s', async (_what, files, expected) => {
    expect((await defects(files)).join(' ')).toMatch(expected);
  });

  it.each<[string, Record<string, string>]>([
    [
      'dist of a build stage',
      { Dockerfile: 'FROM node:22 AS b\nFROM node:22\nCOPY --from=b /app/dist ./dist' },
    ],
    [
      'dist in a stage that is not built',
      { Dockerfile: 'FROM a AS dev\nCOPY dist .\nFROM node:22\nCMD ["x"]' },
    ],
    ['a committed dist', { Dockerfile: 'FROM node:22\nCOPY dist ./dist', 'dist/i.js': '' }],
    ['a pattern that matches nothing', { Dockerfile: 'FROM node:22\nCOPY yarn.lock* ./' }],
    ['a file that may be a link', { Dockerfile: 'FROM node:22\nCOPY README.md LICENSE ./' }],
    ['corepack on Node 22', { Dockerfile: 'FROM node:22-alpine\nRUN corepack enable' }],
    [
      'corepack that is installed first',
      { Dockerfile: 'FROM node:lts\nRUN npm install -g corepack && corepack enable' },
    ],
    [
      'npm ci with --ignore-scripts',
      {
        Dockerfile: 'FROM node:22\nCOPY package*.json ./\nRUN npm ci --ignore-scripts\nCOPY . .',
        'package.json': PREPARES,
      },
    ],
    [
      'npm ci behind the sources',
      { Dockerfile: 'FROM node:22\nCOPY . .\nRUN npm ci', 'package.json': PREPARES },
    ],
    [
      'npm ci behind the src folder',
      {
        Dockerfile: 'FROM node:22\nCOPY package*.json tsconfig.json ./\nCOPY src src\nRUN npm ci',
        'package.json': PREPARES,
        'src/i.ts': '',
        'tsconfig.json': '',
      },
    ],
    [
      'a prepare that may fail',
      {
        Dockerfile: 'FROM node:22\nCOPY package*.json ./\nRUN npm ci\nCOPY . .',
        'package.json': JSON.stringify({ scripts: { prepare: 'tsc || true' } }),
      },
    ],
    [
      'a capped mcp',
      {
        Dockerfile: 'FROM python:3\nCOPY . .\nRUN pip install .',
        'pyproject.toml': '[project]\ndependencies = ["mcp>=1.2,<2"]\n',
        's.py': OLD_API,
      },
    ],
    [
      'an uncapped mcp under a lock',
      {
        Dockerfile: 'FROM python:3\nCOPY . .\nRUN uv sync --frozen',
        'pyproject.toml': '[project]\ndependencies = ["mcp"]\n',
        's.py': OLD_API,
      },
    ],
    [
      'an uncapped mcp whose new API is used',
      {
        Dockerfile: 'FROM python:3\nCOPY . .\nRUN pip install .',
        'pyproject.toml': '[project]\ndependencies = ["mcp"]\n',
        's.py': 'from mcp.server.mcpserver import MCPServer',
      },
    ],
    [
      'an uncapped mcp that fastmcp may cap',
      {
        Dockerfile: 'FROM python:3\nCOPY . .\nRUN pip install .',
        'pyproject.toml': '[project]\ndependencies = ["mcp", "fastmcp<3"]\n',
        's.py': OLD_API,
      },
    ],
    [
      'uv run behind uv sync',
      { Dockerfile: 'FROM python:3\nRUN uv sync --frozen\nCMD ["uv","run","s.py"]' },
    ],
    ['uv run --no-sync', { Dockerfile: 'FROM python:3\nCMD ["uv","run","--no-sync","s.py"]' }],
    [
      'npx of an installed package',
      { Dockerfile: 'FROM node:22\nRUN npm i -g @a/b\nCMD ["npx","-y","@a/b"]' },
    ],
  ])('has nothing against %s', async (_what, files) => {
    expect(await defects(files)).toEqual([]);
  });
});

describe('describeDockerfile', () => {
  const tree = memoryTree({ 'x/my.file': 'FROM a\nCOPY y /', 'x/y': '', empty: '# no\n' });

  it('takes the context that it is given', async () => {
    expect(await describeDockerfile(tree, 'x/my.file', 'x')).toMatchObject({
      path: 'x/my.file',
      context: 'x',
      bases: ['a'],
    });
  });

  it('says why a file is none, and knows when there is no file', async () => {
    expect((await describeDockerfile(tree, 'empty'))?.defects).toEqual([
      'The file has no instructions.',
    ]);
    expect(await describeDockerfile(tree, 'nothing')).toBeUndefined();
  });

  it('ends in a moment on hostile texts', async () => {
    const files = {
      a: `FROM x\nRUN ${'npm i '.repeat(5000)}`,
      b: `FROM x\n${'RUN pip install -r \\\n'.repeat(40_000)}`,
      c: `FROM x\nCOPY ${'../'.repeat(10_000)} /\nRUN corepack ${'pip install . '.repeat(2000)}`,
      'pyproject.toml': 'dependencies = [\n'.repeat(50_000),
    };
    for (const path of ['a', 'b', 'c']) {
      expect(await describeDockerfile(memoryTree(files), path)).toMatchObject({ path });
    }
  }, 10_000);
});

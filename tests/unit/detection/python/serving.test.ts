import { describe, expect, test } from 'vitest';
import { fastServer, find, flat, hatchling, packaged, plan, type Files } from './projects.js';

describe('the transport', () => {
  const served = (source: string) =>
    plan({ 'requirements.txt': 'mcp\nfastmcp\ntyper\n', 'server.py': source });
  const start = 'import os\nfrom fastmcp import FastMCP\nmcp = FastMCP("x")\n';

  test('is HTTP with its port and path when nothing else is offered', async () => {
    const found = await served(
      `${start}if __name__ == "__main__":\n    mcp.run(transport="streamable-http", host=os.getenv("APP_HOST", "127.0.0.1"), port=9001, path="/api")\n`,
    );
    expect(found.transport).toEqual({ kind: 'http', port: 9001, path: '/api' });
    expect(found.environment).toMatchObject({ APP_HOST: '0.0.0.0', FASTMCP_HOST: '0.0.0.0' });
  });

  test.each([
    [
      'a subcommand',
      `import typer\n${start}app = typer.Typer()\n@app.command()\ndef sse():\n    mcp.run(transport="sse")\n@app.command()\ndef stdio():\n    mcp.run()\nif __name__ == "__main__":\n    app()\n`,
      ['stdio'],
      {},
    ],
    [
      'an option',
      `import argparse\n${start}if __name__ == "__main__":\n    p = argparse.ArgumentParser()\n    p.add_argument("--transport", choices=["stdio", "sse"], default="sse")\n    mcp.run(transport=p.parse_args().transport)\n`,
      ['--transport', 'stdio'],
      {},
    ],
    [
      'a variable',
      `${start}if __name__ == "__main__":\n    mcp.run(transport=os.getenv("MCP_TRANSPORT", "sse"))\n`,
      [],
      { MCP_TRANSPORT: 'stdio' },
    ],
    ['nothing', `${start}if __name__ == "__main__":\n    mcp.run()\n`, [], {}],
  ])('is stdio, asked for by %s', async (_name, source, args, environment) => {
    const found = await served(source);
    expect(found.transport).toEqual({ kind: 'stdio' });
    expect(found.args).toEqual(args);
    expect(found.environment).toEqual(environment);
  });
});

describe('inputs', () => {
  test('are read from the source, required and secret as it treats them', async () => {
    const found = await plan({
      ...flat,
      'server.py': `import os, argparse\nKEY = os.environ["DEMO_API_KEY"]\nURL = os.getenv("DEMO_URL", "http://x")\np = argparse.ArgumentParser()\np.add_argument("--token", required=True)\n${fastServer}`,
    });
    expect(found.inputs).toMatchObject([
      { kind: 'environment', name: 'DEMO_API_KEY', required: true, secret: true },
      { kind: 'environment', name: 'DEMO_URL', required: false, defaultValue: 'http://x' },
      { kind: 'argument', name: '--token', required: true, secret: true },
    ]);
  });
});

describe('a version that comes from git', () => {
  test.each([
    ['hatch-vcs', 'SETUPTOOLS_SCM_PRETEND_VERSION'],
    ['setuptools-scm>=8', 'SETUPTOOLS_SCM_PRETEND_VERSION'],
    ['uv-dynamic-versioning', 'UV_DYNAMIC_VERSIONING_BYPASS'],
    ['poetry-dynamic-versioning', 'POETRY_DYNAMIC_VERSIONING_BYPASS'],
  ])('%s is told it, in the step that builds the project only', async (tool, variable) => {
    const files = {
      ...packaged,
      'pyproject.toml': (packaged['pyproject.toml'] ?? '')
        .replace('version = "0.1.0"', 'dynamic = ["version"]')
        .replace('"hatchling"]', `"hatchling", "${tool}"]`),
    };
    const tagged = await plan(files, { gitVersion: '1.4.2' });
    expect(tagged.build[0]?.environment).toEqual({ [variable]: '1.4.2' });
    expect(tagged.install[0]?.environment).toBeUndefined();
    const hostile = await plan(files, { gitVersion: '"; rm -rf /' });
    expect(hostile.build[0]?.environment).toEqual({ [variable]: '0.0.0' });
  });
});

describe('what is no server', () => {
  test.each([
    ['a client', { 'client.py': 'from mcp.client.stdio import stdio_client\n' }, 'MCP client'],
    [
      'a library',
      { 'demo/__init__.py': 'from mcp.server import Server\ndef add(s: Server): ...\n' },
      'library',
    ],
    ['a stub', { 'demo/__init__.py': 'print("moved")\n' }, 'no file of it imports'],
  ])('%s is refused with a sentence', async (_name, sources, reason) => {
    const manifest = `[project]\nname = "demo"\nversion = "1"\n${hatchling}`;
    const found = await find({ 'pyproject.toml': manifest, ...sources });
    expect(found?.kind).toBe('not_a_server');
    expect(found?.kind === 'not_a_server' ? found.reason : '').toContain(reason);
  });

  test.each<[string, Files]>([
    ['no Python', { 'package.json': '{}' }],
    ['settings of tools only', { 'pyproject.toml': '[tool.ruff]\nline-length = 100\n' }],
    ['a script of something else', { 'build.py': 'print(1)\n' }],
  ])('a folder with %s is left to others', async (_name, files) => {
    expect(await find(files)).toBeUndefined();
  });
});

describe('hostile input', () => {
  test('never becomes an option or a command', async () => {
    const found = await plan({
      'pyproject.toml': `[project]\nname = "\\"; rm -rf /"\nversion = "1"\ndependencies = ["--index-url=http://evil", "-e /", "mcp"]\n[project.optional-dependencies]\n"--x" = ["httpx"]\n[project.scripts]\n"../../evil" = "demo:main"\n"a b; rm" = "demo:main"\n"ok" = "demo:main"\n${hatchling}[tool.hatch.build.targets.wheel]\npackages = ["demo"]\n`,
      'demo/__init__.py': `import httpx\n${fastServer}`,
    });
    expect(found.start).toEqual(['/app/.venv/bin/ok']);
    const words = [...found.install, ...found.build].flatMap((step) => step.run);
    expect(words.filter((word) => /evil|rm -rf|--x/.test(word))).toEqual([]);
    expect(found.metadata.name).toBe('"; rm -rf /');
  });

  test.each([
    ['broken TOML', { 'pyproject.toml': '[project\nname=', 'server.py': fastServer }],
    ['a broken lock', { ...packaged, 'uv.lock': '<<<<<<< HEAD' }],
    ['names of built-ins', { ...flat, 'requirements.txt': 'constructor\n__proto__\nmcp\n' }],
  ])('%s still gives a plan', async (_name, files) => {
    expect((await plan(files)).start.length).toBeGreaterThan(0);
  });
});

test('the same files give the same plan', async () => {
  const reversed = Object.fromEntries(Object.entries(packaged).toReversed());
  expect(await plan(reversed)).toEqual(await plan(packaged));
});

import { describe, expect, test } from 'vitest';
import type { HintedStart } from '../../../../src/detection/source-tree.js';
import {
  fastServer,
  flat,
  hatchling,
  lines,
  packaged,
  plan,
  uvLock,
  type Files,
} from './projects.js';

describe('a project with uv.lock', () => {
  test('is installed from the lock before its sources, as a wheel without them', async () => {
    const found = await plan(packaged);
    expect(found.start).toEqual(['/app/.venv/bin/demo-mcp']);
    expect(found.transport).toEqual({ kind: 'stdio' });
    expect(found.manifests).toEqual(['pyproject.toml', 'uv.lock']);
    expect(lines(found.install)[0]).toMatch(/^uv sync --frozen .*--no-install-project$/);
    expect(lines(found.build)[0]).toMatch(/^uv sync --frozen .*--no-editable$/);
    expect(found.outputs).toEqual([{ from: '/app/.venv', to: '/app/.venv' }]);
    expect(found.bases[0]?.run).toBe('python:3.13-slim');
  });

  test('keeps its sources in the image when the server reads files above its package', async () => {
    const source = `${fastServer}\nfrom pathlib import Path\nROOT = Path(__file__).parent.parent.parent\n`;
    const found = await plan({ ...packaged, 'src/demo_mcp/server.py': source });
    expect(found.outputs).toEqual([{ from: '/app', to: '/app' }]);
    expect(lines(found.build)[0]).not.toContain('--no-editable');
  });

  test('is completed by uv when the lock lacks a requirement', async () => {
    const found = await plan({ ...packaged, 'uv.lock': uvLock('demo-mcp', ['httpx']) });
    expect(lines(found.install)[0]).not.toContain('--frozen');
    expect(found.manifests).toEqual([]);
  });

  test('runs a flat script beside a pyproject without a build system', async () => {
    const found = await plan({
      'pyproject.toml': '[project]\nname = "flat"\nversion = "0.1.0"\ndependencies = ["mcp"]\n',
      'server.py': fastServer,
      'uv.lock': uvLock('flat', ['mcp']),
    });
    expect(found.start).toEqual(['/app/.venv/bin/python', '/app/server.py']);
    expect(found.build).toEqual([]);
    expect(found.outputs).toEqual([{ from: '/app', to: '/app' }]);
  });

  test('of a workspace builds in the root and installs only its member', async () => {
    const member = (path: string) => packaged[path] ?? '';
    const files: Files = {
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
      'packages/demo/pyproject.toml': member('pyproject.toml'),
      'packages/demo/src/demo_mcp/__init__.py': member('src/demo_mcp/__init__.py'),
      'packages/demo/src/demo_mcp/server.py': fastServer,
      'uv.lock': uvLock('demo-mcp', ['mcp']),
    };
    const found = await plan(files, { folder: 'packages/demo' });
    expect(found.workspaceRoot).toBe('.');
    expect(found.target).toBe('packages/demo');
    expect(found.manifests).toEqual(['packages/demo/pyproject.toml', 'pyproject.toml', 'uv.lock']);
    expect(lines(found.install)[0]).toContain('--package demo-mcp --no-install-workspace');
    expect(found.install[0]?.folder).toBe('packages/demo');
  });
});

describe('a project with poetry.lock', () => {
  const poetry: Files = {
    'pyproject.toml':
      '[tool.poetry]\nname = "demo"\nversion = "1.0.0"\n[tool.poetry.dependencies]\npython = "^3.12"\nmcp = "^1.6.0"\n[tool.poetry.scripts]\ndemo = "demo.server:main"\n[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n',
    'poetry.toml': '[virtualenvs]\ncreate = false\n',
    'poetry.lock':
      '[[package]]\nname = "mcp"\nversion = "1.6.0"\ngroups = ["main"]\nfiles = [{file = "mcp-1.6.0-py3-none-any.whl", hash = "sha256:0"}]\n',
    'demo/__init__.py': '',
    'demo/server.py': fastServer,
  };

  test('is installed by poetry, and by its pins when poetry refuses', async () => {
    const found = await plan(poetry);
    expect(found.packageManager.name).toBe('poetry');
    expect(found.install[1]?.run).toEqual(['poetry', 'install', '--only', 'main', '--no-root']);
    expect(found.install[1]?.otherwise).toContain('mcp==1.6.0');
    expect(found.buildEnvironment['POETRY_VIRTUALENVS_CREATE']).toBe('true');
    expect(found.languageVersion.constraint).toBe('>=3.12,<4');
    expect(found.start).toEqual(['/app/.venv/bin/demo']);
  });

  test('uses uv.lock when both are there and uv.lock is in step', async () => {
    const found = await plan({ ...poetry, 'uv.lock': uvLock('demo', ['mcp']) });
    expect(found.lockfile).toBe('uv.lock');
  });
});

describe('a project without a lock', () => {
  test('is resolved as of its commit, else below the majors that removed the old API', async () => {
    const found = await plan(flat, { commitDate: '2025-04-26T10:00:00+00:00' });
    const step = found.install[1];
    expect(step?.run.join(' ')).toContain('--exclude-newer 2025-04-26 -r requirements.txt');
    expect(step?.otherwise?.join(' ')).toMatch(/-r requirements\.txt mcp<2$/);
    expect(found.packageManager.name).toBe('pip');
  });

  test('is capped at once when the date of its commit is not known', async () => {
    const found = await plan(flat);
    expect(found.install[1]?.run).toContain('mcp<2');
    expect(found.evidence.map((one) => one.reason).join(' ')).toContain('with mcp<2');
  });

  test('is not capped when it asks for the new major itself', async () => {
    const found = await plan({
      'requirements.txt': 'mcp>=2.0\n',
      'server.py': fastServer
        .replace('mcp.server.fastmcp import FastMCP', 'mcp.server import MCPServer')
        .replace('FastMCP(', 'MCPServer('),
    });
    expect(found.install[1]?.run).not.toContain('mcp<2');
  });

  test('takes the console script of setup.py', async () => {
    const found = await plan({
      'setup.py': `from setuptools import setup\nsetup(name="demo", install_requires=["mcp"], entry_points={"console_scripts": ["demo-server=demo.server:main", "demo-install=demo.install:main"]})\n`,
      'demo/__init__.py': '',
      'demo/server.py': fastServer,
      'demo/install.py': 'def main():\n    print("installed")\n',
    });
    expect(found.start).toEqual(['/app/.venv/bin/demo-server']);
    expect(found.rejected.map((one) => one.value)).toContain('demo-install');
    expect(lines(found.build)[0]).toMatch(/uv pip install .* \. mcp<2$/);
  });

  test('adds the extra that alone brings what the server imports', async () => {
    const found = await plan({
      ...packaged,
      'uv.lock': '',
      'pyproject.toml': (packaged['pyproject.toml'] ?? '')
        .replace('dependencies = ["mcp>=1.1"]', 'dependencies = []')
        .replace(
          '[project.scripts]',
          '[project.optional-dependencies]\nserver = ["mcp"]\ndev = ["pytest"]\n[project.scripts]',
        ),
    });
    expect(lines(found.install)[1]).toContain('-r pyproject.toml --extra server');
  });

  test('installs what a lone script imports, or what its inline metadata lists', async () => {
    expect((await plan({ 'server.py': `import httpx\n${fastServer}` })).install[1]?.run).toEqual(
      expect.arrayContaining(['httpx', 'mcp']),
    );
    const inline = `# /// script\n# dependencies = ["mcp==1.4.0"]\n# ///\n${fastServer}`;
    expect((await plan({ 'server.py': inline })).install[1]?.run).toContain('mcp==1.4.0');
  });
});

describe('the entry', () => {
  test.each([
    [
      'the script that reaches a server',
      'demo-client = "demo.client:main"\ndemo-run = "demo.server:main"',
      '/app/.venv/bin/demo-run',
    ],
    [
      'the script named like the project',
      'other = "demo.server:main"\ndemo = "demo.server:main"',
      '/app/.venv/bin/demo',
    ],
  ])('is %s', async (_name, scripts, start) => {
    const found = await plan({
      'pyproject.toml': `[project]\nname = "demo"\nversion = "1"\ndependencies = ["mcp"]\n[project.scripts]\n${scripts}\n${hatchling}`,
      'demo/__init__.py': '',
      'demo/client.py': 'from mcp.client.stdio import stdio_client\ndef main():\n    pass\n',
      'demo/server.py': fastServer,
    });
    expect(found.start).toEqual([start]);
  });

  test('is the package itself when it has a __main__.py', async () => {
    const found = await plan({
      'pyproject.toml': `[project]\nname = "demo"\nversion = "1"\ndependencies = ["mcp"]\n${hatchling}`,
      'src/demo/__init__.py': '',
      'src/demo/__main__.py': 'from .server import main\nmain()\n',
      'src/demo/server.py': fastServer,
    });
    expect(found.start).toEqual(['/app/.venv/bin/python', '-m', 'demo']);
  });

  test('is the file that the README starts', async () => {
    const starts: HintedStart[] = [
      {
        command: 'uv',
        args: ['--directory', '/path/to/demo', 'run', 'weather.py'],
        environment: [],
        source: 'README.md',
        transport: null,
      },
    ];
    const files = { ...flat, 'weather.py': fastServer };
    expect((await plan(files)).start[1]).toBe('/app/server.py');
    expect((await plan(files, { hints: { starts, inputs: [] } })).start[1]).toBe('/app/weather.py');
  });

  test('of a server object that nothing runs is run for it', async () => {
    const found = await plan({
      'requirements.txt': 'fastmcp\n',
      'app.py': 'from fastmcp import FastMCP\nmcp = FastMCP("x")\n',
    });
    expect(found.start.slice(3)).toEqual(['/app/app.py', 'mcp']);
    expect(found.confidence).toBeLessThan(0.6);
  });
});

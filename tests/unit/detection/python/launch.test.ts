import { expect, test } from 'vitest';
import { launchOf } from '../../../../src/detection/python/launch.js';

test.each([
  ['uvx', ['demo-mcp', '--x'], 'script', 'demo-mcp'],
  ['uvx', ['--from', 'git+https://example.com/x', 'demo-mcp@latest'], 'script', 'demo-mcp'],
  ['uv', ['--directory', '/path/to', 'run', 'demo-mcp'], 'script', 'demo-mcp'],
  ['uv', ['run', '--with', 'mcp[cli]', 'mcp', 'run', 'server.py'], 'file', 'server.py'],
  ['uv', ['run', 'python', '-m', 'demo.server'], 'module', 'demo.server'],
  ['python', ['-m', 'demo'], 'module', 'demo'],
  ['/usr/bin/python3.12', ['/path/to/server.py', 'TOKEN'], 'file', '/path/to/server.py'],
  ['poetry', ['run', 'demo'], 'script', 'demo'],
])('%s %j starts the %s %s', (command, args, what, name) => {
  const launch = launchOf({ command, args, environment: [], source: 'README.md', transport: null });
  expect(launch).toMatchObject({ what, name });
});

test.each(['docker', 'npx', 'node', 'bash', ''])('%s starts nothing of Python', (command) => {
  const start = { command, args: ['x'], environment: [], source: 'README.md', transport: null };
  expect(launchOf(start)).toBeUndefined();
});

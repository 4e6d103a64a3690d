import { describe, expect, it } from 'vitest';
import { readHints } from '../../../src/detection/hints/read-hints.js';
import { isSecretName } from '../../../src/detection/support/secret-name.js';
import { memoryTree } from '../../support/memory-tree.js';

async function startsOf(files: Record<string, string>, folder = '.'): Promise<readonly string[]> {
  const { starts } = await readHints(memoryTree(files), folder);
  return starts.map(({ command, args, environment }) =>
    [command, ...args, ...environment.map((name) => `(${name})`)].join(' '),
  );
}

async function inputsOf(files: Record<string, string>): Promise<readonly string[]> {
  const { inputs } = await readHints(memoryTree(files), '.');
  return inputs.map(
    ({ name, required, secret, defaultValue }) =>
      `${name}${required ? ' required' : ''}${secret ? ' secret' : ''}${defaultValue === null ? '' : ` = ${defaultValue}`}`,
  );
}

const fenced = (language: string, text: string) => `# x\n\n\`\`\`${language}\n${text}\n\`\`\`\n`;

describe('starts', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'JSON',
      fenced(
        'json',
        '{"mcpServers":{"x":{"command":"npx","args":["-y","pkg","stdio"],"env":{"A":"b"}}}}',
      ),
      ['npx -y pkg stdio (A)'],
    ],
    [
      'JSON with comments, trailing commas and dots',
      fenced(
        'json',
        '{\n"mcpServers": {\n // c\n "x": {"command": "uvx", "args": ["pkg",],},\n ...\n}}',
      ),
      ['uvx pkg'],
    ],
    [
      'JSON without its outer braces',
      fenced('json', '"mcpServers": {"x": {"command": "uvx", "args": ["pkg"]}}'),
      ['uvx pkg'],
    ],
    [
      'JSON without its last braces',
      fenced('json', '{"mcpServers": {"x": {"command": "uvx", "args": ["pkg"]'),
      ['uvx pkg'],
    ],
    [
      'TOML',
      fenced('toml', '[mcp_servers.x]\ncommand = "npx"\nargs = ["pkg"]\nenv = { "A" = "b" }'),
      ['npx pkg (A)'],
    ],
    ['YAML', fenced('yaml', 'mcpServers:\n  x:\n    command: npx\n    args: [pkg]'), ['npx pkg']],
    [
      'cmd /c',
      fenced('json', '{"mcpServers":{"x":{"command":"cmd","args":["/c","npx","pkg"]}}}'),
      ['npx pkg'],
    ],
    [
      'claude mcp add',
      fenced('bash', 'claude mcp add x -e KEY=v -- npx -y pkg --flag'),
      ['npx -y pkg --flag (KEY)'],
    ],
    ['a line with variables', fenced('sh', '$ KEY=v npx pkg'), ['npx pkg (KEY)']],
    [
      'a continued line',
      fenced('bash', 'docker run -i --rm \\\n  -e KEY \\\n  image sub'),
      ['docker run -i --rm -e KEY image sub (KEY)'],
    ],
    [
      'no installation',
      fenced('bash', 'npm install\nuv sync\nnpx pkg install\npython -m venv x'),
      [],
    ],
    [
      'no program of others',
      fenced(
        'bash',
        'npx @modelcontextprotocol/inspector node x.js\nnpx -y @smithery/cli install x',
      ),
      [],
    ],
    ['no text outside of blocks', 'npx pkg', []],
    ['a broken block', fenced('json', '{{{{"mcpServers": ]]] "command"'), []],
  ])('of a README in %s', async (_what, text, expected) => {
    expect(await startsOf({ 'README.md': text })).toEqual(expected);
  });

  it('puts manifests of registries before the README', async () => {
    const files = {
      'README.md': fenced('bash', 'npx pkg'),
      'server.json':
        '{"packages":[{"registryType":"pypi","identifier":"pkg","packageArguments":[{"type":"positional","value":"stdio"}],"transport":{"type":"streamable-http"}}]}',
      'smithery.yaml':
        'startCommand:\n  type: stdio\n  commandFunction: |-\n    (config) => ({ command: "node", args: ["i.js", config.dir], env: { A: config.a } })\n',
      'manifest.json': '{"server":{"mcp_config":{"command":"node","args":["${__dirname}/d.js"]}}}',
    };
    const { starts } = await readHints(memoryTree(files), '.');
    expect(starts.map(({ source, command, transport }) => [source, command, transport])).toEqual([
      ['server.json', 'uvx', 'http'],
      ['smithery.yaml', 'node', 'stdio'],
      ['manifest.json', 'node', null],
      ['README.md', 'npx', null],
    ]);
    expect(starts[1]?.args).toEqual(['i.js', '${dir}']);
  });

  it('keeps servers of one repository apart', async () => {
    const files = {
      'README.md':
        fenced('bash', 'npx pkg-a --for-a') +
        fenced('bash', 'npx pkg-b') +
        fenced('bash', 'node src/a/x.js'),
      'src/a/package.json': '{"name":"pkg-a"}',
      'src/b/package.json': '{"name":"pkg-b"}',
      'src/b/README.md': fenced('bash', 'npx pkg-b --own'),
      '.env.example': 'ROOT_KEY=x',
    };
    expect(await startsOf(files, 'src/a')).toEqual(['npx pkg-a --for-a', 'node src/a/x.js']);
    expect(await startsOf(files, 'src/b')).toEqual(['npx pkg-b --own', 'npx pkg-b']);
    expect((await readHints(memoryTree(files), 'src/b')).inputs).toEqual([]);
  });
});

describe('inputs', () => {
  it('come from .env.example with comments, defaults and what is optional', async () => {
    const text =
      '# The key. Required\nAPI_KEY=\n\n# Where it listens\nPORT=3000\nURL=https://your-host.example # optional\n# DEBUG=1\nTOKEN=abc\n# a sentence = no variable\n';
    expect(await inputsOf({ '.env.example': text })).toEqual([
      'API_KEY required secret',
      'PORT = 3000',
      'URL',
      'DEBUG',
      'TOKEN secret',
    ]);
    const { inputs } = await readHints(memoryTree({ '.env.example': text }), '.');
    expect(inputs[1]?.description).toBe('Where it listens');
  });

  it('come from the schema of smithery.yaml under the names that the server reads', async () => {
    const text = `startCommand:
  type: stdio
  configSchema:
    required: [apiKey, dir]
    properties:
      apiKey: {type: string, description: The key}
      dir: {type: string}
      token: {type: string, format: password}
      quiet: {type: boolean, default: false}
      unused: {type: string}
  commandFunction: |-
    config => { const args = [config.dir, '--auth', config.token]; if (config.quiet) { args.push('--quiet'); } return { command: 'node', args, env: { MY_API_KEY: config.apiKey } } }
`;
    expect(await inputsOf({ 'smithery.yaml': text })).toEqual([
      'MY_API_KEY required secret',
      'dir required',
      '--auth secret',
      '--quiet = false',
    ]);
  });

  it('come from server.json, in its older spelling too', async () => {
    const text = JSON.stringify({
      packages: [
        {
          registry_type: 'npm',
          identifier: 'pkg',
          environment_variables: [
            { name: 'K', is_required: true, is_secret: true },
            { name: 'not a name' },
          ],
          package_arguments: [
            { type: 'named', name: '--root', is_required: true },
            { type: 'positional', value: 'stdio' },
          ],
        },
      ],
    });
    expect(await inputsOf({ 'server.json': text })).toEqual([
      'K required secret',
      '--root required',
    ]);
  });

  it('come from user_config of a bundle under the names of its variables', async () => {
    const text = JSON.stringify({
      server: {
        mcp_config: { command: 'node', args: ['x'], env: { X_KEY: '${user_config.key}' } },
      },
      user_config: {
        key: { sensitive: true, required: true, description: 'Key' },
        folder: { default: '/data' },
      },
    });
    expect(await inputsOf({ 'manifest.json': text })).toEqual([
      'X_KEY required secret',
      'folder = /data',
    ]);
  });

  it('come from placeholders in a README', async () => {
    const text = fenced(
      'json',
      '{"mcpServers":{"x":{"command":"npx","args":["-y","pkg","--token","YOUR_TOKEN","/path/to/dir"],"env":{"URL":"http://localhost:1","KEY":"<key>"}}}}',
    );
    expect(await inputsOf({ 'README.md': text })).toEqual([
      'URL = http://localhost:1',
      'KEY required secret',
      '--token required secret',
      'directory required',
    ]);
  });

  it('never repeat the value of a secret', async () => {
    expect(await inputsOf({ '.env.example': 'DB_PASSWORD=hunter2' })).toEqual([
      'DB_PASSWORD secret',
    ]);
  });

  it('end in a moment on hostile texts', async () => {
    const deep = '{"a":'.repeat(50_000);
    const files = {
      'README.md':
        fenced('json', `{"mcpServers":${'['.repeat(9000)}`) +
        fenced('bash', `npx ${'"'.repeat(15_000)}`) +
        '`'.repeat(1e5),
      'server.json': deep,
      'manifest.json': deep,
      'smithery.yaml': `startCommand:\n  commandFunction: "${'A: config.a '.repeat(20_000)}"\n`,
      '.env.example': `A=${'#'.repeat(1e5)}\n${'# '.repeat(1e5)}\nB=${' '.repeat(1e5)}x`,
    };
    expect(await readHints(memoryTree(files), '.')).toHaveProperty('inputs');
  }, 5000);
});

describe('isSecretName', () => {
  it.each([
    'GITHUB_TOKEN',
    'apiKey',
    'X_API_KEY',
    'DB_PASSWORD',
    '--fb-token',
    'clientSecret',
    'GH_PAT',
    'AWS_SECRET_ACCESS_KEY',
  ])('holds for %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });
  it.each([
    'PORT',
    'MAX_TOKENS',
    'KEYBOARD',
    'API_URL',
    'AUTHOR',
    'PATH',
    'TOKEN_LIMIT',
    'AWS_ACCESS_KEY_ID',
    'PUBLIC_KEY',
  ])('does not hold for %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

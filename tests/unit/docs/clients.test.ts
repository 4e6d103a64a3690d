import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { servedOptions } from '../cli/served-options.js';
import { blockUnder, codeBlocks, page } from './markdown.js';

const clients = page('docs/clients.md');

const texts = z.array(z.string());
const variables = z.record(z.string(), z.string());
const program = { command: z.string(), args: texts.optional(), env: variables.optional() };
const seconds = z.number().positive();
const milliseconds = z.int().positive();

/** What each client's documentation allows for a server on stdio, and nothing else. */
const FORMATS: Readonly<Record<string, { language: string; shape: z.ZodType<Configured> }>> = {
  // code.claude.com/docs/en/mcp
  'Claude Code': {
    language: 'json',
    shape: mcpServers({ ...program, type: z.literal('stdio').optional(), timeout: milliseconds }),
  },
  // modelcontextprotocol.io/docs/develop/connect-local-servers
  'Claude Desktop': { language: 'json', shape: mcpServers(program) },
  // cursor.com/docs/mcp
  Cursor: {
    language: 'json',
    shape: mcpServers({ ...program, type: z.literal('stdio'), envFile: z.string() }),
  },
  // code.visualstudio.com/docs/copilot/reference/mcp-configuration
  'VS Code': {
    language: 'json',
    shape: z
      .strictObject({
        servers: servers({ ...program, type: z.literal('stdio'), envFile: z.string() }, ['type']),
        inputs: z.array(z.unknown()).optional(),
      })
      .transform((file) => file.servers),
  },
  // developers.openai.com/codex/config-reference; unknown keys end Codex
  Codex: {
    language: 'toml',
    shape: z
      .strictObject({
        mcp_servers: servers({
          ...program,
          env_vars: texts,
          cwd: z.string(),
          startup_timeout_sec: seconds,
          tool_timeout_sec: seconds,
          enabled_tools: texts,
          disabled_tools: texts,
        }),
      })
      .transform((file) => file.mcp_servers),
  },
  // github.com/google-gemini/gemini-cli, docs/tools/mcp-server.md
  'Gemini CLI': {
    language: 'json',
    shape: mcpServers({
      ...program,
      cwd: z.string(),
      timeout: milliseconds,
      trust: z.boolean(),
      includeTools: texts,
      excludeTools: texts,
    }),
  },
};

interface Entry {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

type Configured = Readonly<Record<string, Entry>>;

function mcpServers(entry: typeof program & z.ZodRawShape): z.ZodType<Configured> {
  return z.strictObject({ mcpServers: servers(entry) }).transform((file) => file.mcpServers);
}

/** Everything but the command may be left out, unless the client insists. */
function servers(
  entry: typeof program & z.ZodRawShape,
  required: readonly string[] = [],
): z.ZodType<Configured> {
  const { command, args, env, ...rest } = entry;
  const others = Object.entries(rest).map(
    ([name, schema]) => [name, required.includes(name) ? schema : z.optional(schema)] as const,
  );
  return z.record(
    z.string().regex(/^\w[\w-]*$/),
    z.strictObject({ command, args, env, ...Object.fromEntries(others) }),
  );
}

function configured(client: string): Configured {
  const format = FORMATS[client];
  if (format === undefined) throw new Error(`no format is known for ${client}`);
  const text = blockUnder(clients, client, format.language);
  const content: unknown = format.language === 'toml' ? parseToml(text) : JSON.parse(text);
  return format.shape.parse(content);
}

/** The words behind the program, which is where the README says it is. */
function wordsOf({ command, args = [] }: Entry): readonly string[] {
  expect([command, args[0]]).toEqual(['node', '/path/to/slipway/dist/bin/slipway.js']);
  return args.slice(1);
}

/** As the client passes them on where the user's terminal has none of them. */
function unset(env: Entry['env'] = {}): Record<string, string> {
  const entries = Object.entries(env).map(
    ([name, value]) => [name, value.replace(/^\$\{\w+:-\}$/, '')] as const,
  );
  return Object.fromEntries(entries);
}

describe('docs/clients.md', () => {
  it.each(Object.keys(FORMATS))(
    'gives %s a configuration it takes, for a server that starts',
    async (client) => {
      const entries = configured(client);
      expect(Object.keys(entries)).toEqual(['slipway']);
      for (const entry of Object.values(entries)) {
        const options = await servedOptions(wordsOf(entry), unset(entry.env));
        expect(options.tools.length).toBeGreaterThanOrEqual(6);
        expect(Object.keys(entry.env ?? {})).toEqual(
          entry.env === undefined ? [] : ['DOCKER_HOST'],
        );
      }
    },
  );

  it('gives the client that waits a minute, and has no setting for it, the tools for jobs', async () => {
    const { slipway } = configured('Claude Desktop');
    const options = await servedOptions(slipway === undefined ? [] : wordsOf(slipway));
    expect(options.tools.map((tool) => tool.name)).toContain('start_job');
  });

  it('has no block of a configuration that is not checked', () => {
    expect(codeBlocks(clients).map((block) => block.heading)).toEqual(Object.keys(FORMATS));
  });

  it('adds the server to Claude Code with the command of its configuration', () => {
    const { slipway } = configured('Claude Code');
    const words = [slipway?.command, ...(slipway?.args ?? [])].join(' ');
    expect(clients).toContain(`claude mcp add slipway -- ${words}\``);
  });

  it('tells the time limit of every client', () => {
    const rows = [...clients.matchAll(/^\| (?<client>[A-Z][\w ]+) \|/gm)];
    expect(rows.map((row) => row.groups?.['client'])).toEqual(Object.keys(FORMATS));
  });
});

describe('the configurations in other pages', () => {
  const shape = z.strictObject({ mcpServers: servers(program) });

  it.each(['README.md', 'docs/mcp.md'])('of %s start a server', async (file) => {
    const blocks = codeBlocks(page(file)).filter(({ text }) => text.includes('"mcpServers"'));
    expect(blocks).not.toHaveLength(0);
    for (const { text } of blocks) {
      for (const { command, args = [] } of Object.values(
        shape.parse(JSON.parse(text)).mcpServers,
      )) {
        expect([command, args[0]]).toEqual(['node', 'dist/bin/slipway.js']);
        expect((await servedOptions(args.slice(1))).tools).not.toHaveLength(0);
      }
    }
  });
});

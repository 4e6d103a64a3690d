import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HTTP_LIMITS } from '../../../src/mcp/http/http-limits.js';
import { ENDPOINT } from '../../../src/mcp/http/request-guard.js';
import { codeBlocks, page } from './markdown.js';

const guide = page('docs/http.md');

const url = z.url().refine((value) => new URL(value).pathname === ENDPOINT);
const headers = z.strictObject({ Authorization: z.string().regex(/^Bearer \$\{[\w:-]+\}$/) });
const http = z.strictObject({ type: z.literal('http'), url, headers });
const milliseconds = z.int().positive();

/** What each client's documentation gives a server over HTTP, in the order of the guide. */
const SHAPES: readonly z.ZodType[] = [
  // code.claude.com/docs/en/mcp
  z.strictObject({ mcpServers: z.strictObject({ slipway: http }) }),
  // code.visualstudio.com/docs/copilot/reference/mcp-configuration
  z.strictObject({
    inputs: z.array(
      z.strictObject({
        type: z.literal('promptString'),
        id: z.string(),
        description: z.string(),
        password: z.literal(true),
      }),
    ),
    servers: z.strictObject({ slipway: http }),
  }),
  // developers.openai.com/codex/config-reference
  z.strictObject({
    mcp_servers: z.strictObject({
      slipway: z.strictObject({
        url,
        bearer_token_env_var: z.literal('SLIPWAY_HTTP_TOKEN'),
        tool_timeout_sec: z.number().positive(),
      }),
    }),
  }),
  // github.com/google-gemini/gemini-cli, docs/tools/mcp-server.md
  z.strictObject({
    mcpServers: z.strictObject({
      slipway: z.strictObject({ httpUrl: url, headers, timeout: milliseconds }),
    }),
  }),
];

describe('the guide to HTTP', () => {
  it('has configurations in the form of their clients', () => {
    const blocks = codeBlocks(guide).filter(({ language }) => language !== 'sh');
    const contents = blocks.map(({ language, text }): unknown =>
      language === 'toml' ? parseToml(text) : JSON.parse(text),
    );
    expect(contents).toHaveLength(SHAPES.length);
    const wrong = contents.map((content, at) => SHAPES[at]?.safeParse(content).error?.message);
    expect(wrong).toEqual(SHAPES.map(() => undefined));
  });

  it('tells the limits that hold', () => {
    const { bodyBytes, jsonDepth, batchMessages } = HTTP_LIMITS;
    const { connections, headerBytes, sessions } = HTTP_LIMITS;
    const { headersMs, requestMs, stalledMs, sessionIdleMs } = HTTP_LIMITS;
    const told = [
      `at most ${bodyBytes / 1024 ** 2} MiB, ${jsonDepth} levels and ${batchMessages} messages`,
      `| connections | ${connections} |`,
      `| ${headerBytes / 1024} KiB, within ${headersMs / 1000} seconds |`,
      `| a request with its body | ${requestMs / 1000} seconds |`,
      `| an answer that the client does not read | ${stalledMs / 1000} seconds |`,
      `| sessions | ${sessions}; `,
      `| an unused session | ${sessionIdleMs / 60_000} minutes |`,
    ];
    expect(told.filter((text) => !guide.includes(text))).toEqual([]);
  });
});

/** The clients that most hosts are built on, behind one small face. */
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { z } from 'zod';
import { SLIPWAY } from './slipway-process.js';

const callResult = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  structuredContent: z.record(z.string(), z.unknown()),
  isError: z.boolean().optional(),
});

export type CallResult = z.output<typeof callResult>;

const toolList = z.object({
  tools: z.array(z.looseObject({ name: z.string(), outputSchema: z.looseObject({}) })),
});

export type ListedTool = z.output<typeof toolList>['tools'][number];

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

export interface CallOptions {
  readonly onprogress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface McpClient extends AsyncDisposable {
  readonly instructions: string | undefined;
  tools(): Promise<readonly ListedTool[]>;
  toolNames(): Promise<readonly string[]>;
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<CallResult>;
  readText(uri: string): Promise<string>;
}

export type Connect = (args: readonly string[]) => Promise<McpClient>;

const clientInfo = { name: 'slipway-test', version: '1.0.0' };

/** A generous limit of the client's own, so that ours are what a test sees. */
const TIMEOUT = 600_000;

function serverParameters(args: readonly string[]) {
  const env = { ...inheritedEnvironment(), ...configuredEnvironment() };
  return {
    command: process.execPath,
    args: [SLIPWAY, 'mcp', ...args],
    env,
    stderr: 'pipe' as const,
  };
}

/** What users write into the configuration of their client where it is needed. */
const CONFIGURED = [
  'DOCKER_HOST',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/** Clients pass on almost nothing of their own environment. */
function configuredEnvironment(): Record<string, string> {
  return Object.fromEntries(
    CONFIGURED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function inheritedEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
}

const text = z.object({ contents: z.array(z.looseObject({ text: z.string() })) });

function connectV2(mode: 'legacy' | 'auto'): Connect {
  return async (args) => {
    const client = new ClientV2(clientInfo, { versionNegotiation: { mode } });
    await client.connect(new StdioV2(serverParameters(args)));
    return {
      instructions: client.getInstructions(),
      tools: async () => toolList.parse(await client.listTools()).tools,
      toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
      call: async (name, args_, options = {}) =>
        callResult.parse(
          await client.callTool({ name, arguments: args_ }, { timeout: TIMEOUT, ...options }),
        ),
      readText: async (uri) =>
        text
          .parse(await client.readResource({ uri }))
          .contents.map((content) => content.text)
          .join(''),
      [Symbol.asyncDispose]: () => client.close(),
    };
  };
}

const connectV1: Connect = async (args) => {
  const client = new ClientV1(clientInfo);
  await client.connect(new StdioV1(serverParameters(args)));
  return {
    instructions: client.getInstructions(),
    tools: async () => toolList.parse(await client.listTools()).tools,
    toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args_, options = {}) =>
      callResult.parse(
        await client.callTool({ name, arguments: args_ }, undefined, {
          timeout: TIMEOUT,
          ...options,
        }),
      ),
    readText: async (uri) =>
      text
        .parse(await client.readResource({ uri }))
        .contents.map((content) => content.text)
        .join(''),
    [Symbol.asyncDispose]: () => client.close(),
  };
};

/** Name and way to connect. */
export const CLIENTS: readonly (readonly [string, Connect])[] = [
  ['the 2.x client on 2025-11-25', connectV2('legacy')],
  ['the 2.x client on 2026-07-28', connectV2('auto')],
  ['the 1.x client', connectV1],
];

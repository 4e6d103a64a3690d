/** The clients that most hosts are built on, over HTTP. */
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { TOKEN } from './serving.js';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number; message?: string | undefined }) => void;
}

export interface HttpClient {
  readonly instructions: string | undefined;
  /** Set for the clients that have a session. */
  readonly sessionId: string | undefined;
  tools(): Promise<readonly string[]>;
  call(
    name: string,
    args: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<Record<string, unknown>>;
  resources(): Promise<readonly string[]>;
  read(uri: string): Promise<unknown>;
  /** As a host does that is done with the server. */
  endSession(): Promise<void>;
  close(): Promise<void>;
}

export type Connect = (url: string, token?: string) => Promise<HttpClient>;

const output = z.record(z.string(), z.unknown());

const clientInfo = { name: 'slipway-test', version: '1.0.0' };

function requestInit(token: string): RequestInit {
  return { headers: { Authorization: `Bearer ${token}` } };
}

function connectV2(mode: 'legacy' | 'auto'): Connect {
  return async (url, token = TOKEN) => {
    const client = new ClientV2(clientInfo, { versionNegotiation: { mode } });
    onTestFinished(() => client.close());
    const transport = new HttpV2(new URL(url), { requestInit: requestInit(token) });
    await client.connect(transport);
    return {
      instructions: client.getInstructions(),
      sessionId: transport.sessionId,
      tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
      call: async (name, args, options) =>
        output.parse((await client.callTool({ name, arguments: args }, options)).structuredContent),
      resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
      read: (uri) => client.readResource({ uri }),
      endSession: () => transport.terminateSession(),
      close: () => client.close(),
    };
  };
}

const connectV1: Connect = async (url, token = TOKEN) => {
  const client = new ClientV1(clientInfo);
  onTestFinished(() => client.close());
  const transport = new HttpV1(new URL(url), { requestInit: requestInit(token) });
  // The types of 1.x do not fit exactOptionalPropertyTypes, which this project compiles with.
  await Reflect.apply(client.connect.bind(client), client, [transport]);
  return {
    instructions: client.getInstructions(),
    sessionId: transport.sessionId,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args, options) =>
      output.parse(
        (await client.callTool({ name, arguments: args }, undefined, options)).structuredContent,
      ),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    read: (uri) => client.readResource({ uri }),
    endSession: () => transport.terminateSession(),
    close: () => client.close(),
  };
};

/** Name, way to connect, and whether it has a session. */
export const CLIENTS: readonly (readonly [string, Connect])[] = [
  ['the 2.x client on 2025-11-25', connectV2('legacy')],
  ['the 2.x client on 2026-07-28', connectV2('auto')],
  ['the 1.x client', connectV1],
];

/** Those with a session. */
export const SESSION_CLIENTS = CLIENTS.filter(([name]) => !name.includes('2026'));

import { z } from 'zod';
import type { Answer } from './json-rpc.js';

/** What came of a request: an answer, or why there is none. */
export type Reply =
  | Answer
  | {
      /** Nothing came within the time. */
      readonly kind: 'silent';
    }
  | {
      /** The program ended, or the connection did, and will not come back. */
      readonly kind: 'ended';
    }
  | {
      /** Something was answered that is not the protocol. `status` is HTTP's, 0 on stdio. */
      readonly kind: 'foreign';
      readonly status: number;
      /** The beginning of it. */
      readonly text: string;
    };

/** A connection to a server, whatever carries it. */
export interface Channel {
  /** Never rejects. */
  request(method: string, params: object, timeoutMs: number): Promise<Reply>;
  /** Never rejects. */
  notify(method: string): Promise<void>;
  /** Later messages are of this revision. */
  agreed(protocolVersion: string): void;
}

export const PROTOCOL = { latestInitialize: '2025-11-25', discover: '2026-07-28' } as const;

export const CLIENT_INFO = { name: 'slipway-probe', version: '1' } as const;

/** What every request of the revision 2026-07-28 carries. */
export const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': PROTOCOL.discover,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': CLIENT_INFO,
} as const;

const initialized = z.object({
  protocolVersion: z.string(),
  capabilities: z.record(z.string(), z.unknown()).nullish().catch(null),
  serverInfo: z.unknown().optional(),
});

const discovered = z.object({
  supportedVersions: z.array(z.string()),
  capabilities: z.record(z.string(), z.unknown()).nullish().catch(null),
  _meta: z.record(z.string(), z.unknown()).nullish().catch(null),
});

/** What a server says of itself before its tools. */
export interface Introduction {
  readonly era: 'initialize' | 'discover';
  readonly protocolVersion: string;
  readonly offersTools: boolean;
  /** Unread: see `serverInfo`. */
  readonly info: unknown;
}

export function readInitialized(result: unknown): Introduction | undefined {
  const read = initialized.safeParse(result);
  if (!read.success) return undefined;
  const { protocolVersion, capabilities, serverInfo: info } = read.data;
  const offersTools = capabilities?.['tools'] !== undefined;
  const version = protocolVersion.slice(0, 32);
  return { era: 'initialize', protocolVersion: version, offersTools, info };
}

export function readDiscovered(result: unknown): Introduction | undefined {
  const read = discovered.safeParse(result);
  if (!read.success || !read.data.supportedVersions.includes(PROTOCOL.discover)) return undefined;
  const { capabilities, _meta: meta } = read.data;
  return {
    era: 'discover',
    protocolVersion: PROTOCOL.discover,
    offersTools: capabilities?.['tools'] !== undefined,
    info: meta?.['io.modelcontextprotocol/serverInfo'],
  };
}

/**
 * From a connection to the list of tools, in both eras of the protocol.
 *
 * `initialize` goes first, although a client of 2026-07-28 would begin with `server/discover`.
 * Servers of the older SDKs take only `initialize` as a first message: those of Rust and of early
 * Python end when another one comes, others stay silent for ever. A server of the newer SDKs
 * answers `initialize` either with a session (it serves both eras) or with an error, and then
 * takes `server/discover` on the same connection: checked with server 2.4.0 in both of its modes.
 */
import { LATE, now, within } from '../core/deadline.js';
import {
  CLIENT_INFO,
  MODERN_META,
  PROTOCOL,
  readDiscovered,
  readInitialized,
  type Channel,
  type Introduction,
  type Reply,
} from './channel.js';
import { METHOD_NOT_FOUND } from './json-rpc.js';
import { MAX_TOOLS, serverInfo, toolPage } from './tool-list.js';
import type { ProbedTool, ProtocolEra, ServerInfo } from './types.js';

const MAX_PAGES = 50;

/** How a conversation ended. */
export type Conversation =
  | {
      readonly kind: 'tools';
      readonly era: ProtocolEra;
      readonly protocolVersion: string;
      readonly serverInfo: ServerInfo | null;
      readonly tools: readonly ProbedTool[];
    }
  | {
      /** It speaks the protocol, and refuses. */
      readonly kind: 'refused';
      readonly method: string;
      readonly message: string;
    }
  | {
      readonly kind: 'silent';
      readonly method: string;
    }
  | { readonly kind: 'ended' }
  | { readonly kind: 'foreign'; readonly status: number; readonly text: string };

export async function converse(channel: Channel, timeoutMs: number): Promise<Conversation> {
  const introduced = await introduce(channel, timeoutMs);
  if ('kind' in introduced) return introduced;
  channel.agreed(introduced.protocolVersion);
  if (introduced.era === 'initialize') await channel.notify('notifications/initialized');
  return listTools(channel, introduced, timeoutMs);
}

async function introduce(
  channel: Channel,
  timeoutMs: number,
): Promise<Introduction | Conversation> {
  const asked = channel.request('initialize', INITIALIZE, timeoutMs);
  // A server that neither takes `initialize` nor refuses it gets the other question before the
  // time is up; an old one that is only slow has had most of its time by then.
  const patienceMs = timeoutMs * PATIENCE;
  const early = await within(asked, patienceMs);
  if (early === LATE) {
    return (await discover(channel, timeoutMs - patienceMs)) ?? judge(await asked);
  }
  if (early.kind === 'error') return (await discover(channel, timeoutMs)) ?? judge(early);
  return judge(early);
}

/** Of its time, what a server has for `initialize` alone. */
const PATIENCE = 0.75;

function judge(reply: Reply): Introduction | Conversation {
  if (reply.kind !== 'result') return failed('initialize', reply);
  return readInitialized(reply.result) ?? foreign(reply.result);
}

async function discover(channel: Channel, timeoutMs: number): Promise<Introduction | undefined> {
  const reply = await channel.request('server/discover', { _meta: MODERN_META }, timeoutMs);
  return reply.kind === 'result' ? readDiscovered(reply.result) : undefined;
}

const INITIALIZE = {
  protocolVersion: PROTOCOL.latestInitialize,
  capabilities: {},
  clientInfo: CLIENT_INFO,
} as const;

async function listTools(
  channel: Channel,
  introduced: Introduction,
  timeoutMs: number,
): Promise<Conversation> {
  const { era, protocolVersion, offersTools, info } = introduced;
  const until = now() + timeoutMs;
  const tools: ProbedTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && tools.length < MAX_TOOLS; page += 1) {
    const params = {
      ...(cursor === undefined ? {} : { cursor }),
      ...(era === 'discover' ? { _meta: MODERN_META } : {}),
    };
    const reply = await channel.request('tools/list', params, Math.max(1, until - now()));
    const none = reply.kind === 'error' && reply.code === METHOD_NOT_FOUND && !offersTools;
    if (none) break;
    if (reply.kind !== 'result') return failed('tools/list', reply);
    const read = toolPage(reply.result);
    if (read === undefined) return foreign(reply.result);
    tools.push(...read.tools);
    cursor = read.nextCursor;
    if (cursor === undefined) break;
  }
  return {
    kind: 'tools',
    era,
    protocolVersion,
    serverInfo: serverInfo(info),
    tools: tools.slice(0, MAX_TOOLS),
  };
}

function failed(method: string, reply: Exclude<Reply, { kind: 'result' }>): Conversation {
  switch (reply.kind) {
    case 'error':
      return { kind: 'refused', method, message: reply.message };
    case 'silent':
      return { kind: 'silent', method };
    case 'ended':
    case 'foreign':
      return reply;
  }
}

function foreign(result: unknown): Conversation {
  const shape = typeof result === 'object' && result !== null ? Object.keys(result) : [];
  const keys = shape.slice(0, 5).join(', ');
  return { kind: 'foreign', status: 0, text: `a result with ${keys === '' ? 'nothing' : keys}` };
}

import { PassThrough } from 'node:stream';
import { silentLogger } from '../../../src/core/logger.js';
import { serveMcp } from '../../../src/mcp/serve-mcp.js';
import type { McpSession } from '../../../src/mcp/served.js';
import type { Executor } from '../../../src/tools/executor.js';
import { TOOLS } from '../../../src/tools/registry.js';
import type { Tool } from '../../../src/tools/tool.js';
import { JsonRpcPeer } from '../../support/json-rpc-peer.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';
import { scriptedExecutor } from '../../support/scripted-executor.js';

export interface OpenSession {
  readonly session: McpSession;
  readonly peer: JsonRpcPeer;
  readonly input: PassThrough;
  readonly output: PassThrough;
}

/** A server over two streams in this process, with a bare JSON-RPC peer at the other end. */
export function openSession(
  script: Partial<Executor> = {},
  tools: readonly Tool[] = TOOLS,
): OpenSession {
  const input = new PassThrough();
  const output = new PassThrough();
  const session = serveMcp({
    executor: scriptedExecutor(script),
    builder: scriptedBuilder(),
    tools,
    logger: silentLogger,
    input,
    output,
    version: '1.2.3',
  });
  return { session, peer: new JsonRpcPeer(input, output), input, output };
}

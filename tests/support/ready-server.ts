import { join } from 'node:path';
import type { JsonRpcMessage } from './json-rpc-peer.js';
import { type ServerProcess, startServer } from './slipway-process.js';
import { tempFolders } from './temp-folder.js';

/** Starts servers that are ready for calls; `policy` is what differs from the preset `standard`. */
export function readyServers(): (policy?: object) => Promise<ServerProcess> {
  const tempFolder = tempFolders();
  return async (policy = {}) => {
    const content = JSON.stringify(policy);
    const folder = await tempFolder({ 'policy.json': { content, mode: 0o600 } });
    const server = startServer(['--policy', join(folder, 'policy.json')]);
    await server.peer.initialize();
    return server;
  };
}

/** A `tools/call` with a progress token, for `JsonRpcPeer.send`. */
export function callWithProgress(
  id: string | number,
  name: string,
  args: Readonly<Record<string, unknown>>,
  progressToken: string | number = `progress of ${id}`,
) {
  return { id, method: 'tools/call', params: { name, arguments: args, _meta: { progressToken } } };
}

/** Finds a progress notification by its text. */
export function progressSaying(pattern: RegExp): (message: JsonRpcMessage) => boolean {
  return ({ method, params }) =>
    method === 'notifications/progress' && pattern.test(String(params?.['message']));
}

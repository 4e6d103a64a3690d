import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JsonRpcPeer } from '../support/json-rpc-peer.js';
import { NO_ENGINE, SLIPWAY } from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const HOOK = new URL('../support/loaded-modules.mjs', import.meta.url).href;

const tempFolder = tempFolders();

/** Names of the packages among the modules that were loaded. */
function packagesIn(file: string): readonly string[] {
  const name = /\/node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/;
  const names = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((url) => name.exec(url)?.groups?.['name'] ?? []);
  return [...new Set(names)].toSorted((one, other) => one.localeCompare(other));
}

test('a server lists its tools before it loads what only calls need', async () => {
  const file = join(await tempFolder(), 'modules');
  const child = spawn(process.execPath, ['--import', HOOK, SLIPWAY, 'mcp', ...NO_ENGINE], {
    env: { ...process.env, LOADED_MODULES: file },
  });
  try {
    const peer = new JsonRpcPeer(child.stdin, child.stdout);
    await peer.initialize();
    await peer.request('list', 'tools/list');
    expect(packagesIn(file)).toEqual([
      '@modelcontextprotocol/core',
      '@modelcontextprotocol/server',
      'commander',
      'zod',
    ]);
    // The same eyes see the rest once it is needed.
    await peer.callTool('call', 'list_running_containers', {});
    expect(packagesIn(file)).toEqual(expect.arrayContaining(['simple-git', 'winston']));
  } finally {
    child.kill('SIGKILL');
  }
});

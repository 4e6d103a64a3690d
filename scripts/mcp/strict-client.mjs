import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './run-node.mjs';
import { MANIFESTS } from './tools.mjs';

/**
 * @typedef {import('./tools.mjs').McpTools} McpTools
 * @typedef {import('./report.mjs').Check} Check
 */

/**
 * @param {McpTools} tools
 * @param {readonly string[]} server program and arguments
 * @returns {readonly Check[]}
 */
export function strictClientChecks({ node, folder, home }, server) {
  return [
    {
      name: 'Client 2.0.0-beta.5: tools/list, tools/call',
      run: async () => {
        // It imports the packages beside it.
        const program = join(folder, 'strict-client.mjs');
        copyFileSync(join(MANIFESTS, 'strict-client.mjs'), program);
        const env = { PATH: process.env['PATH'], HOME: home };
        const { end, stdout, stderr } = await runNode(node, [program, ...server], env);
        return end === 'exit code 0' ? undefined : `${end}\n${stdout}${stderr}`;
      },
    },
  ];
}

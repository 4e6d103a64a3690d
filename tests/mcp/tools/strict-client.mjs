/**
 * Lists the tools of a server and calls one: `node strict-client.mjs PROGRAM ARGUMENT...`. Run
 * beside the pinned client 2.0.0-beta.5, which hosts still ship: it refuses every tool whose
 * schema names a dialect that it does not know.
 */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [command = '', ...args] = process.argv.slice(2);
const client = new Client({ name: 'slipway-test', version: '1.0.0' });
await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
try {
  const { tools } = await client.listTools();
  const answer = await client.callTool({ name: 'list_running_containers', arguments: {} });
  process.stdout.write(JSON.stringify({ tools: tools.length, answer }));
  process.exitCode = tools.length > 0 && answer.isError !== true ? 0 : 1;
} finally {
  await client.close();
}

/** A server that offers nothing: what `bench/cold-start.mjs` measures ours against. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

serveStdio(() => {
  const info = { name: 'empty', version: '1.0.0' };
  const server = new McpServer(info, { capabilities: { tools: {} } });
  server.server.setRequestHandler('tools/list', () => ({ tools: [] }));
  return server;
});

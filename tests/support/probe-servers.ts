/** Small programs that the probe is tried on, as files of a container. */

/** What they share: JSON-RPC by hand, so that each can misbehave in its own way. */
const ANSWERS = `
const TOOLS = [{ name: 'add', description: 'Adds two numbers.', inputSchema: { type: 'object' } }];
const initialized = (version) => ({
  protocolVersion: version, capabilities: { tools: {} }, serverInfo: { name: 'tiny', version: '1.2' },
});
function answer(message) {
  const { id, method, params } = message;
  if (id === undefined || method === undefined) return undefined;
  if (method === 'initialize') return { jsonrpc: '2.0', id, result: initialized('2025-06-18') };
  if (method === 'tools/list') return { jsonrpc: '2.0', id, result: { tools: TOOLS } };
  return { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
}
`;

const STDIO = `
const send = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const hear = (listener) =>
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => listener(JSON.parse(line)));
`;

/** A server on stdio; `hear` and `answer` are there. */
export const stdioServer = (script: string): string => ANSWERS + STDIO + script;

export const PLAIN =
  'hear((message) => { const reply = answer(message); if (reply) send(reply); });';

/** A server on HTTP; `answer` is there, and `serve(port, host, handler)` reads the body. */
export const httpServer = (script: string): string =>
  `${ANSWERS}
const serve = (port, host, handler) => require('http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => handler(request, response, body === '' ? undefined : JSON.parse(body)));
}).listen(port, host, () => console.error('MCP server listening on http://' + host + ':' + port));
${script}`;

export const HTTP_JSON = `serve(8000, '0.0.0.0', (request, response, message) => {
  if (request.method !== 'POST' || request.url !== '/mcp') return response.writeHead(404).end('no such page');
  const reply = answer(message);
  if (!reply) return response.writeHead(202).end();
  if (message.method === 'tools/list' && request.headers['mcp-session-id'] !== 's1') return response.writeHead(400).end('no session');
  response.writeHead(200, { 'Content-Type': 'application/json', 'Mcp-Session-Id': 's1' }).end(JSON.stringify(reply));
});`;

export const HTTP_EVENTS = `serve(8000, '0.0.0.0', (request, response, message) => {
  if (request.url === '/mcp') return response.writeHead(307, { Location: '/mcp/' }).end();
  if (request.method !== 'POST' || request.url !== '/mcp/') return response.writeHead(404).end();
  const reply = answer(message);
  if (!reply) return response.writeHead(202).end();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(': hello\\n\\nevent: message\\ndata: {"jsonrpc":"2.0","method":"notifications/message"}\\n\\n');
  response.write('event: message\\r\\nid: 7\\r\\ndata: ' + JSON.stringify(reply) + '\\r\\n\\r\\n');
});`;

export const LEGACY_SSE = `let stream;
serve(8000, '0.0.0.0', (request, response, message) => {
  if (request.method === 'GET' && request.url === '/sse') {
    stream = response;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    return response.write('event: endpoint\\ndata: http://elsewhere.invalid/messages?sessionId=9\\n\\n');
  }
  if (request.method !== 'POST' || request.url !== '/messages?sessionId=9') return response.writeHead(404).end();
  response.writeHead(202).end('Accepted');
  const reply = answer(message);
  if (reply) stream.write('event: message\\ndata: ' + JSON.stringify(reply) + '\\n\\n');
});`;

/** Speaks only the revision 2026-07-28, as the SDK does with \`legacy: 'reject'\`. */
export const MODERN = `hear(({ id, method, params }) => {
  const version = params?._meta?.['io.modelcontextprotocol/protocolVersion'];
  if (version !== '2026-07-28') {
    return send({ jsonrpc: '2.0', id, error: { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2026-07-28'] } } });
  }
  const done = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
  if (method === 'server/discover') send({ jsonrpc: '2.0', id, result: { ...done, supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'modern', version: '3' } } } });
  if (method === 'tools/list') send({ jsonrpc: '2.0', id, result: { ...done, tools: TOOLS } });
});`;

export const NOISY = `process.stdout.write('\\u001b[32mstarting\\u001b[0m {not json}\\n[info] no line end ');
hear((message) => {
  const reply = answer(message);
  if (!reply) return;
  send({ jsonrpc: '2.0', id: 'p1', method: 'ping' });
  process.stdout.write('x'.repeat(12_000_000) + '\\n' + JSON.stringify({ level: 'info' }) + '\\nprompt> ');
  send(reply);
});`;

/** Takes \`initialize\` as its first message only, as early servers do. */
export const STRICT = `let first = true;
hear((message) => {
  if (first && message.method !== 'initialize') process.exit(1);
  first = false;
  if (!['initialize', 'notifications/initialized', 'tools/list'].includes(message.method)) process.exit(1);
  const reply = answer(message);
  if (reply) send(reply);
});`;

/** Lists its tools only to a client that answers its own questions properly. */
export const ASKING = `let pending;
hear((message) => {
  if (message.method === 'tools/list') {
    pending = message;
    send({ jsonrpc: '2.0', id: 'q1', method: 'ping' });
    return send({ jsonrpc: '2.0', id: 'q2', method: 'roots/list' });
  }
  if (message.id === 'q1' && JSON.stringify(message.result) !== '{}') process.exit(3);
  if (message.id === 'q2') {
    if (message.error?.code !== -32601) process.exit(4);
    return send(answer(pending));
  }
  const reply = answer(message);
  if (reply) send(reply);
});`;

export const PAGES = `hear((message) => {
  if (message.method !== 'tools/list') { const reply = answer(message); if (reply) send(reply); return; }
  const page = Number(message.params?.cursor ?? 0);
  const tools = Array.from({ length: 100 }, (_, i) => ({ name: 'tool_' + page + '_' + i + '\\u001b[31m\\n' + 'n'.repeat(500), description: 5 }));
  send({ jsonrpc: '2.0', id: message.id, result: { tools, nextCursor: String(page + 1) } });
});`;

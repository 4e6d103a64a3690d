import { createServer, request } from 'node:http';

/**
 * Adds the bearer token for clients that cannot send one, as the conformance tool cannot, and
 * passes everything else on as it came: `Host` and `Origin` too, which are what the server checks.
 *
 * @param {{ url: string, token: string }} server where MCP is served
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startTokenProxy({ url, token }) {
  const target = new URL(url);
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    const { hostname: host, port } = target;
    const onward = request({ host, port, path: incoming.url, method: incoming.method, headers });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => {
    proxy.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}

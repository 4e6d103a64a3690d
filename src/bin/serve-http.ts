import type { HttpOptions } from '../cli/environment.js';
import type { McpHttpSession } from '../mcp/http/serve-mcp-http.js';
import type { McpServerSetup } from '../mcp/serve-mcp.js';

/** Serves over HTTP and tells the operator, on standard error, where and with which token. */
export async function serveHttp(setup: McpServerSetup, http: HttpOptions): Promise<McpHttpSession> {
  const [{ serveMcpHttp }, { keptToken }] = await Promise.all([
    import('../mcp/http/serve-mcp-http.js'),
    import('../mcp/http/kept-token.js'),
  ]);
  // The programs that this one starts need not know it.
  delete process.env['SLIPWAY_HTTP_TOKEN'];
  const { token, file } =
    http.token === undefined ? await keptToken() : { token: http.token, file: undefined };
  const where = file ?? 'the variable SLIPWAY_HTTP_TOKEN';
  const tokenName = `The bearer token in ${where}`;
  const session = await serveMcpHttp({ ...setup, ...http, token, tokenName });
  process.stderr.write(`slipway: serving MCP at ${session.url}; the bearer token is in ${where}\n`);
  return session;
}

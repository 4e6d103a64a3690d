/** The answer to a request that no MCP server gets to see. */
export interface Refusal {
  readonly status: number;
  /** JSON-RPC error code. */
  readonly code: number;
  /** What is wrong and what to do. Never holds a token. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Codes of the MCP SDK where it has one, so that clients find what they know. */
export const CODE = {
  refused: -32_000,
  noSession: -32_001,
  parse: -32_700,
  invalidRequest: -32_600,
  internal: -32_603,
} as const;

/** The refusal as an HTTP response with a JSON-RPC error that belongs to no request. */
export function refusalResponse({ status, code, message, headers }: Refusal): Response {
  const body = { jsonrpc: '2.0', error: { code, message }, id: null };
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

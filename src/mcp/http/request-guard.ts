import type { IncomingMessage } from 'node:http';
import { quoteValue } from '../../core/options.js';
import type { BearerToken } from './bearer-token.js';
import type { PermittedNames } from './permitted-names.js';
import { CODE, type Refusal } from './refusal.js';

/** Where MCP is served; anything else is not found. */
export const ENDPOINT = '/mcp';

const METHODS: readonly (string | undefined)[] = ['POST', 'GET', 'DELETE'];

/** What a request must pass before a byte of its body is read. */
export class RequestGuard {
  readonly #token: BearerToken;
  readonly #names: PermittedNames;

  constructor(token: BearerToken, names: PermittedNames) {
    this.#token = token;
    this.#names = names;
  }

  /** Why the request is not served; undefined when it is. */
  refusal(request: IncomingMessage): Refusal | undefined {
    return (
      this.#foreign(request) ??
      wrongPath(request) ??
      wrongMethod(request) ??
      this.#stranger(request)
    );
  }

  /** A preflight of a page in a browser, which carries no token: it learns what a page may send. */
  isPreflight(request: IncomingMessage): boolean {
    const { method, headers } = request;
    if (method !== 'OPTIONS' || headers.origin === undefined) return false;
    return (this.#foreign(request) ?? wrongPath(request)) === undefined;
  }

  /** What lets a page of a permitted origin read the answer. Nothing for everyone else. */
  corsHeaders({ headers: { origin } }: IncomingMessage): Readonly<Record<string, string>> {
    if (origin === undefined || !this.#names.hasOrigin(origin)) return {};
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'mcp-session-id, www-authenticate',
    };
  }

  /**
   * A page whose name was rebound to this address sends its own name as `Host`, and every page
   * sends its own as `Origin`: neither can be forged by a script.
   */
  #foreign({ headers, headersDistinct }: IncomingMessage): Refusal | undefined {
    const hosts = headersDistinct['host'] ?? [];
    const [host = ''] = hosts;
    if (hosts.length !== 1 || !this.#names.hasHost(host)) return forbidden('Host', host);
    const { origin } = headers;
    if (origin !== undefined && !this.#names.hasOrigin(origin)) return forbidden('Origin', origin);
    return undefined;
  }

  #stranger({ headers: { authorization } }: IncomingMessage): Refusal | undefined {
    if (this.#token.matches(authorization)) return undefined;
    const error = authorization === undefined ? '' : ', error="invalid_token"';
    return {
      status: 401,
      code: CODE.refused,
      message: 'This server needs its bearer token: send it as "Authorization: Bearer TOKEN".',
      headers: { 'www-authenticate': `Bearer realm="slipway"${error}` },
    };
  }
}

/** The answer to a preflight: what a page of a permitted origin may send. */
export const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'POST, GET, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name',
  'access-control-max-age': '600',
} as const;

function forbidden(header: string, value: string): Refusal {
  const message = `${header} ${quoteValue(value)} is not permitted here. The operator permits a name with --allowed-hosts.`;
  return { status: 403, code: CODE.refused, message };
}

/** Of the absolute form `GET http://name/mcp`, which only proxies send, none is ours. */
function wrongPath({ url = '' }: IncomingMessage): Refusal | undefined {
  if (url.split('?', 1)[0] === ENDPOINT) return undefined;
  return { status: 404, code: CODE.refused, message: `MCP is served at ${ENDPOINT}.` };
}

function wrongMethod({ method }: IncomingMessage): Refusal | undefined {
  if (METHODS.includes(method)) return undefined;
  return {
    status: 405,
    code: CODE.refused,
    message: 'Method not allowed.',
    headers: { allow: METHODS.join(', ') },
  };
}

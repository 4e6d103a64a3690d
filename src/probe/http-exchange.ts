/** One HTTP request to a server in a container: bounded, never redirected to another place. */
import { request, type IncomingMessage } from 'node:http';

export interface HttpTarget {
  /** On the loopback address of this machine. */
  readonly hostPort: number;
  /** Inside the container: what the server believes it is asked at. */
  readonly containerPort: number;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the head of the answer.
 *
 * @throws when nothing answers there, or `signal` aborts
 */
export function exchange(target: HttpTarget, call: HttpCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: target.hostPort,
        method: call.method,
        path: call.path,
        // A server that guards against DNS rebinding compares the name that it was given.
        headers: { ...call.headers, Host: `localhost:${target.containerPort}` },
        agent: false,
        signal: call.signal,
      },
      (response) => {
        response.on('error', () => undefined);
        resolve(response);
      },
    );
    sent.on('error', reject);
    sent.end(call.body);
  });
}

/** As {@link exchange}; follows redirects that only change the path, as `/mcp` to `/mcp/`. */
export async function exchangeFollowing(
  target: HttpTarget,
  call: HttpCall,
): Promise<IncomingMessage> {
  let { path } = call;
  for (let hops = 0; ; hops += 1) {
    const response = await exchange(target, { ...call, path });
    const to = redirectPath(response, path);
    if (to === undefined || hops >= MAX_REDIRECTS) return response;
    response.destroy();
    path = to;
  }
}

const MAX_REDIRECTS = 3;

function redirectPath(response: IncomingMessage, from: string): string | undefined {
  if (![301, 302, 307, 308].includes(response.statusCode ?? 0)) return undefined;
  return pathOf(response.headers.location ?? '', from);
}

/** The path and query of a reference: whatever host it names, only this server is asked. */
export function pathOf(reference: string, base: string): string | undefined {
  try {
    const url = new URL(reference, new URL(base, 'http://localhost'));
    return url.pathname + url.search;
  } catch {
    return undefined;
  }
}

/** The beginning of a body as text. */
export async function bodyText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // What came before the connection broke.
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

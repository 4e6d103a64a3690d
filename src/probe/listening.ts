export interface Listening {
  readonly port: number;
  /** With a leading slash; null when the text names none. */
  readonly path: string | null;
  /** It names the address of all interfaces. Without it, the address may be a loopback one. */
  readonly everywhere: boolean;
}

const MAX_LINE_CHARACTERS = 2000;

/**
 * Where a program says it listens: `Uvicorn running on http://127.0.0.1:8000`, `Server listening
 * on port 3000`, `MCP endpoint: http://localhost:3333/mcp`. The most telling place comes first: one
 * with a path of the protocol, then any address, then a bare port.
 */
export function listeningIn(text: string): Listening | undefined {
  const lines = text.split('\n').map((line) => line.slice(0, MAX_LINE_CHARACTERS));
  const addresses = lines.flatMap(addressesIn);
  return (
    addresses.find(({ path }) => path !== null && /\/(?:mcp|sse)\b/.test(path)) ??
    addresses[0] ??
    lines.flatMap(portsIn)[0]
  );
}

const ADDRESS =
  /\bhttps?:\/\/(?<host>localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[[\da-f:]*\]|::|172\.\d+\.\d+\.\d+|[0-9a-f]{12}):(?<port>\d{2,5})(?<path>\/[\w\-./~]*)?/gi;
/** A page of a debugger or a link in a notice is not where it listens. */
const NOT_LISTENING =
  /\b(?:debugger|inspector|connect(?:ing|ed)? to|proxy(?:ing)? to|failed|redirect)\b/i;

function addressesIn(line: string): readonly Listening[] {
  if (NOT_LISTENING.test(line)) return [];
  return [...line.matchAll(ADDRESS)].flatMap(({ groups }) => {
    const port = portOf(groups?.['port']);
    const path = (groups?.['path'] ?? '').replace(/[.]+$/, '');
    const everywhere = isEverywhere(groups?.['host'] ?? '');
    return port === undefined
      ? []
      : [{ port, path: path === '' || path === '/' ? null : path, everywhere }];
  });
}

const PORT =
  /\b(?:listening|running|started|serving|listen|bound|available|server|ready)\b[^\n]{0,60}?(?:\bport:?\s+|(?<host>localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1?\]?):|(?<=[\s(]):)(?<port>\d{2,5})\b(?!:)/i;

function portsIn(line: string): readonly Listening[] {
  if (NOT_LISTENING.test(line)) return [];
  const groups = PORT.exec(line)?.groups;
  const port = portOf(groups?.['port']);
  if (port === undefined) return [];
  return [{ port, path: null, everywhere: isEverywhere(groups?.['host'] ?? '') }];
}

function isEverywhere(host: string): boolean {
  return /^(?:0\.0\.0\.0|\[?::\]?)$/.test(host);
}

function portOf(text: string | undefined): number | undefined {
  const port = Number(text);
  return port >= 80 && port <= 65_535 ? port : undefined;
}

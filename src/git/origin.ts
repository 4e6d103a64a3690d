/** Scheme, host and port of an address. */
export interface Origin {
  readonly protocol: 'https' | 'http';
  /** Lower case; an IPv6 address is in brackets. */
  readonly host: string;
  /** Undefined for the scheme's own port. */
  readonly port: number | undefined;
}

const DEFAULT_PORT = { https: 443, http: 80 } as const;
const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?$/;
/** Underscores occur in names of private networks. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Reads `host` or `host:port` in lower case; undefined when it is anything else. */
export function parseAuthority(
  protocol: Origin['protocol'],
  authority: string,
): Origin | undefined {
  const [, host, digits] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined) return undefined;
  if (!host.startsWith('[') && !host.split('.').every((label) => LABEL.test(label))) {
    return undefined;
  }
  if (digits === undefined) return { protocol, host, port: undefined };
  const port = Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  return { protocol, host, port: port === DEFAULT_PORT[protocol] ? undefined : port };
}

/**
 * Is this host an IP address, in any spelling that a resolver takes? `127.1`, `2130706433` and
 * `0x7f000001` are 127.0.0.1 for inet_aton: what makes the difference is that the last label of a
 * name is never a number.
 */
export function isAddress(host: string): boolean {
  const last = host.split('.').at(-1) ?? '';
  return host.startsWith('[') || /^(?:[0-9]+|0x[0-9a-f]*)$/.test(last);
}

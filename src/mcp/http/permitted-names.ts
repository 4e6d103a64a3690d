import { isIPv4, isIPv6 } from 'node:net';
import { invalidInput } from '../../core/options.js';

/** Names of this machine for itself. A page of another site cannot make a browser send one. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'] as const;

/** The names a request may say it is for (`Host`), or comes from (`Origin`). Ports do not count. */
export class PermittedNames {
  readonly #names: ReadonlySet<string>;

  /**
   * @param host where the server listens
   * @param names other names clients reach it by; needed when `host` is not a loopback address
   * @throws {SlipwayError} `INVALID_INPUT` for a name that is none, or when they are missing
   */
  constructor(host: string, names: readonly string[]) {
    const wrong = names.find((name) => hostname(name) === undefined || /:\d+$/.test(name));
    if (wrong !== undefined) throw wrongName(wrong);
    if (!isLoopback(host) && names.length === 0) throw openToOthers(host);
    const own = isIPv4(host) && isLoopback(host) ? [host] : [];
    this.#names = new Set([...LOOPBACK_NAMES, ...own, ...names.map((name) => name.toLowerCase())]);
  }

  /** @param value of the header `Host` */
  hasHost(value: string): boolean {
    const name = hostname(value);
    return name !== undefined && this.#names.has(name);
  }

  /** @param value of the header `Origin` */
  hasOrigin(value: string): boolean {
    const authority = /^https?:\/\/([^/?#@]+)$/i.exec(value)?.[1];
    return authority !== undefined && this.hasHost(authority);
  }
}

/** `localhost`, or an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** An address as it stands in a URL. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** The lower-case name in `name`, `name:port`, `[address]` or `[address]:port`. */
function hostname(value: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(value)?.[1]?.toLowerCase();
}

function wrongName(name: string): Error {
  return invalidInput(
    'A permitted host',
    'must be a host name or an address without a port, IPv6 in brackets',
    name,
    'Write for example: mcp.example.com',
  );
}

function openToOthers(host: string): Error {
  return invalidInput(
    'The address of the HTTP server',
    'must be a loopback address unless the names clients reach it by are given',
    host,
    'Listen on 127.0.0.1, or name the hosts with --allowed-hosts. Who holds the token can start containers on this machine.',
  );
}

import { isIPv6 } from 'node:net';
import { quoteValue } from '../core/options.js';
import type { ServerOptions } from './environment.js';
import { listOf, type Refuse, type Setting } from './settings.js';

/** Where it is listened unless told otherwise: nobody but this machine gets there. */
const LOOPBACK = '127.0.0.1';

/** `8931`, `localhost:8931`, `192.0.2.7:8931`, `[::1]:8931`. */
const ADDRESS = /^(?:(?:\[(?<address>[0-9a-f:.]+)\]|(?<name>[a-z0-9.-]+)):)?(?<port>\d{1,5})$/i;

/** A name, or an IPv4 address. */
const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

const IN_BRACKETS = /^\[([0-9a-f:.]+)\]$/i;

const MAX_PORT = 65_535;

/** Undefined for a server on standard input and output. */
export function httpOptions(
  address: Setting,
  hosts: Setting,
  { token, refuse }: { readonly token: string | undefined; readonly refuse: Refuse },
): ServerOptions['http'] {
  const allowedHosts = hostNames(hosts, refuse);
  if (address.value === undefined) {
    if (hosts.value !== undefined) refuse(`${hosts.source} is for --http, which is not given.`);
    return undefined;
  }
  const where = listenAddress(address.source, address.value, refuse);
  // What should have filled it has failed; a token that nobody knows of would only confuse.
  if (token === '') refuse('SLIPWAY_HTTP_TOKEN is empty; give it a token, or remove it.');
  return { ...where, token, allowedHosts };
}

function listenAddress(
  source: string,
  value: string,
  refuse: Refuse,
): { readonly host: string; readonly port: number } {
  const groups = ADDRESS.exec(value)?.groups;
  const port = Number(groups?.['port']);
  if (groups !== undefined && port <= MAX_PORT) {
    return { host: groups['address'] ?? groups['name'] ?? LOOPBACK, port };
  }
  const rule = 'must be a port, or host:port such as 127.0.0.1:8931 or [::1]:8931';
  return refuse(`${source} ${rule}; got ${quoteValue(value)}.`);
}

function hostNames(hosts: Setting, refuse: Refuse): readonly string[] {
  const names = listOf(hosts) ?? [];
  const wrong = names.find((name) => !isHostName(name));
  if (wrong === undefined) return names;
  const rule = 'must be names of hosts without a port, IPv6 in brackets, with commas between them';
  return refuse(`${hosts.source} ${rule}; got ${quoteValue(wrong)}.`);
}

function isHostName(name: string): boolean {
  return HOST_NAME.test(name) || isIPv6(IN_BRACKETS.exec(name)?.[1] ?? '');
}

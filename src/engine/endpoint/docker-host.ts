import { isIPv6 } from 'node:net';
import { invalidInput } from '../../core/options.js';
import type { Connection, SocketConnection, SshConnection, TlsMaterial } from './types.js';

/** A parsed Docker host. Whether TCP speaks TLS is decided elsewhere, except for http and https. */
export type DockerHost =
  | SocketConnection
  | {
      readonly kind: 'tcp';
      readonly scheme: 'tcp' | 'http' | 'https';
      readonly host: string;
      readonly port: number | undefined;
    }
  | SshConnection;

/** Longest path of a Unix socket in bytes: `sun_path` of Linux without its final zero. */
const MAX_SOCKET_PATH_BYTES = 107;
const FORMS =
  'unix:///path, npipe:////./pipe/name, tcp://host:port, http(s)://host:port or ssh://host';
const LOCAL_PIPE = /^\/\/\.\/pipe\/[\w.-]+$/;
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;
const SSH_USER = /^[A-Za-z0-9_.][A-Za-z0-9_.+-]*$/;
/** The remote shell sees this path, so it is made of characters that mean nothing to a shell. */
const REMOTE_PATH = /^\/[A-Za-z0-9_.@:+/-]+$/;

type Refuse = (rule: string) => Error;

/**
 * Reads an engine's address in the notation of `DOCKER_HOST`. Pure: nothing is looked up.
 *
 * Narrower than the docker CLI where that is safer or clearer: a scheme is required, a relative
 * path, a password, a path after a TCP address and a pipe of another machine are refused.
 *
 * @param field names the value in errors: `dockerHost`, `DOCKER_HOST` …
 * @throws {SlipwayError} `INVALID_INPUT`; user names and passwords are masked in it
 */
export function parseDockerHost(text: string, field: string): DockerHost {
  const refuse: Refuse = (rule) => invalidInput(field, rule, maskSecrets(text));
  const parts = /^([a-z]+):\/\/(.*)$/s.exec(text.trim());
  const [, scheme = '', rest = ''] = parts ?? [];
  if (/\p{Cc}|\s/u.test(rest)) throw refuse('must not hold spaces or control characters');
  switch (scheme) {
    case 'unix':
      return { kind: 'socket', path: unixPath(rest, refuse) };
    case 'npipe':
      return { kind: 'socket', path: pipePath(rest, refuse) };
    case 'tcp':
    case 'http':
    case 'https':
      return { kind: 'tcp', scheme, ...tcpTarget(rest, refuse) };
    case 'ssh':
      return sshTarget(rest, refuse);
    default:
      throw refuse(`must have one of the forms ${FORMS}`);
  }
}

/**
 * Completes a parsed host to a connection. A TCP address without a port gets the one registered
 * for Docker, 2375 or with TLS 2376; http gets 80 and https 443.
 */
export function toConnection(host: DockerHost, tls: TlsMaterial | undefined): Connection {
  if (host.kind !== 'tcp') return host;
  const registered = { tcp: tls === undefined ? 2375 : 2376, http: 80, https: 443 };
  return { kind: 'tcp', host: host.host, port: host.port ?? registered[host.scheme], tls };
}

/** The connection as Docker writes it. An ssh user is shown: it is no secret and part of the place. */
export function formatAddress(connection: Connection): string {
  if (connection.kind === 'socket') {
    return `${isPipe(connection.path) ? 'npipe' : 'unix'}://${connection.path}`;
  }
  const host = bracketed(connection.host);
  if (connection.kind === 'tcp') return `tcp://${host}:${connection.port}`;
  const user = connection.user === undefined ? '' : `${connection.user}@`;
  const port = connection.port === undefined ? '' : `:${connection.port}`;
  return `ssh://${user}${host}${port}${connection.socketPath ?? ''}`;
}

/** Is this the path of a Windows pipe? Such a path has no file that could be looked at. */
export function isPipe(path: string): boolean {
  return LOCAL_PIPE.test(path);
}

/** An address that was refused may hold anything: hide what stands before an `@` or after a `?`. */
export function maskSecrets(text: string): string {
  return text.replace(/^([a-z]*:\/\/)?.*@/s, '$1***@').replace(/[?#].*$/s, '?***');
}

function unixPath(path: string, refuse: Refuse): string {
  if (!path.startsWith('/')) throw refuse('must have an absolute path, as unix:///path has');
  if (hasParentSegment(path)) throw refuse('must not have ".." in its path');
  if (path.endsWith('/')) throw refuse('must name a socket, not a folder');
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw refuse(
      `must have a path of at most ${MAX_SOCKET_PATH_BYTES} bytes, the limit of a socket`,
    );
  }
  return path;
}

function pipePath(rest: string, refuse: Refuse): string {
  const path = rest.replaceAll('\\', '/');
  // A pipe of another machine would send this account's credentials there.
  if (!isPipe(path)) throw refuse('must name a pipe of this machine: npipe:////./pipe/name');
  return path;
}

function tcpTarget(rest: string, refuse: Refuse): { host: string; port: number | undefined } {
  const { userinfo, place, path } = splitUrl(rest);
  if (userinfo !== undefined) throw refuse('must not hold a user or a password');
  if (path !== '' && path !== '/') throw refuse('must end after the port');
  return hostAndPort(place, refuse);
}

function sshTarget(rest: string, refuse: Refuse): SshConnection {
  const { userinfo, place, path } = splitUrl(rest);
  if (userinfo !== undefined && !SSH_USER.test(userinfo)) {
    throw refuse('must name its user in letters, digits and "_.+-", without a password');
  }
  const socketPath = path === '' || path === '/' ? undefined : path;
  if (socketPath !== undefined && (!REMOTE_PATH.test(socketPath) || hasParentSegment(socketPath))) {
    throw refuse(
      'must have a plain absolute socket path, of letters, digits and "_.@:+-/", or none',
    );
  }
  return { kind: 'ssh', user: userinfo, ...hostAndPort(place, refuse), socketPath };
}

function splitUrl(rest: string): { userinfo: string | undefined; place: string; path: string } {
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf('@');
  return {
    userinfo: at === -1 ? undefined : authority.slice(0, at),
    place: authority.slice(at + 1),
    path: end === -1 ? '' : rest.slice(end),
  };
}

function hostAndPort(place: string, refuse: Refuse): { host: string; port: number | undefined } {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(place);
  if (parts === null) throw refuse('must be host:port, an IPv6 address in brackets');
  const [, address, name, digits] = parts;
  if (address !== undefined && !/^[0-9a-fA-F:.]+$/.test(address)) {
    throw refuse('must hold an IPv6 address, without a zone, in its brackets');
  }
  const host = address ?? name ?? '';
  if (address === undefined ? !HOST_NAME.test(host) : !isIPv6(host)) {
    throw refuse('must name a host: letters, digits and "._-", not starting with "-"');
  }
  return { host, port: digits === undefined ? undefined : portNumber(digits, refuse) };
}

function portNumber(digits: string, refuse: Refuse): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw refuse('must have a port from 1 to 65535');
  return port;
}

function hasParentSegment(path: string): boolean {
  return path.split('/').includes('..');
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

import { SlipwayError } from '../core/errors.js';
import { invalidInput } from '../core/options.js';
import { isAddress, parseAuthority, type Origin } from './origin.js';

/** A repository address that passed every rule. */
export interface RepositoryUrl {
  /** What git is given: scheme and host in lower case, without the default port or a last slash. */
  readonly url: string;
  readonly protocol: 'https' | 'http';
  /** The path without `.git`: `owner/repository`. */
  readonly name: string;
}

/** Where repositories may come from; see {@link parseAllowedHosts}. */
export interface AllowedHosts {
  /** Any named host, over https on port 443. */
  readonly any: boolean;
  readonly origins: readonly Origin[];
}

const MAX_URL_CHARACTERS = 1024;
const FORM = 'must be an https URL such as https://github.com/owner/repository';
const EXAMPLE = 'Use the form https://host/owner/repository. Nothing was cloned.';

/**
 * Reads the operator's list of hosts.
 *
 * - `github.com` allows https on port 443, `git.example.com:8443` https on that port.
 * - `http://127.0.0.1:3000` allows plain http, for that host and port only. Nothing else does.
 * - `*` allows https to every host that has a name. Addresses and `localhost` need their own entry.
 *
 * @throws {SlipwayError} `INVALID_INPUT` naming the entry
 */
export function parseAllowedHosts(hosts: readonly string[]): AllowedHosts {
  const named = hosts.filter((host) => host !== '*');
  return { any: named.length < hosts.length, origins: named.map(parseHost) };
}

function parseHost(entry: string): Origin {
  const [, scheme = 'https', authority = ''] = /^(?:(https?):\/\/)?([^/]*)$/.exec(entry) ?? [];
  const origin = parseAuthority(scheme === 'http' ? 'http' : 'https', authority.toLowerCase());
  if (origin !== undefined) return origin;
  throw invalidInput(
    'repositories.hosts',
    'must be host names such as github.com, git.example.com:8443 or http://127.0.0.1:3000',
    entry,
    'Correct the policy.',
  );
}

/**
 * Reads a repository address with a grammar of our own, because what a URL parser repairs
 * silently (`\`, tabs, `2130706433` for 127.0.0.1, upper case, `%2e`) is what attackers use.
 *
 * On github.com the path is exactly `owner/repository`. Elsewhere it has 2 to 12 parts, since
 * GitLab has groups in groups and others have folders.
 *
 * @throws {SlipwayError} `INVALID_INPUT` when it is not such a URL (credentials are never repeated),
 * `POLICY_DENIED` when its host is not allowed
 */
export function parseRepositoryUrl(value: string, allowed: AllowedHosts): RepositoryUrl {
  refuseCharacters(value);
  const [, scheme, authority = '', path = ''] = /^(https?):\/\/([^/]*)(.*)$/i.exec(value) ?? [];
  if (scheme === undefined) throw refused(FORM, value);
  const protocol = scheme.toLowerCase() === 'http' ? 'http' : 'https';
  const origin = parseAuthority(protocol, authority.toLowerCase());
  if (origin === undefined) throw refused('must name its host plainly, in ASCII', value);
  refuseOrigin(origin, allowed, value);
  const parts = parsePath(path, origin.host, value);
  const port = origin.port === undefined ? '' : `:${origin.port}`;
  return {
    url: `${protocol}://${origin.host}${port}/${parts.join('/')}`,
    protocol,
    name: parts.join('/').replace(/\.git$/, ''),
  };
}

function refuseCharacters(value: string): void {
  if (value.length > MAX_URL_CHARACTERS) {
    throw refused(`must have at most ${MAX_URL_CHARACTERS} characters`, value);
  }
  if (!/^[\x21-\x7e]*$/.test(value)) {
    throw refused('must be ASCII without spaces and control characters', value);
  }
  // `git@host:path` is the SSH form: its user name is no secret, but the scheme is wrong.
  if (!/^https?:\/\//i.test(value)) throw refused(FORM, value);
  if (value.includes('@')) throw refused('must not contain credentials', value);
  if (/[?#%\\]/.test(value)) {
    throw refused('must not contain a query, a fragment, an escape (%) or a backslash', value);
  }
}

function refuseOrigin(origin: Origin, allowed: AllowedHosts, value: string): void {
  const listed = allowed.origins.some(
    (entry) =>
      entry.protocol === origin.protocol &&
      entry.host === origin.host &&
      entry.port === origin.port,
  );
  if (listed) return;
  if (origin.protocol === 'http') throw refused(FORM, value);
  const named = !isAddress(origin.host) && !/(^|\.)localhost$/.test(origin.host);
  if (allowed.any && named && origin.port === undefined) return;
  throw denied(origin, allowed);
}

function denied(origin: Origin, allowed: AllowedHosts): SlipwayError<'POLICY_DENIED'> {
  const requested = describe(origin);
  const permitted = [...(allowed.any ? ['*'] : []), ...allowed.origins.map(describe)].join(', ');
  return new SlipwayError('POLICY_DENIED', {
    message: `Refused: repositories of "${requested}" are not permitted here; permitted hosts: ${permitted || 'none'}.`,
    hint: "Only the operator can change this, in the policy's repositories.hosts. The same request will be refused again.",
    context: { rule: 'repositories.hosts', requested, allowed: permitted },
  });
}

function describe({ protocol, host, port }: Origin): string {
  const name = port === undefined ? host : `${host}:${port}`;
  return protocol === 'http' ? `http://${name}` : name;
}

const MAX_PATH_PARTS = 12;
const PATH_PART = /^[A-Za-z0-9._~-]{1,100}$/;
const NOT_A_NAME: ReadonlySet<string> = new Set(['.', '..', '.git']);

function parsePath(path: string, host: string, value: string): readonly string[] {
  const parts = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  const most = host === 'github.com' ? 2 : MAX_PATH_PARTS;
  if (parts.length < 2 || parts.length > most) {
    const rule = most === 2 ? 'owner/repository' : `a path of 2 to ${most} parts`;
    throw refused(`must have ${rule} after its host, and nothing else`, value);
  }
  if (!parts.every((part) => PATH_PART.test(part) && !NOT_A_NAME.has(part))) {
    throw refused('must have path parts of letters, digits and ". _ ~ -"', value);
  }
  return parts;
}

function refused(rule: string, value: string): SlipwayError<'INVALID_INPUT'> {
  return invalidInput('repositoryUrl', rule, withoutSecrets(value), EXAMPLE);
}

/**
 * People paste addresses with tokens in them, before an `@` (also written `%40`) or in a query.
 * Neither is repeated, however broken the rest of the address is.
 */
function withoutSecrets(value: string): string {
  return value.replace(/[?#].*$/s, '…').replace(/^([a-z+]*:\/\/)?.*(?:@|%40)/is, '$1***@');
}

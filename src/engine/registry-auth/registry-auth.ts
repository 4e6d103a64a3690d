import type { ProgramEnvironment } from '../programs.js';
import { askCredentialHelper } from './credential-helper.js';
import { CredentialsError } from './credentials-error.js';
import {
  settingsOfFile,
  settingsOfVariable,
  type AuthEntry,
  type CredentialSettings,
  type SettingsEnvironment,
} from './docker-settings.js';
import { namesRegistry, serverAddress } from './registry-name.js';

/** What the settings are read from, and where helpers are looked for. */
export type RegistryEnvironment = SettingsEnvironment & ProgramEnvironment;

export interface RegistryAuthOptions {
  /** Milliseconds for each credential helper. @default 30000: it may ask the user to unlock it */
  readonly helperTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const HELPER_TIMEOUT_MS = 30_000;

/**
 * What the docker CLI's user of this environment is logged in with at one registry, or undefined
 * when that is nobody.
 *
 * In the order of the docker CLI: `DOCKER_AUTH_CONFIG`, then `config.json`; in each of them the
 * registry's own credential helper, the credential store, and the login in the file itself.
 *
 * @param registry host, with its port if it has one: `docker.io`, `localhost:5000`
 * @throws {CredentialsError} when the settings name a login that cannot be read
 * @throws the reason of the signal
 */
export async function registryLogin(
  registry: string,
  environment: RegistryEnvironment,
  options: RegistryAuthOptions = {},
): Promise<Login | undefined> {
  return (
    (await loginIn(settingsOfVariable(environment), registry, environment, options)) ??
    (await loginIn(await settingsOfFile(environment), registry, environment, options))
  );
}

/** {@link registryLogin} as the value of the header `X-Registry-Auth`. */
export async function registryAuthHeader(
  registry: string,
  environment: RegistryEnvironment,
  options: RegistryAuthOptions = {},
): Promise<string | undefined> {
  const login = await registryLogin(registry, environment, options);
  return login === undefined ? undefined : encode(login, registry);
}

/** Fields of the engine's `AuthConfig`. */
export type Login = Readonly<
  Partial<Record<'username' | 'password' | 'identitytoken' | 'registrytoken', string>>
>;

async function loginIn(
  settings: CredentialSettings | undefined,
  registry: string,
  environment: RegistryEnvironment,
  options: RegistryAuthOptions,
): Promise<Login | undefined> {
  if (settings === undefined) return undefined;
  const inFile = settings.auths.filter(([key]) => namesRegistry(key, registry));
  const ownLogin = (): Login | undefined => firstLogin(inFile, registry, settings.source);
  const [, name = settings.store] =
    settings.helpers.find(([key]) => namesRegistry(key, registry)) ?? [];
  // An empty name turns the store off for this registry.
  if (name === undefined || name === '') return ownLogin();
  // Old files know the registry by other names, and so does their helper.
  const servers = new Set([serverAddress(registry), ...inFile.map(([key]) => key)]);
  try {
    return (await loginOfHelper(name, servers, environment, options)) ?? ownLogin();
  } catch (error) {
    const login = error instanceof CredentialsError ? ownLogin() : undefined;
    if (login === undefined) throw error;
    return login;
  }
}

async function loginOfHelper(
  name: string,
  servers: Iterable<string>,
  environment: RegistryEnvironment,
  { helperTimeoutMs: timeoutMs = HELPER_TIMEOUT_MS, signal }: RegistryAuthOptions,
): Promise<Login | undefined> {
  for (const server of servers) {
    const answer = await askCredentialHelper({ name, server, environment, timeoutMs, signal });
    if (answer === undefined) continue;
    const { Username: username, Secret: secret } = answer;
    return username === IS_TOKEN ? { identitytoken: secret } : { username, password: secret };
  }
  return undefined;
}

/** The user name by which a helper says that the secret is an identity token. */
const IS_TOKEN = '<token>';

function firstLogin(
  entries: readonly (readonly [string, AuthEntry])[],
  registry: string,
  source: string,
): Login | undefined {
  for (const [, entry] of entries) {
    const login = loginOfEntry(entry, registry, source);
    if (login.password || login.identitytoken || login.registrytoken) return login;
  }
  return undefined;
}

function loginOfEntry(entry: AuthEntry, registry: string, source: string): Login {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  const plain = auth ? decode(auth, registry, source) : { username, password };
  const fields = Object.entries({ ...plain, identitytoken, registrytoken });
  return Object.fromEntries(fields.filter(([, value]) => value));
}

/** `auth` is base64 of `user:password`. Old clients padded the password with zero bytes. */
function decode(auth: string, registry: string, source: string): Login {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0) {
    const password = text.slice(colon + 1).replace(/^\0+|\0+$/g, '');
    return { username: text.slice(0, colon), password };
  }
  throw new CredentialsError(
    `the entry for ${registry} in ${source} is not the base64 of "user:password"`,
    `Log in again with "docker login ${registry}".`,
  );
}

/** Base64 of RFC 4648, section 5, with padding: the engine decodes no other. */
function encode(login: Login, registry: string): string {
  const json = JSON.stringify({ ...login, serveraddress: serverAddress(registry) });
  return Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

import { join } from 'node:path';
import { z } from 'zod';
import { dockerFolder, valueOf } from '../endpoint/environment-values.js';
import type { SearchEnvironment } from '../endpoint/types.js';
import { CredentialsError } from './credentials-error.js';

const authEntry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

const settingsFile = z.looseObject({
  auths: z.record(z.string(), authEntry).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/** An entry of `auths`. An empty one says that a credential store has the rest. */
export type AuthEntry = z.output<typeof authEntry>;

/** The part of Docker's settings that is about credentials. */
export interface CredentialSettings {
  /** `config.json` or `DOCKER_AUTH_CONFIG`, for messages. */
  readonly source: string;
  /** By registry, as the file writes it. */
  readonly auths: readonly (readonly [string, AuthEntry])[];
  readonly helpers: readonly (readonly [string, string])[];
  /** The helper for every other registry. */
  readonly store: string | undefined;
}

/** What the settings are read from. */
export type SettingsEnvironment = Pick<SearchEnvironment, 'env' | 'homeDir' | 'files'>;

/**
 * `DOCKER_AUTH_CONFIG`, which holds settings as text and comes first.
 *
 * @throws {CredentialsError}
 */
export function settingsOfVariable(
  environment: SettingsEnvironment,
): CredentialSettings | undefined {
  const text = valueOf(environment, 'DOCKER_AUTH_CONFIG');
  return text === undefined ? undefined : parse(text, 'DOCKER_AUTH_CONFIG');
}

/**
 * `config.json` of `$DOCKER_CONFIG` or `~/.docker`; undefined when there is none.
 *
 * @throws {CredentialsError}
 */
export async function settingsOfFile(
  environment: SettingsEnvironment,
): Promise<CredentialSettings | undefined> {
  const path = join(dockerFolder(environment), 'config.json');
  const content = await environment.files.read(path);
  if (content.kind === 'missing') return undefined;
  if (content.kind === 'unread') throw unusable('config.json of Docker', content.because);
  return parse(content.bytes.toString('utf8'), 'config.json of Docker');
}

function parse(text: string, source: string): CredentialSettings {
  const parsed = settingsFile.safeParse(parseJson(text, source));
  if (!parsed.success) throw unusable(source, 'does not have the form of Docker settings');
  const { auths, credHelpers, credsStore } = parsed.data;
  return {
    source,
    auths: Object.entries(auths ?? {}),
    helpers: Object.entries(credHelpers ?? {}),
    store: credsStore || undefined,
  };
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(source, 'is not valid JSON');
  }
}

function unusable(source: string, because: string): CredentialsError {
  return new CredentialsError(
    `${source} ${because}`,
    `Correct ${source}, or log in again with "docker login".`,
  );
}

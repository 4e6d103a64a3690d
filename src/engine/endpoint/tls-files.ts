import { join } from 'node:path';
import { invalidInput } from '../../core/options.js';
import type { SlipwayError } from '../../core/errors.js';
import type { DockerHost } from './docker-host.js';
import { dockerFolder, valueOf } from './environment-values.js';
import type { FileLookup, SearchEnvironment, TlsMaterial } from './types.js';

type Role = 'ca' | 'cert' | 'key';

/** A folder that may hold `ca.pem`, `cert.pem` and `key.pem`. */
interface TlsFolder {
  readonly path: string;
  readonly files: FileLookup;
  /** Makes the error for a file of this folder; `rule` begins with a verb. */
  readonly refuse: (rule: string) => SlipwayError;
}

/** What each file is for, and what its text must hold: Node ignores a CA file that has none. */
const ROLES: Readonly<Record<Role, { readonly purpose: string; readonly pem: RegExp }>> = {
  ca: { purpose: 'CA certificate that the engine is checked against', pem: /-BEGIN CERTIFICATE-/ },
  cert: { purpose: 'client certificate', pem: /-BEGIN CERTIFICATE-/ },
  key: {
    purpose: 'unencrypted private key of the client',
    pem: /-BEGIN (?:RSA |EC )?PRIVATE KEY-/,
  },
};

/**
 * TLS for an address that the caller or `DOCKER_HOST` named, decided by `DOCKER_TLS_VERIFY`,
 * `DOCKER_TLS` (TLS that checks no certificate) and `DOCKER_CERT_PATH` as the docker CLI does it:
 * any value but an empty one counts, also `0`; the default folder is that of its settings.
 *
 * An https address is always checked, by the CA of Node unless one of these variables gives files.
 *
 * @param field names the address in errors
 * @throws {SlipwayError} `INVALID_INPUT` naming the file that is missing or wrong
 */
export async function tlsFromEnvironment(
  host: DockerHost,
  environment: SearchEnvironment,
  field: string,
): Promise<TlsMaterial | undefined> {
  if (host.kind !== 'tcp') return undefined;
  const wish = environmentWish(environment);
  if (host.scheme === 'http' && wish !== 'none') throw plainDespiteTls(field);
  if (host.scheme !== 'https' && wish === 'none') return undefined;
  return await environmentMaterial(environment, wish, host.scheme === 'https');
}

/**
 * TLS of a context: its own files, each optional, and its `SkipTLSVerify`. The environment's TLS
 * variables have no say in it.
 *
 * @throws {SlipwayError} what `folder.refuse` makes, for a file that is missing or wrong
 */
export async function tlsFromContext(
  host: DockerHost,
  folder: TlsFolder,
  skipVerify: boolean,
): Promise<TlsMaterial | undefined> {
  if (host.kind !== 'tcp') return undefined;
  const found = await readTlsFiles(folder);
  const hasFiles = found.ca !== undefined || found.cert !== undefined;
  if (host.scheme === 'http' && (hasFiles || skipVerify)) {
    throw folder.refuse('has TLS settings, but an http:// address speaks none');
  }
  if (host.scheme !== 'https' && !hasFiles && !skipVerify) return undefined;
  return { ...found, verify: !skipVerify };
}

type Wish = 'verified' | 'unverified' | 'none';

function environmentWish(environment: SearchEnvironment): Wish {
  if (valueOf(environment, 'DOCKER_TLS_VERIFY') !== undefined) return 'verified';
  return valueOf(environment, 'DOCKER_TLS') === undefined ? 'none' : 'unverified';
}

async function environmentMaterial(
  environment: SearchEnvironment,
  wish: Wish,
  https: boolean,
): Promise<TlsMaterial> {
  const named = valueOf(environment, 'DOCKER_CERT_PATH');
  if (wish === 'none' && named === undefined) return { ...NO_FILES, verify: true };
  const verify = https || wish === 'verified';
  const folder = environmentFolder(environment, named);
  const found = await readTlsFiles(folder);
  const caNeeded = wish === 'verified' || (verify && named !== undefined);
  if (caNeeded && found.ca === undefined) throw folder.refuse(`has no ${describeRole('ca')}`);
  return { ...found, verify };
}

const NO_FILES = { ca: undefined, cert: undefined, key: undefined } as const;

function plainDespiteTls(field: string): SlipwayError {
  return invalidInput(
    field,
    'must not be an http:// address while DOCKER_TLS_VERIFY or DOCKER_TLS asks for TLS',
    'http://…',
    `Write ${field} as https:// or tcp://, or unset these variables. Nothing was started.`,
  );
}

function environmentFolder(environment: SearchEnvironment, named: string | undefined): TlsFolder {
  const path = named ?? dockerFolder(environment);
  const prefix = named === undefined ? 'is not set, and the default folder ' : '';
  const hint =
    'Put ca.pem, cert.pem and key.pem into one folder and set DOCKER_CERT_PATH to it. Nothing was started.';
  return {
    path,
    files: environment.files,
    refuse: (rule) => invalidInput('DOCKER_CERT_PATH', prefix + rule, path, hint),
  };
}

async function readTlsFiles(folder: TlsFolder): Promise<Omit<TlsMaterial, 'verify'>> {
  const ca = await readRole(folder, 'ca');
  const cert = await readRole(folder, 'cert');
  const key = await readRole(folder, 'key');
  if (cert !== undefined && key === undefined) throw incomplete(folder, 'cert', 'key');
  if (key !== undefined && cert === undefined) throw incomplete(folder, 'key', 'cert');
  return { ca, cert, key };
}

function incomplete(folder: TlsFolder, present: Role, absent: Role): SlipwayError {
  return folder.refuse(`has ${present}.pem but no ${describeRole(absent)}`);
}

async function readRole(folder: TlsFolder, role: Role): Promise<Buffer | undefined> {
  const content = await folder.files.read(join(folder.path, `${role}.pem`));
  if (content.kind === 'missing') return undefined;
  if (content.kind === 'unread') {
    throw folder.refuse(`has a ${describeRole(role)} that ${content.because}`);
  }
  if (ROLES[role].pem.test(content.bytes.toString('latin1'))) return content.bytes;
  throw folder.refuse(`has a ${describeRole(role)} that does not hold one as PEM text`);
}

function describeRole(role: Role): string {
  return `${role}.pem (the ${ROLES[role].purpose})`;
}

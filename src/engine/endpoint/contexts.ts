import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { EndpointAttempt, SlipwayError } from '../../core/errors.js';
import { invalidInput, quoteValue } from '../../core/options.js';
import { formatAddress, parseDockerHost, toConnection } from './docker-host.js';
import { dockerFolder } from './environment-values.js';
import { tlsFromContext } from './tls-files.js';
import type { EngineAddress, FileContent, SearchEnvironment } from './types.js';

/** The name of the context that stands for "no context": it has no files. */
export const DEFAULT_CONTEXT = 'default';

/** The names `docker context create` accepts. Others in the store are not repeated in messages. */
const CONTEXT_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,127}$/;
/** How many contexts are looked at for an error, and how many of them it names. */
const MAX_CONTEXTS_READ = 50;
const MAX_CONTEXTS_NAMED = 10;

const configFile = z.looseObject({ currentContext: z.string().optional() });
const metaFile = z.looseObject({
  Name: z.string(),
  Endpoints: z.looseObject({
    docker: z
      .looseObject({ Host: z.string().optional(), SkipTLSVerify: z.boolean().optional() })
      .optional(),
  }),
});

/**
 * What `config.json` of the docker CLI names as the current context; undefined for none. A file
 * that cannot be used is no error, as for the docker CLI: it is told as an attempt.
 */
export async function currentContext(
  environment: SearchEnvironment,
): Promise<{ readonly name: string | undefined; readonly problem: EndpointAttempt | undefined }> {
  const path = join(dockerFolder(environment), 'config.json');
  const content = await environment.files.read(path);
  if (content.kind === 'missing') return { name: undefined, problem: undefined };
  const unusable = (outcome: string): { name: undefined; problem: EndpointAttempt } => ({
    name: undefined,
    problem: { source: 'current context', address: path, outcome },
  });
  if (content.kind === 'unread') return unusable(`config.json ${content.because}`);
  const json = parseJson(content.bytes);
  if (json === undefined) return unusable('config.json is not valid JSON');
  const config = configFile.safeParse(json);
  if (!config.success) return unusable('config.json does not have the form of Docker settings');
  return { name: config.data.currentContext || undefined, problem: undefined };
}

/**
 * The engine that a context of the docker CLI stands for.
 *
 * Files: `contexts/meta/<id>/meta.json` and `contexts/tls/<id>/docker/{ca,cert,key}.pem`, where
 * the id is the SHA-256 of the name, so that no name leads out of the folder.
 *
 * @param field what named the context, for errors
 * @throws {SlipwayError} `INVALID_INPUT` for a context that does not exist (it names those that
 *   do), has no Docker endpoint, or has files that cannot be used
 */
export async function contextAddress(
  name: string,
  field: string,
  environment: SearchEnvironment,
): Promise<EngineAddress> {
  const folder = join(dockerFolder(environment), 'contexts');
  const id = createHash('sha256').update(name).digest('hex');
  const content = await environment.files.read(join(folder, 'meta', id, 'meta.json'));
  if (content.kind === 'missing') throw await unknownContext(name, field, environment);
  const refuse: Refuse = (rule) =>
    invalidInput(field, `names a context that ${rule}`, name, RECREATE);
  const { text, skipTlsVerify } = dockerEndpoint(content, refuse);
  const host = parseDockerHost(text, `the Docker endpoint of context ${quoteValue(name)}`);
  const tlsFolder = { path: join(folder, 'tls', id, 'docker'), files: environment.files, refuse };
  const connection = toConnection(host, await tlsFromContext(host, tlsFolder, skipTlsVerify));
  return { source: contextSource(name), address: formatAddress(connection), connection };
}

type Refuse = (rule: string) => SlipwayError;

const RECREATE =
  'Look at it with "docker context inspect", correct or recreate it, or choose another context. Nothing was started.';

function dockerEndpoint(
  content: Exclude<FileContent, { kind: 'missing' }>,
  refuse: Refuse,
): { text: string; skipTlsVerify: boolean } {
  if (content.kind === 'unread') throw refuse(`has a meta.json that ${content.because}`);
  const json = parseJson(content.bytes);
  if (json === undefined) throw refuse('has a meta.json that is not valid JSON');
  const meta = metaFile.safeParse(json);
  if (!meta.success) throw refuse('has a meta.json without the form of a Docker context');
  const endpoint = meta.data.Endpoints.docker;
  if (!endpoint?.Host) throw refuse('has no Docker endpoint');
  return { text: endpoint.Host, skipTlsVerify: endpoint.SkipTLSVerify ?? false };
}

async function unknownContext(
  name: string,
  field: string,
  environment: SearchEnvironment,
): Promise<SlipwayError> {
  const names = [DEFAULT_CONTEXT, ...(await existingContexts(environment))];
  const more = names.length - MAX_CONTEXTS_NAMED;
  const listed =
    names.slice(0, MAX_CONTEXTS_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return invalidInput(
    field,
    `names a Docker context that does not exist; there are: ${listed}`,
    name,
    `Correct ${field}, or list the contexts with "docker context ls". Nothing was started.`,
  );
}

async function existingContexts(environment: SearchEnvironment): Promise<readonly string[]> {
  const folder = join(dockerFolder(environment), 'contexts', 'meta');
  const ids = (await environment.files.list(folder)).slice(0, MAX_CONTEXTS_READ);
  const names = await Promise.all(
    ids.map(async (id) => {
      const content = await environment.files.read(join(folder, id, 'meta.json'));
      const meta = metaFile.safeParse(content.kind === 'content' ? parseJson(content.bytes) : null);
      return meta.success ? meta.data.Name : '';
    }),
  );
  return names.filter((name) => CONTEXT_NAME.test(name)).sort();
}

function contextSource(name: string): string {
  return `context ${CONTEXT_NAME.test(name) ? name : quoteValue(name)}`;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readIfThere } from './files.mjs';
import { parseJson, textAt } from './json.mjs';

/**
 * The endpoint that `docker context use` chose, read from the files of the docker client.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('./engine-api.mjs').Endpoint | null}
 */
export function contextEndpoint(env) {
  const folder = env['DOCKER_CONFIG'] || join(homedir(), '.docker');
  const name = env['DOCKER_CONTEXT'] || currentContext(folder);
  if (!name || name === 'default') return null;
  const id = createHash('sha256').update(name).digest('hex');
  const meta = parse(join(folder, 'contexts', 'meta', id, 'meta.json'));
  const dockerHost = textAt(meta, 'Endpoints', 'docker', 'Host');
  if (!dockerHost) return null;
  const certPath = join(folder, 'contexts', 'tls', id, 'docker');
  return existsSync(certPath) ? { dockerHost, certPath } : { dockerHost };
}

/**
 * @param {string} folder
 * @returns {string}
 */
function currentContext(folder) {
  return textAt(parse(join(folder, 'config.json')), 'currentContext');
}

/**
 * @param {string} file
 * @returns {unknown} null when the file is missing or is not JSON: then it chose nothing
 */
function parse(file) {
  try {
    return parseJson(readIfThere(file));
  } catch {
    return null;
  }
}

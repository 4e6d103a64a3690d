import { isAbsolute, join } from 'node:path';
import type { SearchEnvironment } from './types.js';

type Variables = Pick<SearchEnvironment, 'env'>;

/** A variable that is set to nothing counts as not set, as for the docker CLI. */
export function valueOf(environment: Variables, name: string): string | undefined {
  const value = environment.env[name];
  return value === '' ? undefined : value;
}

/** A folder named by a variable. A relative one is ignored, as the XDG specification asks. */
export function folderOf(environment: Variables, name: string): string | undefined {
  const value = valueOf(environment, name);
  return value !== undefined && isAbsolute(value) && !value.includes('\0') ? value : undefined;
}

/** Where the docker CLI keeps its settings: `$DOCKER_CONFIG`, or `.docker` in the home folder. */
export function dockerFolder(environment: Variables & Pick<SearchEnvironment, 'homeDir'>): string {
  return valueOf(environment, 'DOCKER_CONFIG') ?? join(environment.homeDir, '.docker');
}

import type { Logger } from '../../core/logger.js';
import { CredentialsError } from './credentials-error.js';
import { registryAuthHeader, type RegistryEnvironment } from './registry-auth.js';

export interface FoundLogin {
  /** The value of `X-Registry-Auth`; undefined when nobody is logged in. */
  readonly header: string | undefined;
  /** Why a login that is configured could not be read. */
  readonly problem: CredentialsError | undefined;
}

/**
 * The login for one registry. Credentials that cannot be read are no error, as for the docker
 * CLI: the image may be public, and only who fails for want of them has to hear of it.
 *
 * @throws the reason of the signal
 */
export async function findLogin(
  registry: string,
  options: { readonly environment: RegistryEnvironment; readonly logger: Logger },
  signal: AbortSignal,
): Promise<FoundLogin> {
  const { environment, logger } = options;
  try {
    const header = await registryAuthHeader(registry, environment, { signal });
    return { header, problem: undefined };
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    logger.warn('registry.credentials_unusable', { registry, error: error.message });
    return { header: undefined, problem: error };
  }
}

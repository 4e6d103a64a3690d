import { linkSignals } from '../core/link-signals.js';
import type { Logger } from '../core/logger.js';
import { CredentialsError } from './registry-auth/credentials-error.js';
import {
  registryLogin,
  type Login,
  type RegistryEnvironment,
} from './registry-auth/registry-auth.js';
import type { Credentials } from './session-codec.js';

/** The logins that one build asks for: each registry's own, looked for once. */
export class SessionLogins {
  readonly #environment: RegistryEnvironment;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #closed = new AbortController();
  readonly #found = new Map<string, Promise<Credentials | undefined>>();
  /** Logins that are configured and could not be read. */
  readonly problems: CredentialsError[] = [];

  constructor(
    { environment, logger }: { readonly environment: RegistryEnvironment; readonly logger: Logger },
    signal: AbortSignal,
  ) {
    this.#environment = environment;
    this.#logger = logger;
    // The end of the build lets go of its signal, too.
    this.#signal = linkSignals(this.#closed.signal, signal).signal;
  }

  /** Undefined when nobody is logged in there. */
  of(registry: string): Promise<Credentials | undefined> {
    const found = this.#found.get(registry) ?? this.#find(registry);
    this.#found.set(registry, found);
    return found;
  }

  /** Ends credential helpers that still run. */
  close(): void {
    this.#closed.abort(new Error('the build has ended'));
  }

  async #find(registry: string): Promise<Credentials | undefined> {
    try {
      const signal = this.#signal;
      return credentials(await registryLogin(registry, this.#environment, { signal }));
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      this.#logger.warn('registry.credentials_unusable', { registry, error: error.message });
      this.problems.push(error);
      return undefined;
    }
  }
}

function credentials(login: Login | undefined): Credentials | undefined {
  const { username = '', password = '', identitytoken } = login ?? {};
  if (identitytoken !== undefined) return { username: '', secret: identitytoken };
  return password === '' ? undefined : { username, secret: password };
}

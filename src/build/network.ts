/** What the steps of a build need to reach the world from here: certificates and proxies. */
import { readFile } from 'node:fs/promises';
import type { EngineFacts } from '../engine/ports.js';
import { certificateSecrets } from './certificate-wiring.js';
import { certificateBundle, certificatesFromEnvironment } from './certificates.js';
import { rewriteDockerfile } from './dockerfile-rewrite.js';

/** What the caller's machine says about its network. */
export interface NetworkSettings {
  /** PEM texts of certificates that are trusted here beside the usual ones. */
  readonly certificates: readonly string[];
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` … */
  readonly proxies: Readonly<Record<string, string>>;
}

/** How a build reaches the world. */
export interface BuildNetwork {
  readonly adapt: (dockerfile: string) => string;
  /** A step as the Dockerfile had it before it was adapted, for people. */
  readonly plain: (step: string) => string;
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** The id of the build secret that holds the certificates. */
const CERTIFICATES = 'slipway-ca';

/** Mounts that only say how a step is run: the certificates, and the caches of generated Dockerfiles. */
const OUR_MOUNT = /\s+--mount=type=(?:secret|cache),id=slipway-\S+/g;

/**
 * Certificates reach each step as a mounted secret, and proxies as the build arguments that
 * builders keep out of the history: neither is in the image, unless certificates are asked to stay.
 */
export function buildNetwork(
  settings: NetworkSettings,
  wish: { readonly keepCertificates: boolean; readonly target?: string | undefined },
  engine: Pick<EngineFacts, 'builder' | 'flavor'>,
): BuildNetwork {
  const { certificates, proxies: buildArgs } = settings;
  const { keepCertificates, target } = wish;
  const proxies = Object.keys(buildArgs);
  const common = { plain, buildArgs, secrets: {}, warnings: [] };
  if (engine.builder !== 'buildkit') {
    // Podman's builder knows mounts; Docker's classic one does not.
    const withoutMounts = engine.flavor === 'docker';
    const adapt = (text: string): string => rewriteDockerfile(text, { proxies, withoutMounts });
    const warning = 'This engine has no build secrets: steps do not get the extra certificates.';
    return { ...common, adapt, warnings: certificates.length === 0 ? [] : [warning] };
  }
  if (certificates.length === 0) {
    return { ...common, adapt: (text) => rewriteDockerfile(text, { proxies }) };
  }
  const { pem, digest, warnings } = certificateBundle(certificates);
  const rewrite = {
    certificate: { secretId: CERTIFICATES, digest },
    keepCertificates,
    proxies,
    target,
  };
  return {
    ...common,
    adapt: (text) => rewriteDockerfile(text, rewrite),
    secrets: certificateSecrets(CERTIFICATES, pem),
    warnings,
  };
}

function plain(step: string): string {
  return step.replaceAll(OUR_MOUNT, '');
}

/** What the environment of a process says about the network around it. */
export async function networkOf(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<NetworkSettings> {
  const certificates = await certificatesFromEnvironment(environment, (path) => readFile(path));
  return { certificates, proxies: proxiesOf(environment) };
}

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY'] as const;

/**
 * The proxies of an environment, under both spellings: curl reads `http_proxy` in lower case only,
 * and the classic builder sets exactly what it is given. One on this machine's loopback cannot be
 * reached from a build.
 */
function proxiesOf(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const valueOf = (name: string): string =>
    [environment[name], environment[name.toLowerCase()]].find(Boolean) ?? '';
  const proxies = PROXIES.filter((name) => valueOf(name) !== '' && !isLoopback(valueOf(name)));
  const exceptions = proxies.length > 0 && valueOf('NO_PROXY') !== '' ? ['NO_PROXY'] : [];
  const given = [...proxies, ...exceptions].map((name) => [name, valueOf(name)] as const);
  const lower = given.map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries([...given, ...lower]);
}

function isLoopback(proxy: string): boolean {
  const host = /^(?:[a-z][a-z0-9]*:\/\/)?(?:[^/]*@)?(?<host>\[[^\]]*\]|[^:/]*)/i.exec(proxy);
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host?.groups?.['host'] ?? '');
}

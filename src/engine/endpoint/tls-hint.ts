import type { EndpointAttempt } from '../../core/errors.js';
import { OUTCOME, systemCode } from './outcome.js';

const FILES = 'in the folder of DOCKER_CERT_PATH, or in the Docker context';

/** By the codes of Node and OpenSSL. An alert is what the engine says about our certificate. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ALERT_(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/,
    `The engine asks for a client certificate: it takes cert.pem and key.pem ${FILES}.`,
  ],
  [
    /ALERT_(?:BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/,
    `The engine does not accept the client certificate. Replace cert.pem and key.pem ${FILES}.`,
  ],
  [
    /SELF_SIGNED|UNABLE_TO_/,
    `The engine's certificate is not from a trusted authority. Put the certificate of its authority into ca.pem ${FILES}.`,
  ],
  [
    /ALTNAME_INVALID|HOSTNAME_MISMATCH/,
    "The engine's certificate is for other host names. Write one of them into the address, or have a certificate made for this one.",
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    "The engine's certificate is not valid now. Renew it, or correct the clock of this machine.",
  ],
];

/** What to do about a connection over TLS that failed, or over TCP to what may speak TLS only. */
export function tlsHint({ address, outcome }: EndpointAttempt, cause: unknown): string | undefined {
  const code = systemCode(cause) ?? '';
  const found = HINTS.find(([pattern]) => pattern.test(code));
  if (found !== undefined) return found[1];
  const mayBeTls = outcome === OUTCOME.tlsOnly || outcome === OUTCOME.closed;
  if (!mayBeTls || !address.startsWith('tcp:')) return undefined;
  return 'Check the port, and TLS: DOCKER_TLS_VERIFY=1 turns it on, DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem.';
}

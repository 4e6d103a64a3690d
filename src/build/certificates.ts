import { createHash, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { invalidInput } from '../core/options.js';
import { formatCount } from '../core/units.js';

export interface CertificateBundle {
  /** Each certificate once, the given ones first. */
  readonly pem: Buffer;
  /** Hexadecimal SHA-256 of `pem`. */
  readonly digest: string;
  /** Why it holds less than was meant, as sentences. */
  readonly warnings: readonly string[];
}

/** BuildKit takes no secret above this (`MaxSecretSize`). */
const SECRET_BYTES = 500 * 1024;

/**
 * The given certificates (PEM, any number in each text) and the well-known roots that Node
 * carries: most programs trust a bundle in place of their own, so it has to hold what they
 * trusted before.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a text without certificates, or with a broken one
 */
export function certificateBundle(extra: readonly (string | Uint8Array)[]): CertificateBundle {
  const given = new Map(extra.flatMap(readCertificates));
  const roots = rootCertificates.map(normalised).filter(([key]) => !given.has(key));
  const own = join(given.values());
  const all = join([...given.values(), ...roots.map(([, pem]) => pem)]);
  if (all.length <= SECRET_BYTES) return { pem: all, digest: sha256(all), warnings: [] };
  if (own.length > SECRET_BYTES) {
    const rule = `must have at most ${formatCount(SECRET_BYTES)} bytes together, the most BuildKit takes`;
    throw invalidInput('certificates', rule, own);
  }
  const warning =
    `The certificates leave no room for the ${roots.length} well-known ones: BuildKit takes ` +
    `${formatCount(SECRET_BYTES)} bytes. Install steps trust the given ones only.`;
  return { pem: own, digest: sha256(own), warnings: [warning] };
}

/** Variables that name a file of certificates which programs of the caller trust. */
const VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

/**
 * The certificates that the caller's own environment names, as PEM texts. A variable whose file
 * cannot be read, or holds no whole certificate, counts as unset: it stops no other program either.
 */
export async function certificatesFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly string[]> {
  const paths = new Set(VARIABLES.map((name) => environment[name] ?? ''));
  paths.delete('');
  const texts = await Promise.all([...paths].map((path) => readFile(path).then(latin1, () => '')));
  return texts.filter(isReadable);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function isReadable(text: string): boolean {
  try {
    return readCertificates(text).length > 0;
  } catch {
    return false;
  }
}

/** What tells certificates apart, and the certificate as PEM. */
type Certificate = readonly [fingerprint: string, pem: string];

function readCertificates(text: string | Uint8Array): readonly Certificate[] {
  const parts = splitPem(typeof text === 'string' ? text : latin1(text));
  if (parts.length === 0) {
    throw invalidInput('certificates', 'must hold PEM certificates', undefined);
  }
  return parts.map((part, index) => {
    try {
      return normalised(part);
    } catch {
      throw invalidInput('certificates', `holds a broken one, number ${index + 1}`, undefined);
    }
  });
}

/** The certificates of a PEM text, without what stands between them: comments, keys. */
export function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g) ?? [];
}

/** One form for each certificate, however its lines were broken. */
function normalised(pem: string): Certificate {
  const certificate = new X509Certificate(pem);
  return [certificate.fingerprint256, certificate.toString()];
}

function join(pem: Iterable<string>): Buffer {
  return Buffer.from([...pem].join(''));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

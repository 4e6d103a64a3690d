import { createHash, X509Certificate } from 'node:crypto';
import { splitPem } from './certificates.js';

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;

/** The JDK reads a store without a password when it only has to trust what is in it. */
const PASSWORD = 'changeit';

/**
 * Certificates as a Java key store (JKS, `sun.security.provider.JavaKeyStore`), which every JDK
 * reads; none reads PEM. The same certificates give the same bytes.
 */
export function javaTrustStore(bundle: Buffer): Buffer {
  const certificates = splitPem(bundle.toString('latin1')).map(
    (pem) => new X509Certificate(pem).raw,
  );
  const store = Buffer.concat([
    numbers(MAGIC, VERSION, certificates.length),
    ...certificates.map(entry),
  ]);
  // A fixed text of the format, hashed with the password against accidental damage.
  const digest = createHash('sha1')
    .update(Buffer.from(PASSWORD, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(store)
    .digest();
  return Buffer.concat([store, digest]);
}

function entry(certificate: Buffer, index: number): Buffer {
  const created = Buffer.alloc(8);
  return Buffer.concat([
    numbers(TRUSTED_CERTIFICATE),
    text(`ca-${index}`),
    created,
    text('X.509'),
    numbers(certificate.length),
    certificate,
  ]);
}

/** As `DataOutputStream.writeUTF`, for ASCII. */
function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

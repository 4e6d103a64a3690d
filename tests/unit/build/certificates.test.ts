import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import { certificateSecrets } from '../../../src/build/certificate-wiring.js';
import {
  certificateBundle,
  certificatesFromEnvironment,
  splitPem,
} from '../../../src/build/certificates.js';
import { CertificateAuthority } from '../../support/certificates.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders } from '../../support/temp-folder.js';

const folder = tempFolders();

let pem = '';
beforeEach(async () => {
  pem = await new CertificateAuthority(await folder()).certificate();
});

describe('a bundle of certificates', () => {
  it('has the given ones first and the roots that programs trusted before', () => {
    const bundle = certificateBundle([pem]);
    const all = splitPem(bundle.pem.toString());
    expect(new X509Certificate(all[0] ?? '').subject).toBe('CN=slipway test');
    expect(all).toHaveLength(rootCertificates.length + 1);
    expect(bundle.warnings).toEqual([]);
  });

  it('has each certificate once, however it is written', () => {
    const again = `Subject: somebody\n${pem.replaceAll('\n', '\r\n')}${rootCertificates[0]}`;
    const bundle = certificateBundle([pem, Buffer.from(again)]);
    expect(splitPem(bundle.pem.toString())).toHaveLength(rootCertificates.length + 1);
  });

  it('has another digest when it has other certificates', () => {
    expect(certificateBundle([pem]).digest).not.toBe(certificateBundle([]).digest);
    expect(certificateBundle([pem]).digest).toBe(certificateBundle([pem, pem]).digest);
  });

  it('takes no private key along', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    expect(certificateBundle([key + pem]).pem.toString()).not.toContain('PRIVATE');
  });

  it.each([
    ['nothing', ''],
    ['no PEM', 'hello'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('is refused for %s', async (_, text) => {
    const failure = await failureOf(Promise.resolve([text]).then(certificateBundle));
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', context: { field: 'certificates' } });
  });

  it('is in the form that Java reads too', async () => {
    const store = Buffer.from(
      certificateSecrets('ca', certificateBundle([pem]).pem)['ca-java'] ?? [],
    );
    const der = new X509Certificate(pem).raw;
    expect(store.readUInt32BE(0)).toBe(0xfeedfeed);
    expect(store.readUInt32BE(8)).toBe(rootCertificates.length + 1);
    expect(store.includes(der)).toBe(true);
    expect(store.byteLength).toBeLessThan(500_000);
  });
});

describe('certificates of the environment', () => {
  it('are those of the files it names, each file once', async () => {
    const root = await folder({ 'a.pem': pem, 'empty.pem': '', 'no.pem': 'hello' });
    const read = (environment: Record<string, string>): Promise<readonly string[]> =>
      certificatesFromEnvironment(environment, (path) => readFile(join(root, path)));
    expect(await read({ NODE_EXTRA_CA_CERTS: 'a.pem', SSL_CERT_FILE: 'a.pem' })).toEqual([pem]);
    expect(await read({ SSL_CERT_FILE: 'a.pem', NODE_EXTRA_CA_CERTS: '' })).toEqual([pem]);
    expect(await read({ SSL_CERT_FILE: 'missing.pem', NODE_EXTRA_CA_CERTS: 'no.pem' })).toEqual([]);
    expect(await read({ NODE_EXTRA_CA_CERTS: 'empty.pem' })).toEqual([]);
    expect(await read({})).toEqual([]);
  });
});

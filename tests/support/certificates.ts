import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for tests, made with `openssl` in a folder of the test. */
export class CertificateAuthority {
  readonly #folder: string;
  #issued = 0;

  /** @param folder empty */
  constructor(folder: string) {
    this.#folder = folder;
    const files = ['-keyout', this.#path('ca-key.pem'), '-out', this.#path('ca.pem')];
    openssl(['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=slipway test', ...files]);
  }

  /** The authority's own certificate as PEM. */
  async certificate(): Promise<string> {
    return readFile(this.#path('ca.pem'), 'utf8');
  }

  /** @param names what it is for, as OpenSSL writes it: `IP:127.0.0.1`, `DNS:a.example` */
  async issue(names: string): Promise<Identity> {
    this.#issued += 1;
    const file = (kind: string): string => this.#path(`${this.#issued}-${kind}.pem`);
    await writeFile(file('names'), `subjectAltName=${names}\n`);
    const subject = ['-subj', `/CN=slipway test ${this.#issued}`];
    openssl(['req', ...NEW_KEY, ...subject, '-keyout', file('key'), '-out', file('request')]);
    const signer = ['-CA', this.#path('ca.pem'), '-CAkey', this.#path('ca-key.pem')];
    const content = ['-in', file('request'), '-extfile', file('names'), '-days', '2'];
    openssl(['x509', '-req', ...content, ...signer, '-CAcreateserial', '-out', file('cert')]);
    return {
      cert: await readFile(file('cert'), 'utf8'),
      key: await readFile(file('key'), 'utf8'),
    };
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

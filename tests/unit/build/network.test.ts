import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { buildNetwork, networkOf } from '../../../src/build/network.js';
import { CertificateAuthority } from '../../support/certificates.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();
const BUILDKIT = { builder: 'buildkit', flavor: 'docker' } as const;
const CLASSIC = { builder: 'classic', flavor: 'docker' } as const;
const DOCKERFILE = 'FROM busybox\nRUN true\n';
const THROWN_AWAY = { keepCertificates: false };
const PEM = rootCertificates[0] ?? '';

describe('the network of a build', () => {
  it('changes nothing where nothing is special', () => {
    const { adapt, plain, ...rest } = buildNetwork(
      { certificates: [], proxies: {} },
      THROWN_AWAY,
      BUILDKIT,
    );
    expect(adapt(DOCKERFILE)).toBe(DOCKERFILE);
    expect(plain('RUN true')).toBe('RUN true');
    expect(rest).toEqual({ secrets: {}, buildArgs: {}, warnings: [] });
  });

  it('brings certificates to each step as a secret, and hides that from people', async () => {
    const own = await new CertificateAuthority(await tempFolder()).certificate();
    const network = buildNetwork({ certificates: [own], proxies: {} }, THROWN_AWAY, BUILDKIT);
    const adapted = network.adapt(DOCKERFILE);
    const step = adapted.split('\n').find((line) => line.startsWith('RUN')) ?? '';
    expect(step).toContain('--mount=type=secret,id=slipway-ca');
    expect(network.plain(step)).toBe('RUN true');
    expect(adapted).not.toContain('BEGIN CERTIFICATE');
    expect(Object.keys(network.secrets)).toContain('slipway-ca');
    const bundle = Buffer.from(network.secrets['slipway-ca'] ?? []).toString();
    expect(bundle.replaceAll(/\s/g, '')).toContain(own.replaceAll(/\s/g, ''));
  });

  it('says that the classic builder has no place for certificates', () => {
    const network = buildNetwork({ certificates: [PEM], proxies: {} }, THROWN_AWAY, CLASSIC);
    expect(network.adapt(DOCKERFILE)).toBe(DOCKERFILE);
    expect(network.secrets).toEqual({});
    expect(network.warnings).toHaveLength(1);
  });
});

describe('what the environment says about the network', () => {
  it.each([
    [{}, {}],
    [{ HTTP_PROXY: '' }, {}],
    [{ NO_PROXY: 'a.example' }, {}],
    [
      { HTTPS_PROXY: 'http://proxy:3128' },
      { HTTPS_PROXY: 'http://proxy:3128', https_proxy: 'http://proxy:3128' },
    ],
    [
      { HTTP_PROXY: '', http_proxy: 'http://proxy:3128', no_proxy: 'localhost' },
      {
        HTTP_PROXY: 'http://proxy:3128',
        http_proxy: 'http://proxy:3128',
        NO_PROXY: 'localhost',
        no_proxy: 'localhost',
      },
    ],
  ])('%j gives a build %j', async (environment, proxies) => {
    expect((await networkOf(environment)).proxies).toEqual(proxies);
  });

  it.each([
    'http://localhost:3128',
    'http://127.0.0.1:3128/',
    'localhost:3128',
    'http://user:pass@127.8.9.1',
    'http://[::1]:3128',
    'HTTP://LOCALHOST',
  ])('the proxy %s of this machine cannot be reached from a build', async (proxy) => {
    expect((await networkOf({ HTTPS_PROXY: proxy })).proxies).toEqual({});
  });

  it.each(['http://localhost.example:3128', 'http://127.0.0.1.example', 'http://10.0.0.1:3128'])(
    'the proxy %s can',
    async (proxy) => {
      expect((await networkOf({ HTTPS_PROXY: proxy })).proxies['HTTPS_PROXY']).toBe(proxy);
    },
  );

  it('names files of certificates; one that cannot be read is none', async () => {
    const folder = await tempFolder({ 'ca.pem': PEM });
    const file = join(folder, 'ca.pem');
    const found = await networkOf({ NODE_EXTRA_CA_CERTS: file, SSL_CERT_FILE: '/not/there.pem' });
    expect(found.certificates).toEqual([PEM]);
  });
});

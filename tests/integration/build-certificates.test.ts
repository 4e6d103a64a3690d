import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { certificateSecrets } from '../../src/build/certificate-wiring.js';
import { certificateBundle, certificatesFromEnvironment } from '../../src/build/certificates.js';
import { rewriteDockerfile } from '../../src/build/dockerfile-rewrite.js';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import type { BuiltImage, Engine } from '../../src/engine/ports.js';
import { CertificateAuthority } from '../support/certificates.js';
import { askEngine } from '../support/engine-view.js';
import { failureOf } from '../support/failure.js';
import { InspectingProxy } from '../support/inspecting-proxy.js';
import { PACKAGE, packageSource } from '../support/package-source.js';
import { untar } from '../support/untar.js';

const ORIGIN = 'https://packages.test';
const UV_IMAGE = `slipway-test-uv-${randomBytes(4).toString('hex')}:1`;
/** In the proxy's address, so that it can be found wherever the address was left. */
const LOGIN = `slipway-${randomBytes(8).toString('hex')}`;

const connect = engineConnector({
  logger: silentLogger,
  labelKey: () => Promise.resolve(randomBytes(32)),
});
let engine: Engine;
let proxy: InspectingProxy;
let authority = '';
let folder = '';
let gateway = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  const ca = new CertificateAuthority(folder);
  authority = await ca.certificate();
  const identity = await ca.issue('DNS:packages.test');
  proxy = await InspectingProxy.start(identity, await packageSource(ORIGIN));
  engine = await connect();
  gateway = await bridgeGateway();
  // uv comes from where this machine gets packages; what the proxy serves is a package of the test.
  const own = await certificatesFromEnvironment(process.env, (path) => readFile(path));
  const uv = 'FROM python:3.13-slim\nRUN pip install --quiet uv\n';
  await build(uv, { tag: UV_IMAGE, certificates: own, proxied: false });
}, 300_000);

afterAll(async () => {
  await engine.images.remove(UV_IMAGE);
  await connect.close?.();
  await proxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Wanted {
  readonly tag: string;
  readonly certificates: readonly string[];
  readonly keep?: boolean;
  readonly proxied?: boolean;
}

async function build(text: string, wanted: Wanted): Promise<BuiltImage> {
  const { tag, certificates, keep = false, proxied = true } = wanted;
  const { pem, digest } = certificateBundle(certificates);
  const certificate = { secretId: 'slipway-ca', digest };
  const needed = certificates.length > 0;
  const dockerfile = rewriteDockerfile(text, {
    ...(needed ? { certificate, keepCertificates: keep } : {}),
    proxies: ['HTTPS_PROXY'],
  });
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, dockerfile);
  archive.finalize();
  const address = `http://${LOGIN}:x@${gateway}:${proxy.port}`;
  return engine.images.build({
    context: Readable.from([await buffer(archive)]),
    dockerfile: 'Dockerfile',
    tag,
    buildArgs: proxied ? { HTTPS_PROXY: address, https_proxy: address } : {},
    labels: {},
    pull: false,
    cacheFrom: [],
    secrets: needed ? certificateSecrets('slipway-ca', pem) : {},
    networkMode: 'default',
    memoryBytes: 0,
    timeoutMs: 240_000,
  });
}

/** Never the same step twice, so that nothing comes from a cache. */
function installing(image: string, command: string): string {
  return `FROM ${image}\nARG HTTPS_PROXY\nRUN : ${randomBytes(8).toString('hex')} && ${command}\n`;
}

const INSTALLS = [
  [
    'npm',
    'node:24-slim',
    `npm install --global --fetch-retries=0 --registry=${ORIGIN}/ ${PACKAGE}`,
  ],
  ['pip', 'python:3.13-slim', `pip install --retries 0 --index-url ${ORIGIN}/simple/ ${PACKAGE}`],
  [
    'uv',
    UV_IMAGE,
    `UV_HTTP_RETRIES=0 uv pip install --system --index-url ${ORIGIN}/simple/ ${PACKAGE}`,
  ],
] as const;

describe('a build behind a proxy that inspects TLS', () => {
  it.each(INSTALLS)('fails with %s without its certificate', async (_, image, command) => {
    const tag = newTag();
    const before = proxy.connections.length;
    const failure = await failureOf(build(installing(image, command), { tag, certificates: [] }));
    expect(failure).toMatchObject({ code: 'BUILD_FAILED' });
    expect(proxy.connections.slice(before)).toContain('packages.test:443');
  });

  it.each(INSTALLS)(
    'installs with %s when it is given, and leaves it and the proxy nowhere',
    async (_, image, command) => {
      const tag = newTag();
      const { environment } = await build(installing(image, command), {
        tag,
        certificates: [authority],
      });
      expect(environment.join('\n')).not.toContain('slipway');
      const found = await search(tag, {
        certificate: fingerprint(),
        proxy: LOGIN,
        package: PACKAGE,
      });
      expect(found).toEqual(['package']);
    },
  );

  it('keeps the certificate in the image when that is asked for', async () => {
    const [, image, command] = INSTALLS[0];
    const tag = newTag();
    const { environment } = await build(installing(image, command), {
      tag,
      certificates: [authority],
      keep: true,
    });
    expect(environment).toContain('NODE_EXTRA_CA_CERTS=/etc/ssl/slipway/ca.pem');
    const found = await search(tag, { certificate: fingerprint(), proxy: LOGIN });
    expect(found).toEqual(['certificate']);
  });
});

function newTag(): string {
  const tag = `slipway-test-${randomBytes(6).toString('hex')}:1`;
  onTestFinished(() => engine.images.remove(tag));
  return tag;
}

/** A line of the certificate that no other certificate has. */
function fingerprint(): string {
  return authority.split('\n')[3] ?? '';
}

/** Names of the texts that are somewhere in an image: in a layer, its history or its settings. */
async function search(
  image: string,
  texts: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const files = await untar(await savedImage(image));
  const contents = files.map(({ content }) => (isGzip(content) ? gunzipSync(content) : content));
  return Object.entries(texts)
    .filter(([, text]) => contents.some((content) => content.includes(text)))
    .map(([name]) => name);
}

function isGzip(content: Buffer): boolean {
  return content[0] === 0x1f && content[1] === 0x8b;
}

function savedImage(image: string): Promise<Readable> {
  const socketPath = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/images/${image}/get` }, (response) =>
      response.statusCode === 200 ? resolve(response) : reject(new Error(`${response.statusCode}`)),
    );
    call.on('error', reject);
    call.end();
  });
}

/** Where a build reaches this machine. */
async function bridgeGateway(): Promise<string> {
  const network = z
    .object({ IPAM: z.object({ Config: z.tuple([z.object({ Gateway: z.string() })]) }) })
    .parse(await askEngine('GET', '/networks/bridge'));
  return network.IPAM.Config[0].Gateway;
}

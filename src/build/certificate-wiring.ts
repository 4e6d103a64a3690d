import { javaTrustStore } from './java-trust-store.js';

/** Where steps find the certificates while they run. Nothing is there afterwards. */
const STEP_FOLDER = '/run/slipway';

/** Where the image keeps them, when that is asked for. */
export const KEPT_FOLDER = '/etc/ssl/slipway';

/** One file that steps see: how the secret is called behind the id of the bundle, and its name. */
interface CertificateFile {
  readonly suffix: string;
  readonly name: string;
  readonly content: (bundle: Buffer) => Uint8Array;
}

const FILES: readonly CertificateFile[] = [
  { suffix: '', name: 'ca.pem', content: (bundle) => bundle },
  { suffix: '-java', name: 'ca.jks', content: javaTrustStore },
  {
    suffix: '-apt',
    name: 'apt.conf',
    content: () => Buffer.from(`Acquire::https::CaInfo "${STEP_FOLDER}/ca.pem";\n`),
  },
  {
    suffix: '-wget',
    name: 'wgetrc',
    content: () => Buffer.from(`ca_certificate = ${STEP_FOLDER}/ca.pem\n`),
  },
];

/** What a build has to be given for {@link certificateMounts}: bytes by id. */
export function certificateSecrets(
  secretId: string,
  bundle: Buffer,
): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(
    FILES.map(({ suffix, content }) => [`${secretId}${suffix}`, content(bundle)]),
  );
}

/** Flags of RUN. Readable for all, because a step may run as any user. */
export function certificateMounts(secretId: string): readonly string[] {
  return FILES.map(
    ({ suffix, name }) =>
      `--mount=type=secret,id=${secretId}${suffix},target=${STEP_FOLDER}/${name},mode=0444,required=true`,
  );
}

/**
 * Variables that programs read a bundle from. npm, pnpm, yarn and bun take NODE_EXTRA_CA_CERTS;
 * uv, Go, .NET and all that uses OpenSSL take SSL_CERT_FILE.
 */
const BUNDLE_VARIABLES = [
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'CURL_CA_BUNDLE',
  'DENO_CERT',
  'GIT_SSL_CAINFO',
  'NODE_EXTRA_CA_CERTS',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'SSL_CERT_FILE',
] as const;

function variablesIn(folder: string): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(BUNDLE_VARIABLES.map((name) => [name, `${folder}/ca.pem`])),
    JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${folder}/ca.jks`,
  };
}

/** Of the steps of a build. */
export function stepVariables(): Readonly<Record<string, string>> {
  return {
    APT_CONFIG: `${STEP_FOLDER}/apt.conf`,
    WGETRC: `${STEP_FOLDER}/wgetrc`,
    ...variablesIn(STEP_FOLDER),
  };
}

/** Of an image that keeps the certificates. */
export function keptVariables(): Readonly<Record<string, string>> {
  return variablesIn(KEPT_FOLDER);
}

/** Copies what an image keeps from where steps find it. */
export function keepCommand(folder: string): string {
  const files = ['ca.pem', 'ca.jks'].map((name) => `${STEP_FOLDER}/${name}`).join(' ');
  return `mkdir -p ${folder} && cp ${files} ${folder}/ && chmod 0755 ${folder} && chmod 0444 ${folder}/*`;
}

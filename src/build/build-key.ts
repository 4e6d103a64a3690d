import { createHmac } from 'node:crypto';

/** The label that says what an image was built from. */
export const BUILD_KEY_LABEL = 'io.slipway.build';

/** Raised when the same input has to give another image: the rules of the context, or of a build. */
const FORMAT = 1;

/** Everything that decides what an image holds. */
export interface BuildInputs {
  /** The Dockerfile as it is sent. */
  readonly dockerfile: string;
  readonly dockerfilePath: string;
  /** SHA-256 of the build context. */
  readonly contextDigest: string;
  /** Base images by name, as ids. */
  readonly bases: Readonly<Record<string, string>>;
  readonly platform: string | undefined;
  readonly target: string | undefined;
  readonly networkMode: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** SHA-256 of each secret, by id. */
  readonly secretDigests: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The address of a build by its content. It is made with the installation's key, so that it tells
 * nothing about a secret that went in, and nobody else can write one for what they built.
 *
 * @returns 64 hexadecimal digits
 */
export function buildKey(inputs: BuildInputs, key: Uint8Array): string {
  const text = JSON.stringify([
    FORMAT,
    inputs.dockerfile,
    inputs.dockerfilePath,
    inputs.contextDigest,
    sorted(inputs.bases),
    inputs.platform ?? null,
    inputs.target ?? null,
    inputs.networkMode,
    sorted(inputs.buildArgs),
    sorted(inputs.secretDigests),
    sorted(inputs.labels),
  ]);
  return createHmac('sha256', key).update('build\0').update(text).digest('hex');
}

function sorted(table: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}

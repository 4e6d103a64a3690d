/**
 * The labels on everything Slipway makes, and the proof that it made it.
 *
 * A container inherits the labels of its image, so a plain label proves nothing: a hostile image
 * could make us stop, list or remove the wrong container. Ours are signed with a key of this
 * installation over the kind, the random name and the deadline.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'io.slipway.';

export const LABEL = {
  kind: `${PREFIX}kind`,
  instance: `${PREFIX}instance`,
  name: `${PREFIX}name`,
  deadline: `${PREFIX}deadline`,
  /** What people call the image of a run: it is created by id. For display only. */
  image: `${PREFIX}image`,
  signature: `${PREFIX}signature`,
} as const;

/** Caller's labels under this prefix are refused: they are ours. */
export const LABEL_PREFIX = PREFIX;

/** What a thing of ours is. */
export type OwnedKind = 'run' | 'image';

export interface Ownership {
  readonly kind: OwnedKind;
  /** The random name given at creation. */
  readonly name: string;
  /** The process that made it. */
  readonly instance: string;
  /** Milliseconds since 1970 after which nobody needs it any more. */
  readonly deadline: number;
}

/** A name that cannot be guessed or collide: `slipway-` and 96 random bits. */
export function randomName(): string {
  return `slipway-${randomBytes(12).toString('hex')}`;
}

/** As `randomName`, for a container that waits for a run; it keeps the name while it serves it. */
export function parkedName(): string {
  return `slipway-parked-${randomBytes(12).toString('hex')}`;
}

export function signLabels(key: Uint8Array, owned: Ownership): Record<string, string> {
  return {
    [LABEL.kind]: owned.kind,
    [LABEL.instance]: owned.instance,
    [LABEL.name]: owned.name,
    [LABEL.deadline]: String(owned.deadline),
    [LABEL.signature]: signature(key, owned),
  };
}

/** The ownership the labels prove for the thing of that name, or undefined. */
export function verifyLabels(
  key: Uint8Array,
  name: string,
  labels: Readonly<Record<string, string>>,
): Ownership | undefined {
  const kind = labels[LABEL.kind];
  const deadline = Number(labels[LABEL.deadline]);
  if ((kind !== 'run' && kind !== 'image') || labels[LABEL.name] !== name) return undefined;
  if (!Number.isSafeInteger(deadline)) return undefined;
  const owned: Ownership = { kind, name, instance: labels[LABEL.instance] ?? '', deadline };
  return equal(signature(key, owned), labels[LABEL.signature] ?? '') ? owned : undefined;
}

function signature(key: Uint8Array, owned: Ownership): string {
  const text = JSON.stringify([owned.kind, owned.name, owned.instance, owned.deadline]);
  return createHmac('sha256', key).update(text).digest('hex');
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

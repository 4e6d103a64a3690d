import { z } from 'zod';
import { quoteValue } from '../core/options.js';
import { formatCount } from '../core/units.js';

/** What BuildKit takes of one secret, in bytes (MaxSecretSize of moby/buildkit). */
const SECRET_BYTES = 500 * 1024;

const MOST = 64;

/** The certificates of a build travel as secrets, too. */
export const OWN_SECRET_PREFIX = 'slipway-';

/**
 * Schema of build secrets: an object of texts or bytes by id. The result holds bytes. Errors name
 * the id, and never repeat what is behind it.
 */
export const secretsSchema = z
  .custom<Readonly<Record<string, unknown>>>(isTable, 'must be an object of texts or bytes')
  .transform((secrets, context): Readonly<Record<string, Uint8Array>> => {
    const entries = Object.entries(secrets);
    if (entries.length > MOST) {
      context.issues.push(issue(`must have at most ${MOST} secrets`, `${entries.length} secrets`));
      return z.NEVER;
    }
    const read: [string, Uint8Array][] = [];
    for (const [id, value] of entries) {
      const rule = idRule(id);
      const bytes = bytesOf(value);
      if (rule === undefined && bytes !== undefined && bytes.length <= SECRET_BYTES) {
        read.push([id, bytes]);
        continue;
      }
      const size = bytes === undefined ? typeof value : `${bytes.length} bytes`;
      context.issues.push(issue(rule ?? valueRule(id, bytes), rule === undefined ? size : id));
      return z.NEVER;
    }
    return Object.fromEntries(read);
  });

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issue(message: string, input: string) {
  return { code: 'custom', message, input } as const;
}

function idRule(id: string): string | undefined {
  if (!/^[a-zA-Z0-9][\w.-]{0,63}$/.test(id)) {
    return 'must have ids of up to 64 letters, digits, ".", "_" and "-", a letter or digit first';
  }
  if (!id.startsWith(OWN_SECRET_PREFIX)) return undefined;
  return `must not have ids that begin with "${OWN_SECRET_PREFIX}": those are Slipway's own`;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value) : undefined;
}

function valueRule(id: string, bytes: Uint8Array | undefined): string {
  const rule =
    bytes === undefined
      ? 'must be a text or bytes'
      : `must be at most ${formatCount(SECRET_BYTES)} bytes`;
  return `${quoteValue(id)} ${rule}`;
}

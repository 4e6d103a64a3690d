import { z } from 'zod';

/** What {@link parseBytes} answers: a whole number of bytes, or the rule that is broken. */
export type ParsedBytes =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false; readonly rule: string };

/** Units are powers of 1024, as in `docker run --memory`. */
const UNIT_POWERS: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3 };

const SIZE = /^(?<amount>[0-9]+(?:\.[0-9]+)?)(?:(?<unit>[bkmg])|(?<longUnit>[kmg])i?b)?$/i;

/** Longer texts are no size. Keeps messages and work small for hostile input. */
const SIZE_CHARACTERS = 40;

/**
 * Reads a size: a whole number of bytes, or a text such as `900`, `512m`, `1.5g`, `64KiB`.
 * Units are powers of 1024 and their case does not matter. A fraction needs a unit above bytes
 * and is rounded down to a whole byte. White space, signs, exponents and other digits than 0-9
 * are refused, and so is everything above 2^53 - 1 bytes.
 */
export function parseBytes(value: number | string): ParsedBytes {
  const bytes = typeof value === 'number' ? value : bytesOfText(value);
  if (bytes === undefined || !Number.isInteger(bytes) || bytes < 0) return NO_SIZE;
  return Number.isSafeInteger(bytes) ? { ok: true, bytes } : TOO_LARGE;
}

const NO_SIZE = {
  ok: false,
  rule: 'must be a whole number of bytes, or a size such as "512m" or "2g"',
} as const;

const TOO_LARGE = { ok: false, rule: 'must be at most 9007199254740991 bytes' } as const;

function bytesOfText(text: string): number | undefined {
  if (text.length > SIZE_CHARACTERS) return undefined;
  const groups = SIZE.exec(text)?.groups;
  const amount = groups?.['amount'];
  if (amount === undefined) return undefined;
  const unit = (groups?.['unit'] ?? groups?.['longUnit'] ?? 'b').toLowerCase();
  const bytes = Number(amount) * 1024 ** (UNIT_POWERS[unit] ?? 0);
  return unit === 'b' ? bytes : Math.floor(bytes);
}

/** A size for people: `512 MiB`, `1.5 GiB`, `900 bytes`. At most one decimal, rounded. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let amount = bytes / 1024;
  let power = 0;
  while (roundToTenth(amount) >= 1024 && power < units.length - 1) {
    amount /= 1024;
    power += 1;
  }
  return `${roundToTenth(amount)} ${units[power]}`;
}

/** A time for people: `40 ms` below a second, then `1.5 s`, `300 s`. At most one decimal. */
export function formatDuration(ms: number): string {
  const whole = Math.round(ms);
  return whole < 1000 ? `${whole} ms` : `${roundToTenth(ms / 1000)} s`;
}

/** A count for people: `184,213`. */
export function formatCount(count: number): string {
  // `Intl.NumberFormat` would take 10 ms of every start to set up.
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

function roundToTenth(amount: number): number {
  return Math.round(amount * 10) / 10;
}

/** Bounds of a size field, in bytes, both included. */
export interface ByteSizeBounds {
  readonly min: number;
  /** @default 2^53 - 1 */
  readonly max?: number | undefined;
  /** What is measured, for the schema's description: `Memory of the container`. */
  readonly what: string;
}

/** Schema of a size field: takes what {@link parseBytes} takes, gives whole bytes. */
export function byteSize(bounds: ByteSizeBounds): z.ZodType<number, number | string> {
  const rule = sizeRule(bounds);
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  return z
    .union([z.number(), z.string()], { error: rule })
    .describe(`${bounds.what}: bytes, or a size such as "512m" or "2g" (powers of 1024).`)
    .transform((value, context) => {
      const parsed = parseBytes(value);
      if (parsed.ok && parsed.bytes >= bounds.min && parsed.bytes <= max) return parsed.bytes;
      const message = parsed === TOO_LARGE && bounds.max === undefined ? TOO_LARGE.rule : rule;
      context.issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    });
}

function sizeRule({ min, max }: ByteSizeBounds): string {
  const least = formatBytes(min);
  const examples = '"512m" or "2g"';
  if (max === undefined) return `must be a size of at least ${least}, such as ${examples}`;
  const example = max >= 2 * 1024 ** 3 ? examples : `"${shortSize(max)}"`;
  return `must be a size from ${least} to ${formatBytes(max)}, such as ${example}`;
}

/** The largest size in whole units that is not above `bytes`, as a caller would write it: `64m`. */
function shortSize(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${Math.floor(bytes / 1024 ** power)}${['b', 'k', 'm', 'g'][power]}`;
}

import type { z } from 'zod';
import { SlipwayError } from './errors.js';

/** How many characters of a refused value an error repeats. */
const QUOTED_LENGTH = 120;

/** Characters that change how the text around them looks, or cannot be shown at all. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The value as JSON, cut, with invisible characters escaped: safe to show whatever it holds. */
export function quoteValue(value: unknown): string {
  const text = jsonOrType(value);
  const shown = text.length <= QUOTED_LENGTH ? text : `${text.slice(0, QUOTED_LENGTH)}…`;
  return shown.replaceAll(INVISIBLE, (char) => `\\u${hex(char)}`);
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
}

function jsonOrType(value: unknown): string {
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  try {
    return JSON.stringify(value) ?? `(${typeof value})`;
  } catch {
    return `(${typeof value})`;
  }
}

/** One refused value: the field, the rule it breaks, the value, and what to do. */
export function invalidInput(
  field: string,
  rule: string,
  value: unknown,
  hint?: string,
): SlipwayError<'INVALID_INPUT'> {
  const quoted = quoteValue(value);
  return new SlipwayError('INVALID_INPUT', {
    message: `${field} ${rule}; got ${quoted}.`,
    hint: hint ?? `Correct ${field} and try again. Nothing was started.`,
    context: { field, rule, value: quoted },
  });
}

/**
 * Validates a caller's value once, at the public border.
 *
 * @param what names the value in the error when the value as a whole is wrong, e.g. `config`.
 * @throws {SlipwayError} `INVALID_INPUT` naming the first field that breaks a rule.
 */
export function parseOptions<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
): z.output<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw fromIssue(parsed.error.issues[0], value, what);
}

function fromIssue(
  issue: z.core.$ZodIssue | undefined,
  value: unknown,
  what: string,
): SlipwayError<'INVALID_INPUT'> {
  if (issue === undefined) return invalidInput(what, 'is not valid', value);
  const field = issue.path.length === 0 ? what : issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') return unknownKey(issue, value, what);
  return invalidInput(field, brokenRule(issue), issue.input);
}

function brokenRule(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  if (issue.input === undefined) return 'is required';
  // A schema that has words of its own for it has better ones.
  if (!issue.message.startsWith('Invalid input')) return issue.message;
  const type = issue.expected === 'record' ? 'object' : issue.expected;
  return `must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function unknownKey(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  value: unknown,
  what: string,
): SlipwayError<'INVALID_INPUT'> {
  const key = issue.keys[0] ?? '';
  const field = [...issue.path.map(String), key].join('.');
  return invalidInput(
    field,
    `is not an option of ${what}`,
    valueAt(value, [...issue.path, key]),
    `Remove ${quoteValue(key)} or correct its spelling. Nothing was started.`,
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

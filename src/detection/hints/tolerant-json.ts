import { parse, type ParseError } from 'jsonc-parser';

/**
 * JSON as people write it for people: comments, `...`, trailing commas, a brace too few. Undefined
 * when it is nested deeper than any manifest is.
 */
export function tolerantJson(text: string): unknown {
  const errors: ParseError[] = [];
  const whole = /^\s*[[{]/.test(text) ? text : `{${text}}`;
  if (nesting(whole) > DEEPEST) return undefined;
  const value: unknown = parse(whole, errors, { allowTrailingComma: true });
  return value;
}

/** The parser calls itself for each level. */
const DEEPEST = 200;

function nesting(text: string): number {
  let depth = 0;
  let most = 0;
  for (const char of text) {
    if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    most = Math.max(most, depth);
  }
  return most;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : [];
}

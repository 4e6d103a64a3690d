import { expect } from 'vitest';

/** Stands for any text in which `part` occurs. Typed, unlike what it wraps. */
export function textWith(part: string): unknown {
  return expect.stringContaining(part);
}

/** Stands for any text of that form. */
export function textLike(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

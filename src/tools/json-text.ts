/**
 * Some clients send an array, an object, a number or a truth value of a call's arguments as its
 * text. These functions run in front of a field's schema, so they change nothing of what clients
 * are told.
 */

/** For a field that takes no text: the array or object that the text holds, or the value as it is. */
export function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * For a command, which may be text: only what can be nothing but an argument vector is read as one.
 * `[ "x" ]` is JSON too, and a command of the shell; `["x"]` is no command, and neither is a `[`
 * that stands alone on its line.
 */
export function argvFromJsonText(value: unknown): unknown {
  const isArray = typeof value === 'string' && /^\s*\[(?:[ \t\r]*\n\s*)?"/.test(value);
  return isArray ? fromJsonText(value) : value;
}

/** For a number: `"30"` and `"0.5"` are numbers, `"30s"`, `"1e3"` and `"0x10"` are not. */
export function fromNumberText(value: unknown): unknown {
  const isNumber = typeof value === 'string' && /^\s*-?\d{1,15}(?:\.\d{1,15})?\s*$/.test(value);
  return isNumber ? Number(value) : value;
}

/** For a truth value: `"true"` and `"false"` in any case. */
export function fromBooleanText(value: unknown): unknown {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  return text === 'true' || text === 'false' ? text === 'true' : value;
}

/** The other way round, for a field that takes text: a number of bytes is `"1048576"`. */
export function toNumberText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/**
 * Some clients send an array or object of a call's arguments as its JSON text. These functions run
 * in front of a field's schema, so they change nothing of what clients are told.
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

/**
 * Reads single values out of JSON that another program wrote, without trusting its shape.
 *
 * @param {string} text
 * @returns {unknown}
 */
export function parseJson(text) {
  return JSON.parse(text);
}

/**
 * @param {unknown} value
 * @param {...(string | number)} keys the way to the wanted value
 * @returns {unknown} undefined when the way ends before
 */
export function valueAt(value, ...keys) {
  /** @type {unknown} */
  let current = value;
  for (const key of keys) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.entries(current).find(([name]) => name === String(key))?.[1];
  }
  return current;
}

/**
 * @param {unknown} value
 * @param {...(string | number)} keys
 * @returns {string} empty when there is no text
 */
export function textAt(value, ...keys) {
  const found = valueAt(value, ...keys);
  return typeof found === 'string' ? found : '';
}

/** Reading tables of unknown shape: what has another shape counts as not there. */
import { parse } from 'smol-toml';

export type Table = Readonly<Record<string, unknown>>;

const nothing: Table = {};

/** Undefined when the text is not TOML. */
export function parseToml(text: string | undefined): Table | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** The table at the end of the keys; an empty one when there is none. */
export function tableAt(value: unknown, ...keys: readonly string[]): Table {
  const found = valueAt(value, ...keys);
  return isTable(found) ? found : nothing;
}

export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let at: unknown = value;
  for (const key of keys) {
    if (!isTable(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

export function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = valueAt(value, ...keys);
  return typeof found === 'string' ? found : undefined;
}

export function textsAt(value: unknown, ...keys: readonly string[]): string[] {
  return listAt(value, ...keys).filter((one) => typeof one === 'string');
}

export function tablesAt(value: unknown, ...keys: readonly string[]): Table[] {
  return listAt(value, ...keys).filter(isTable);
}

export function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...keys);
  return Array.isArray(found) ? found : [];
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { XMLParser } from 'fast-xml-parser';
import { isTable, type Table } from '../support/toml.js';

/** Entities are left as they are: a document that defines its own could grow without end. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  processEntities: false,
});

/** The elements of an XML document as tables; undefined when the text is not XML. */
export function parseXml(text: string | undefined): Table | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = parser.parse(text.replace(/^\uFEFF/, ''));
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** All elements at the end of the names, whether there is one or there are several. */
export function elementsAt(value: unknown, ...names: readonly string[]): unknown[] {
  let at: unknown[] = [value];
  for (const name of names) {
    at = at.flatMap((one) => (isTable(one) && Object.hasOwn(one, name) ? [one[name]].flat() : []));
  }
  return at;
}

/** The text of the first such element; undefined when there is none. */
export function xmlText(value: unknown, ...names: readonly string[]): string | undefined {
  for (const one of elementsAt(value, ...names)) {
    const text = isTable(one) ? one['#text'] : one;
    if (typeof text === 'string' && text.trim() !== '') return text.trim();
  }
  return undefined;
}

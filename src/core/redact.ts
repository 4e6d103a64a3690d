/**
 * The text with user names and passwords taken out of every URL in it:
 * `https://user:token@host/` becomes `https://host/`. Whatever stands between `://` and the last
 * `@` before a slash, `?`, `#` or white space goes, so a badly quoted URL loses too much rather
 * than too little. Linear in the length of the text.
 */
export function redactUrl(text: string): string {
  let kept = '';
  let from = 0;
  for (let mark = text.indexOf('://'); mark !== -1; mark = text.indexOf('://', from)) {
    const start = mark + '://'.length;
    const end = authorityEnd(text, start);
    const host = start + text.slice(start, end).lastIndexOf('@') + 1;
    kept += text.slice(from, start) + text.slice(host, end);
    from = end;
  }
  return kept + text.slice(from);
}

function authorityEnd(text: string, start: number): number {
  const end = new RegExp(AUTHORITY_END);
  end.lastIndex = start;
  return end.exec(text)?.index ?? text.length;
}

const AUTHORITY_END = /[/?#\s]/g;

const MASK = '***';

/** Shorter texts are no secrets, and masking them would make a text unreadable. */
const SECRET_CHARACTERS = 4;

/** A part of a text, from `start` up to, not including, `end`. */
interface Range {
  readonly start: number;
  end: number;
}

/**
 * Masks secrets in texts: as they are, percent-encoded, and in base64 (both alphabets), also as a
 * part of a longer encoded text such as `user:token`. Secrets of fewer than four characters are
 * not masked. A secret that is cut in two by the end of a text is not seen: give it whole texts.
 */
export class Redactor {
  readonly #forms: readonly string[];

  constructor(secrets: Iterable<string>) {
    const long = [...secrets].filter((secret) => secret.length >= SECRET_CHARACTERS);
    this.#forms = [...new Set(long.flatMap(formsOf))];
  }

  /** The text with `***` for every secret in it. Linear in the length of the text. */
  redact(text: string): string {
    const ranges = merge(this.#forms.flatMap((form) => rangesOf(text, form)));
    let kept = '';
    let from = 0;
    for (const { start, end } of ranges) {
      kept += text.slice(from, start) + MASK;
      from = end;
    }
    return kept + text.slice(from);
  }
}

function formsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret.replaceAll(/\p{Cs}/gu, '\uFFFD'));
  const base64 = [0, 1, 2].map((offset) => base64Core(secret, offset));
  const base64url = base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'));
  const lowerPercent = percent.replaceAll(/%../g, (code) => code.toLowerCase());
  return [secret, percent, lowerPercent, ...base64, ...base64url].filter(
    (form) => form.length >= SECRET_CHARACTERS,
  );
}

/** The base64 characters that stand for the secret alone when `offset` bytes come before it. */
function base64Core(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor((bytes.byteLength * 8) / 6);
  return bytes.toString('base64').slice(first, end);
}

/** Where `form` is in the text, overlapping places as one. */
function rangesOf(text: string, form: string): readonly Range[] {
  const ranges: Range[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
    add(ranges, { start: at, end: at + form.length });
  }
  return ranges;
}

/** The same places, in order and without overlaps, so that no rest of a secret stays. */
function merge(ranges: Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of ranges.sort((a, b) => a.start - b.start)) add(merged, range);
  return merged;
}

/** Adds a place that starts where the last one does, or after it. */
function add(ranges: Range[], range: Range): void {
  const last = ranges.at(-1);
  if (last === undefined || range.start > last.end) ranges.push(range);
  else last.end = Math.max(last.end, range.end);
}

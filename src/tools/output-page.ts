/** A part of a text, in UTF-16 units. A pair of surrogates is never cut. */
export interface OutputPage {
  readonly text: string;
  /** Where the page begins in what is paged: the whole text, or its matching lines. */
  readonly offset: number;
  /** Length of what is paged. */
  readonly totalCharacters: number;
  /** Where the next page begins; null after the last one. */
  readonly nextOffset: number | null;
  /** How many lines match in all; null without a pattern. */
  readonly matches: number | null;
}

/** Which part of a text is wanted. */
export interface PageQuery {
  /** @default 0 */
  readonly offset?: number | undefined;
  /** At least 1. @default 1,000,000, which is the most as well */
  readonly limit?: number | undefined;
  /** Text that a line must contain, in any case; not an expression. Empty is none. */
  readonly pattern?: string | undefined;
}

/**
 * The most of one page. In JSON such a page stays below 3 MiB: no character of cleaned output is
 * longer than three bytes there.
 */
const PAGE_CHARACTERS = 1_000_000;

/**
 * A page of a text or, with a pattern, of the lines that contain it, each after its number as
 * `12: text`. Takes time in proportion to the text, whatever the pattern is.
 */
export function outputPage(text: string, query: PageQuery): OutputPage {
  const { offset = 0, pattern = '' } = query;
  const limit = Math.max(1, Math.min(query.limit ?? PAGE_CHARACTERS, PAGE_CHARACTERS));
  if (pattern === '') return { ...pageOf(text, offset, limit), matches: null };
  const found = matchingLines(text, pattern, { from: offset, to: offset + limit });
  const page = pageOf(found.near, offset - found.nearStart, limit);
  const end = found.nearStart + page.offset + page.text.length;
  return {
    text: page.text,
    offset: found.nearStart + page.offset,
    totalCharacters: found.characters,
    nextOffset: end < found.characters ? end : null,
    matches: found.count,
  };
}

function pageOf(text: string, offset: number, limit: number): Omit<OutputPage, 'matches'> {
  const wanted = Math.min(offset, text.length);
  const start = splitsPair(text, wanted) ? wanted - 1 : wanted;
  const limited = Math.min(start + limit, text.length);
  const backed = splitsPair(text, limited) ? limited - 1 : limited;
  // A page of one character that is a pair holds the pair: each page must lead to the next.
  const end = backed > start ? backed : Math.min(start + 2, text.length);
  return {
    text: text.slice(start, end),
    offset: start,
    totalCharacters: text.length,
    nextOffset: end < text.length ? end : null,
  };
}

function splitsPair(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

interface MatchingLines {
  readonly count: number;
  /** Of all matching lines together. */
  readonly characters: number;
  /** Those that the wanted part touches; the others are only counted. */
  readonly near: string;
  /** Where `near` begins among all of them. */
  readonly nearStart: number;
}

function matchingLines(
  text: string,
  pattern: string,
  wanted: { readonly from: number; readonly to: number },
): MatchingLines {
  const near: string[] = [];
  let count = 0;
  let characters = 0;
  let nearStart: number | undefined;
  for (const { number, start, end } of linesWith(text, pattern)) {
    const length = `${number}: `.length + end - start;
    if (characters + length > wanted.from && characters <= wanted.to) {
      nearStart ??= characters;
      near.push(`${number}: ${text.slice(start, end)}`);
    }
    count += 1;
    characters += length;
  }
  return { count, characters, near: near.join(''), nearStart: nearStart ?? characters };
}

interface Line {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  /** After the line feed. */
  readonly end: number;
}

function* linesWith(text: string, pattern: string): Generator<Line> {
  const wanted = inOneCase(pattern);
  const restarts = restartsOf(wanted);
  const searched = inOneCase(text);
  let number = 1;
  for (let start = 0, end = 0; start < text.length; start = end, number += 1) {
    end = lineEnd(text, start);
    const line = { number, start, end };
    if (contains(searched, line, wanted, restarts)) yield line;
  }
}

function lineEnd(text: string, from: number): number {
  const lineFeed = text.indexOf('\n', from);
  return lineFeed === -1 ? text.length : lineFeed + 1;
}

/** In lower case, with every character where it was: only U+0130 becomes two in lower case. */
function inOneCase(text: string): string {
  return text.replaceAll('\u0130', 'I').toLowerCase();
}

/**
 * Knuth, Morris and Pratt's search. `indexOf` is no substitute: the program chooses the text and
 * the caller the pattern, and it took 200 s for 8 Mi of `a` and a pattern of 100,000.
 */
function contains(
  text: string,
  { start, end }: Line,
  wanted: string,
  restarts: Uint32Array,
): boolean {
  let matched = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    while (matched > 0 && wanted.charCodeAt(matched) !== code) matched = restarts[matched] ?? 0;
    if (wanted.charCodeAt(matched) === code) matched += 1;
    if (matched === wanted.length) return true;
  }
  return false;
}

/** How much of a pattern still matches when, after so many characters of it, the next does not. */
function restartsOf(pattern: string): Uint32Array {
  const restarts = new Uint32Array(pattern.length + 1);
  let matched = 0;
  for (let at = 1; at < pattern.length; at += 1) {
    const code = pattern.charCodeAt(at);
    while (matched > 0 && pattern.charCodeAt(matched) !== code) matched = restarts[matched] ?? 0;
    if (pattern.charCodeAt(matched) === code) matched += 1;
    restarts[at + 1] = matched;
  }
  return restarts;
}

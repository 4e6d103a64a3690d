/** `<<EOF`, `<<-"EOF"`: what ends a here-document. */
export interface HeredocName {
  readonly name: string;
  /** `<<-`: tabs at the start of its lines are dropped, the ending line's too. */
  readonly stripsTabs: boolean;
}

/**
 * The here-documents that a line announces, in order. A word has to be one as a whole, as in
 * BuildKit: `cat<<EOF` and `<<<text` are none. None when a quote is left open.
 */
export function heredocNames(line: string): readonly HeredocName[] {
  const names: HeredocName[] = [];
  for (const word of shellWords(line) ?? []) {
    const found = /^\d*<<(-?)([^<]+)$/.exec(word);
    const name = unquoted(found?.[2] ?? '');
    if (found !== null && name !== '') names.push({ name, stripsTabs: found[1] === '-' });
  }
  return names;
}

/** Splits at white space outside of quotes and keeps the quotes. */
function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let start = 0;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote === undefined && /\s/.test(char)) {
      words.push(line.slice(start, at));
      start = at + 1;
    } else if (char === '\\' && quote !== "'") at += 1;
    else quote = quoteAfter(char, quote);
  }
  words.push(line.slice(start));
  return quote === undefined ? words : undefined;
}

/** The quote that is open behind `char`. */
function quoteAfter(char: string, quote: string | undefined): string | undefined {
  if (quote !== undefined) return char === quote ? undefined : quote;
  return char === '"' || char === "'" ? char : undefined;
}

/** Takes quotes and backslashes away. */
function unquoted(word: string): string {
  let name = '';
  let quote: string | undefined;
  for (let at = 0; at < word.length; at += 1) {
    const char = word[at] ?? '';
    const next = quoteAfter(char, quote);
    if (char === '\\' && quote !== "'") {
      at += 1;
      name += word[at] ?? '';
    } else if (next === quote) name += char;
    quote = char === '\\' ? quote : next;
  }
  return name;
}

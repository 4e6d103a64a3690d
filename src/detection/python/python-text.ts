/** Python source as far as detection needs it: no grammar, only what is code and what is not. */

const token =
  /#[^\n]*|[rbfuRBFU]{0,2}("""|''')[\s\S]*?\1|[rbfuRBFU]{0,2}"(?:\\.|[^"\\\n])*"|[rbfuRBFU]{0,2}'(?:\\.|[^'\\\n])*'/g;

/** The source without comments and without strings over several lines; lines keep their numbers. */
export function codeOf(source: string): string {
  return source.replaceAll(token, (text: string, triple: string | undefined) => {
    if (text.startsWith('#')) return '';
    return triple === undefined ? text : `""${'\n'.repeat(text.split('\n').length - 1)}`;
  });
}

/** What stands between the parentheses of every call that `opening` ends in: `run\(`. */
export function callsOf(code: string, opening: RegExp): string[] {
  return [...code.matchAll(opening)].map((match) => balanced(code, match.index + match[0].length));
}

/** The text from `start` up to the parenthesis that closes it, at most 4,000 characters. */
export function balanced(code: string, start: number): string {
  let depth = 1;
  let quote = '';
  const end = Math.min(code.length, start + 4000);
  for (let at = start; at < end; at += 1) {
    const character = code[at] ?? '';
    if (quote !== '') {
      if (character === '\\') at += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) {
      depth -= 1;
      if (depth === 0) return code.slice(start, at);
    }
  }
  return code.slice(start, end);
}

/** The literal of a keyword argument: `port=8000` is `8000`, `path="/x"` is `/x`. */
export function keywordLiteral(call: string, name: string): string | undefined {
  const match = new RegExp(String.raw`\b${name}\s*=\s*(?:["']([^"'\n]*)["']|(\d+)\b)`).exec(call);
  return match?.[1] ?? match?.[2];
}

/** What a keyword argument is set to, as written, up to the next comma. */
export function keywordText(call: string, name: string): string | undefined {
  return new RegExp(String.raw`\b${name}\s*=\s*([^,\n]+)`).exec(call)?.[1]?.trim();
}

/** The strings that a call starts with: `("-t", "--transport", default=…)` gives the two. */
export function leadingTexts(call: string): string[] {
  const texts: string[] = [];
  let rest = call;
  for (;;) {
    const match = /^\s*[rbfu]{0,2}(?:"([^"\n]*)"|'([^'\n]*)')\s*(?:,|$)/.exec(rest);
    if (match === null) return texts;
    texts.push(match[1] ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
  }
}

/** The flags before an instruction's text. */
export interface Flags {
  /** As written. */
  readonly words: readonly string[];
  /** Where the instruction's own text begins. */
  readonly end: number;
}

/** Reads `--flag=value` words from `from` on; `--` alone ends them and is dropped. */
export function leadingFlags(line: string, from: number): Flags {
  const words: string[] = [];
  let at = from;
  while (at < line.length) {
    while (at < line.length && isSpace(line, at)) at += 1;
    if (!line.startsWith('--', at)) break;
    const end = endOfWord(line, at);
    const word = line.slice(at, end);
    at = end;
    if (word === '--') break;
    words.push(word);
  }
  return { words, end: at };
}

/** Index of the first character that is no white space; the length when there is none. */
export function startOfText(line: string): number {
  let at = 0;
  while (at < line.length && isSpace(line, at)) at += 1;
  return at;
}

function isSpace(line: string, at: number): boolean {
  const char = line[at] ?? '';
  return char === ' ' || char === '\t' || (char !== '' && /[\s\u0085]/.test(char));
}

/** A backslash keeps the next character in the word, quotes keep white space in it. */
function endOfWord(line: string, from: number): number {
  const pattern = /(?:[^\s\u0085"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')+/y;
  pattern.lastIndex = from;
  pattern.test(line);
  const openQuote = ['"', "'", '\\'].includes(line[pattern.lastIndex] ?? '');
  return openQuote ? line.length : pattern.lastIndex;
}

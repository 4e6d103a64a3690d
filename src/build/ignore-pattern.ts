/** A pattern of a `.dockerignore` file. */
export interface Pattern {
  /** @param budget is lowered by the steps the match takes; below 0 the match is given up */
  readonly matches: (path: string, budget: Budget) => boolean;
  /** The path parts before the first one with a wildcard in it. */
  readonly literalParts: readonly string[];
}

export interface Budget {
  steps: number;
}

/** Says what is wrong with a pattern. */
export class PatternError extends Error {}

/** One step of a pattern. Characters are code points. */
type Token =
  | { readonly kind: 'literal'; readonly code: number }
  /** `?`: one character of a name. */
  | { readonly kind: 'any' }
  /** `*`: any part of a name. */
  | { readonly kind: 'star' }
  /** `**` before more: any number of folders, also none. */
  | { readonly kind: 'folders' }
  /** `**` at the end: everything. */
  | { readonly kind: 'rest' }
  /** `[a-z]`, `[^a-z]`. */
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly Range[] };

/** First and last code point. */
type Range = readonly [from: number, to: number];

/**
 * Reads one pattern: that of Go's filepath.Match and `**`, with the meaning that moby's
 * patternmatcher gives to both.
 *
 * @throws {PatternError} where Go's check of the syntax fails, too
 */
export function compilePattern(pattern: string): Pattern {
  const tokens = tokenize(Array.from(pattern));
  const texts = textsBetweenWildcards(tokens);
  const [start = ''] = texts;
  if (texts.length === 1) {
    return { literalParts: start.split('/'), matches: (path) => path === start };
  }
  const end = texts.at(-1) ?? '';
  const longest = texts.reduce((one, other) => (other.length > one.length ? other : one));
  return {
    literalParts: start.split('/').slice(0, -1),
    matches: (path, budget) => {
      budget.steps -= 1;
      // Nearly all paths fail here, which is much faster than the search.
      if (!path.startsWith(start) || !path.endsWith(end) || !path.includes(longest)) return false;
      return search(tokens, path, budget);
    },
  };
}

/** At least one text, and one more for each wildcard. */
function textsBetweenWildcards(tokens: readonly Token[]): readonly string[] {
  const texts = [''];
  for (const token of tokens) {
    if (token.kind === 'literal') {
      texts.push((texts.pop() ?? '') + String.fromCodePoint(token.code));
    } else {
      texts.push('');
    }
  }
  return texts;
}

function tokenize(characters: readonly string[]): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < characters.length) {
    const { token, next } = readToken(characters, at);
    // `**/**/` says no more than `**/`.
    const repeated = token.kind === 'folders' && tokens.at(-1)?.kind === 'folders';
    if (!repeated) tokens.push(token);
    at = next;
  }
  return endsWithPlainText(characters) ? [{ kind: 'rest' }, ...tokens.slice(1)] : tokens;
}

/** `**.log`: moby takes a leading `**` before plain text as "ends with", folders or not. */
function endsWithPlainText(characters: readonly string[]): boolean {
  const [first, second, ...plain] = characters;
  if (first !== '*' || second !== '*' || plain[0] === '/') return false;
  return !plain.some((character) => '*?[]\\'.includes(character));
}

interface Read<T> {
  readonly token: T;
  readonly next: number;
}

function readToken(characters: readonly string[], at: number): Read<Token> {
  const character = characters[at] ?? '';
  switch (character) {
    case '*':
      return readStars(characters, at);
    case '?':
      return { token: { kind: 'any' }, next: at + 1 };
    case '[':
      return readClass(characters, at + 1);
    case '\\': {
      const escaped = characters[at + 1];
      if (escaped === undefined) throw new PatternError('the pattern ends with a backslash');
      return { token: { kind: 'literal', code: codeOf(escaped) }, next: at + 2 };
    }
    default:
      return { token: { kind: 'literal', code: codeOf(character) }, next: at + 1 };
  }
}

function readStars(characters: readonly string[], at: number): Read<Token> {
  if (characters[at + 1] !== '*') return { token: { kind: 'star' }, next: at + 1 };
  const next = characters[at + 2] === '/' ? at + 3 : at + 2;
  return { token: { kind: next < characters.length ? 'folders' : 'rest' }, next };
}

function readClass(characters: readonly string[], start: number): Read<Token> {
  const negated = characters[start] === '^';
  const ranges: Range[] = [];
  let at = negated ? start + 1 : start;
  while (characters[at] !== ']' || ranges.length === 0) {
    const from = readClassCharacter(characters, at);
    const isRange = characters[from.next] === '-';
    const to = isRange ? readClassCharacter(characters, from.next + 1) : from;
    if (to.token < from.token) throw new PatternError('a range in "[…]" ends before it starts');
    ranges.push([from.token, to.token]);
    at = to.next;
  }
  return { token: { kind: 'class', negated, ranges }, next: at + 1 };
}

function readClassCharacter(characters: readonly string[], at: number): Read<number> {
  const escaped = characters[at] === '\\';
  const next = escaped ? at + 2 : at + 1;
  const character = characters[next - 1];
  const misplaced = !escaped && (character === '-' || character === ']');
  if (character === undefined || misplaced || next >= characters.length) {
    throw new PatternError('a "[" has no "]", or nothing to match before it');
  }
  return { token: codeOf(character), next };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

const SLASH = codeOf('/');

/**
 * Follows every way through the pattern at once, one character after the other, so that no pattern
 * makes it go back. A place is the number of the token that comes next.
 */
function search(tokens: readonly Token[], path: string, budget: Budget): boolean {
  const places = new Places(tokens);
  places.enter(0);
  for (let at = 0; at < path.length; at += 1) {
    const code = path.codePointAt(at) ?? 0;
    if (code > 0xffff) at += 1;
    budget.steps -= places.advance(code);
    if (budget.steps < 0) return false;
  }
  return places.has(tokens.length);
}

/** The places in a pattern that the characters so far can lead to. */
class Places {
  readonly #tokens: readonly Token[];
  /** For each place the round in which it was added last. */
  readonly #added: Int32Array;
  #round = 0;
  #current: number[] = [];
  #previous: number[] = [];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#added = new Int32Array(tokens.length + 1).fill(-1);
  }

  has(place: number): boolean {
    return this.#added[place] === this.#round;
  }

  /** Adds a place, and the ones behind it where a token may match nothing. */
  enter(place: number): void {
    let at = place;
    this.#add(at);
    while (mayMatchNothing(this.#tokens[at])) {
      at += 1;
      this.#add(at);
    }
  }

  /** Goes on over one character. Gives the number of places it went on from. */
  advance(code: number): number {
    const from = this.#current;
    this.#current = this.#previous;
    this.#current.length = 0;
    this.#previous = from;
    this.#round += 1;
    for (const place of from) this.#advanceFrom(place, code);
    return from.length;
  }

  #add(place: number): void {
    if (this.has(place)) return;
    this.#added[place] = this.#round;
    this.#current.push(place);
  }

  #advanceFrom(place: number, code: number): void {
    const token = this.#tokens[place];
    if (token === undefined) return;
    if (token.kind === 'folders') {
      // In the middle of a name the only way on is to its end.
      this.#add(place);
      if (code === SLASH) this.enter(place + 1);
    } else if (token.kind === 'rest') {
      this.enter(place);
    } else if (token.kind === 'star') {
      if (code !== SLASH) this.enter(place);
    } else if (takes(token, code)) {
      this.enter(place + 1);
    }
  }
}

function mayMatchNothing(token: Token | undefined): boolean {
  return token?.kind === 'star' || token?.kind === 'rest' || token?.kind === 'folders';
}

function takes(
  token: Extract<Token, { kind: 'literal' | 'any' | 'class' }>,
  code: number,
): boolean {
  if (token.kind === 'literal') return token.code === code;
  if (token.kind === 'any') return code !== SLASH;
  return token.negated !== token.ranges.some(([from, to]) => from <= code && code <= to);
}

/**
 * Replaces `$X`, `${X}`, `${X:-y}`, `${X:+y}`, `${X-y}`, `${X+y}`, `${X:?text}` and takes quotes
 * away, as BuildKit does in FROM and most instructions. A variable without a value is empty.
 *
 * @returns undefined where the text cannot be known: patterns (`${X%.*}`), an open brace or quote.
 */
export function expandVariables(
  text: string,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const state: State = { text, at: 0, values, depth: 0 };
  return expandUntil(state, undefined);
}

interface State {
  readonly text: string;
  at: number;
  readonly values: ReadonlyMap<string, string>;
  depth: number;
}

const DEEPEST = 50;

function expandUntil(state: State, end: string | undefined): string | undefined {
  const parts: string[] = [];
  let quoted = false;
  while (state.at < state.text.length) {
    const char = state.text[state.at] ?? '';
    if (char === end && !quoted) return parts.join('');
    state.at += 1;
    if (char === '"') quoted = !quoted;
    else {
      const part = expandOne(state, char, quoted);
      if (part === undefined) return undefined;
      parts.push(part);
    }
  }
  return end === undefined && !quoted ? parts.join('') : undefined;
}

/** What one character, already read, stands for; it may take more of the text. */
function expandOne(state: State, char: string, quoted: boolean): string | undefined {
  if (char === '$') return expandDollar(state);
  if (char === '\\') return escaped(state, quoted);
  if (char !== "'" || quoted) return char;
  const close = state.text.indexOf("'", state.at);
  if (close === -1) return undefined;
  const literal = state.text.slice(state.at, close);
  state.at = close + 1;
  return literal;
}

function escaped(state: State, quoted: boolean): string {
  const next = state.text[state.at] ?? '';
  state.at += next.length;
  return quoted && !['"', '$', '\\'].includes(next) ? `\\${next}` : next;
}

function expandDollar(state: State): string | undefined {
  const braced = state.text[state.at] === '{';
  const pattern = /[A-Za-z_]\w*|\d+|[@*#?$!-]/y;
  pattern.lastIndex = state.at + (braced ? 1 : 0);
  const name = pattern.exec(state.text)?.[0];
  if (name === undefined) return braced ? undefined : '$';
  state.at = pattern.lastIndex;
  return braced ? expandBraces(state, state.values.get(name)) : (state.values.get(name) ?? '');
}

function expandBraces(state: State, value: string | undefined): string | undefined {
  const operator = /:?[-+?]|\}/y;
  operator.lastIndex = state.at;
  const found = operator.exec(state.text)?.[0];
  if (found === undefined || state.depth >= DEEPEST) return undefined;
  state.at = operator.lastIndex;
  if (found === '}') return value ?? '';
  state.depth += 1;
  const word = expandUntil(state, '}');
  state.depth -= 1;
  state.at += 1;
  return word === undefined ? undefined : choose(found, value, word);
}

function choose(operator: string, value: string | undefined, word: string): string | undefined {
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (operator.endsWith('+')) return isSet ? word : '';
  if (isSet) return value;
  return operator.endsWith('-') ? word : undefined;
}

import type { SourcePlace } from '../core/dockerfile.js';

interface Edit {
  /** Offset in the text. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Changes to a text, noted by the places of the text as it was and made at once. */
export class TextEdits {
  readonly #text: string;
  /** Offset of each line. */
  readonly #starts: readonly number[];
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      starts.push(at + 1);
    }
    this.#starts = starts;
  }

  insert(place: SourcePlace, text: string): void {
    const at = this.#offset(place);
    this.#edits.push({ from: at, to: at, text });
  }

  /** @param line from 1; 0 is before the first */
  addLinesAfter(line: number, lines: readonly string[]): void {
    const at = this.#starts[line] ?? this.#text.length;
    const open = at > 0 && this.#text[at - 1] !== '\n';
    const text = lines.map((one) => `${one}\n`).join('');
    this.#edits.push({ from: at, to: at, text: open ? `\n${text}` : text });
  }

  /** @param first from 1, both included */
  replaceLines(first: number, last: number, lines: readonly string[]): void {
    const from = this.#starts[first - 1] ?? this.#text.length;
    const to = this.#starts[last] ?? this.#text.length;
    this.#edits.push({ from, to, text: lines.map((one) => `${one}\n`).join('') });
  }

  /** Takes out the next `text` behind a place, up to the end of a line; false when it is not there. */
  cut(after: SourcePlace, lastLine: number, text: string): boolean {
    const taken = this.#edits.filter(({ text: inserted }) => inserted === '').map(({ to }) => to);
    const from = this.#text.indexOf(text, Math.max(this.#offset(after), ...taken));
    const end = this.#starts[lastLine] ?? this.#text.length;
    if (from === -1 || from + text.length > end) return false;
    this.#edits.push({ from, to: from + text.length, text: '' });
    return true;
  }

  apply(): string {
    let text = '';
    let at = 0;
    // What is added to a place comes before what is taken away from there; otherwise as noted.
    for (const edit of this.#edits.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
      text += this.#text.slice(at, edit.from) + edit.text;
      at = edit.to;
    }
    return text + this.#text.slice(at);
  }

  #offset({ line, column }: SourcePlace): number {
    return (this.#starts[line - 1] ?? this.#text.length) + column;
  }
}

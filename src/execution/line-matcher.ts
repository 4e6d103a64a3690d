import type { OutputStream } from '../engine/ports.js';

/** Characters of a line that are looked at. What a program writes without a line end has no bound. */
const LINE_CHARACTERS = 16_384;

/** Puts the text of two streams together to lines and finds the first that fits. */
export class LineMatcher {
  readonly #wanted: string | RegExp;
  readonly #open = { stdout: '', stderr: '' };
  #lastLine = '';

  /** @param wanted a part of the line, or an expression that is tried on it */
  constructor(wanted: string | RegExp) {
    // With these flags an expression remembers where it was in the line before.
    this.#wanted =
      typeof wanted === 'string'
        ? wanted
        : new RegExp(wanted.source, wanted.flags.replaceAll(/[gy]/g, ''));
  }

  /** The line before the one that is being written; '' before the first. */
  get lastLine(): string {
    return this.#lastLine;
  }

  /** The first line that fits and that this text completes, without its end. */
  push(stream: OutputStream, text: string): string | undefined {
    const lines = text.split('\n');
    for (const [index, part] of lines.entries()) {
      const line = (this.#open[stream] + part).slice(0, LINE_CHARACTERS);
      const complete = index < lines.length - 1;
      this.#open[stream] = complete ? '' : line;
      if (complete && this.#fits(line)) return withoutReturn(line);
    }
    return undefined;
  }

  /** The lines without an end that fit, once nothing more comes. */
  end(): readonly { readonly stream: OutputStream; readonly line: string }[] {
    const open = [
      { stream: 'stdout', line: this.#open.stdout },
      { stream: 'stderr', line: this.#open.stderr },
    ] as const;
    return open.filter(({ line }) => line !== '' && this.#fits(line));
  }

  #fits(written: string): boolean {
    const line = withoutReturn(written);
    this.#lastLine = line;
    return typeof this.#wanted === 'string' ? line.includes(this.#wanted) : this.#wanted.test(line);
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/**
 * Finds the words of the parked container's shell in a stream that otherwise belongs to the
 * program. The marker before a word holds a nonce that the program was not given, so that no
 * output is taken for one by accident. A program that reads it out of the shell's memory can
 * only lie about its own exit code, which it chooses anyway.
 */

/** Ends each word. */
const WORD_END = 0x3b;
/** Longer than any word of ours: what is longer is no word. */
const WORD_BYTES = 64;

export interface MarkerListener {
  /** Bytes of the program. */
  bytes(chunk: Uint8Array): void;
  /** What stands between the marker and the next `;`. */
  word(text: string): void;
}

export class MarkerScanner {
  readonly #marker: Buffer;
  readonly #listener: MarkerListener;
  /** The end of what was pushed, as far as it can be the beginning of a marker with its word. */
  #held: Buffer = Buffer.alloc(0);
  #closed = false;

  constructor(marker: Uint8Array, listener: MarkerListener) {
    this.#marker = Buffer.from(marker);
    this.#listener = listener;
  }

  /** What comes from now on belongs to nobody: the program has ended. */
  close(): void {
    this.#closed = true;
    this.#held = Buffer.alloc(0);
  }

  push(chunk: Uint8Array): void {
    if (this.#closed) return;
    let rest: Buffer =
      this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0 && !this.#closed) rest = this.#next(rest);
  }

  /** The stream is over: what was held back is output after all. */
  flush(): void {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    if (!this.#closed && held.length > 0) this.#listener.bytes(held);
  }

  /** Deals with the bytes up to the next word, and with that; gives what comes after. */
  #next(data: Buffer): Buffer {
    const at = data.indexOf(this.#marker);
    if (at === -1) return this.#keepPossibleStart(data);
    const wordAt = at + this.#marker.length;
    const end = data.subarray(wordAt, wordAt + WORD_BYTES).indexOf(WORD_END);
    if (end === -1 && data.length < wordAt + WORD_BYTES) return this.#hold(data, at);
    const output = end === -1 ? wordAt : at;
    if (output > 0) this.#listener.bytes(data.subarray(0, output));
    if (end === -1) return data.subarray(wordAt);
    this.#listener.word(data.toString('latin1', wordAt, wordAt + end));
    return data.subarray(wordAt + end + 1);
  }

  #keepPossibleStart(data: Buffer): Buffer {
    const longest = Math.min(this.#marker.length - 1, data.length);
    for (let length = longest; length > 0; length -= 1) {
      const tail = data.subarray(data.length - length);
      if (tail.equals(this.#marker.subarray(0, length))) {
        return this.#hold(data, data.length - length);
      }
    }
    return this.#hold(data, data.length);
  }

  #hold(data: Buffer, from: number): Buffer {
    if (from > 0) this.#listener.bytes(data.subarray(0, from));
    this.#held = Buffer.from(data.subarray(from));
    return Buffer.alloc(0);
  }
}

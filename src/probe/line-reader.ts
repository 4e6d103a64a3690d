const LINE_FEED = 0x0a;

/**
 * Splits a stream of bytes into lines. Keeps no more than one line of `maxBytes`; a longer one is
 * dropped to its end, as no message of the protocol is that long.
 */
export class LineReader {
  readonly #maxBytes: number;
  readonly #onLine: (line: string) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  #dropping = false;

  constructor(maxBytes: number, onLine: (line: string) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      this.#add(chunk.subarray(from, end));
      this.#finish();
      from = end + 1;
    }
    this.#add(chunk.subarray(from));
  }

  #add(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) {
      this.#dropping = true;
      this.#parts = [];
    } else if (!this.#dropping && part.length > 0) {
      this.#parts.push(Buffer.from(part));
    }
  }

  #finish(): void {
    const line = Buffer.concat(this.#parts).toString('utf8');
    const dropped = this.#dropping;
    this.#parts = [];
    this.#bytes = 0;
    this.#dropping = false;
    if (!dropped) this.#onLine(line);
  }
}

import { formatCount } from './units.js';

/** How much of an output stream is kept, in bytes. */
export interface OutputBufferSizes {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** The kept parts of an output. Together they are all of it when nothing was omitted. */
export interface KeptOutput {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/**
 * Keeps the first and the last bytes of an output stream, however long it is, and counts the
 * rest. Memory grows with what is kept, up to `headBytes + tailBytes`; chunks are copied, so the
 * larger buffers they may be views of are free for collection.
 */
export class OutputBuffer {
  readonly #head: ByteRing;
  readonly #tail: ByteRing;
  #bytes = 0;

  constructor(sizes: OutputBufferSizes) {
    this.#head = new ByteRing(sizes.headBytes);
    this.#tail = new ByteRing(sizes.tailBytes);
  }

  /** Bytes that were pushed, all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that are not kept, with those of characters that were cut in two. */
  get omittedBytes(): number {
    const { head, tail } = this.#keptLengths();
    return this.#bytes - head - tail;
  }

  /** Bytes of memory this buffer holds now. */
  get allocatedBytes(): number {
    return this.#head.capacity + this.#tail.capacity;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    const forHead = Math.min(chunk.byteLength, this.#head.free);
    if (forHead > 0) this.#head.push(chunk.subarray(0, forHead));
    if (forHead < chunk.byteLength) this.#tail.push(chunk.subarray(forHead));
  }

  /** Copies of the kept bytes. Where bytes are missing between them, no UTF-8 character is cut. */
  bytesKept(): KeptOutput {
    const { head, tail } = this.#keptLengths();
    return {
      head: this.#head.bytes().subarray(0, head),
      tail: this.#tail.bytes().subarray(this.#tail.length - tail),
    };
  }

  /**
   * The kept bytes as UTF-8, invalid ones as U+FFFD, with a line between head and tail that
   * counts what was omitted: `[… 184,213 bytes omitted …]`.
   */
  text(): string {
    const { head, tail } = this.bytesKept();
    const omitted = this.#bytes - head.byteLength - tail.byteLength;
    if (omitted === 0) return Buffer.concat([head, tail]).toString('utf8');
    const beginning = head.toString('utf8');
    const lineEnd = beginning === '' || beginning.endsWith('\n') ? '' : '\n';
    const marker = `[… ${formatCount(omitted)} ${omitted === 1 ? 'byte' : 'bytes'} omitted …]`;
    return `${beginning}${lineEnd}${marker}\n${tail.toString('utf8')}`;
  }

  #keptLengths(): { readonly head: number; readonly tail: number } {
    const head = this.#head.length;
    const tail = this.#tail.length;
    if (head + tail === this.#bytes) return { head, tail };
    return {
      head: head - openCharacterBytes(this.#head),
      tail: tail - continuationBytes(this.#tail),
    };
  }
}

const FIRST_ALLOCATION = 4096;

/** The last `limit` bytes pushed. Allocates as it fills; only a full ring of `limit` bytes wraps. */
class ByteRing {
  readonly #limit: number;
  #data = new Uint8Array(0);
  #length = 0;
  /** Where the oldest byte is. Not 0 only in a full ring. */
  #start = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get capacity(): number {
    return this.#data.byteLength;
  }

  get length(): number {
    return this.#length;
  }

  get free(): number {
    return this.#limit - this.#length;
  }

  push(chunk: Uint8Array): void {
    const fits = chunk.subarray(0, this.free);
    this.#grow(this.#length + fits.byteLength);
    this.#data.set(fits, this.#length);
    this.#length += fits.byteLength;
    this.#overwrite(chunk.subarray(fits.byteLength));
  }

  /** The byte at `index`, counted from the oldest. */
  at(index: number): number {
    return this.#data[(this.#start + index) % this.#length] ?? 0;
  }

  bytes(): Buffer {
    const oldest = this.#data.subarray(this.#start, this.#length);
    return Buffer.concat([oldest, this.#data.subarray(0, this.#start)]);
  }

  #grow(needed: number): void {
    if (needed <= this.capacity) return;
    const size = Math.max(needed, FIRST_ALLOCATION, 2 * this.capacity);
    const data = new Uint8Array(Math.min(size, this.#limit));
    data.set(this.#data);
    this.#data = data;
  }

  /** Writes over the oldest bytes of a full ring. */
  #overwrite(chunk: Uint8Array): void {
    if (chunk.byteLength === 0 || this.#limit === 0) return;
    const last = chunk.subarray(Math.max(0, chunk.byteLength - this.#limit));
    const untilEnd = last.subarray(0, this.#limit - this.#start);
    this.#data.set(untilEnd, this.#start);
    this.#data.set(last.subarray(untilEnd.byteLength));
    this.#start = (this.#start + last.byteLength) % this.#limit;
  }
}

/** How many bytes at the end begin a UTF-8 character of which the rest is missing. */
function openCharacterBytes(ring: ByteRing): number {
  for (let back = 1; back <= Math.min(3, ring.length); back += 1) {
    const byte = ring.at(ring.length - back);
    if (!isContinuation(byte)) return characterBytes(byte) > back ? back : 0;
  }
  return 0;
}

/** How many bytes at the start continue a UTF-8 character of which the first byte is missing. */
function continuationBytes(ring: ByteRing): number {
  let count = 0;
  while (count < Math.min(3, ring.length) && isContinuation(ring.at(count))) count += 1;
  return count;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** How long a UTF-8 character with this first byte is; 1 for a byte that starts none. */
function characterBytes(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

import { Transform, type TransformCallback } from 'node:stream';
import { STDIO_DEFAULT_MAX_BUFFER_SIZE } from '@modelcontextprotocol/server';

const NEWLINE = 0x0a;

/**
 * Hands on only whole lines, each in one piece. The SDK copies and searches all that it has of a
 * line at every piece that comes, half a second of work for a message of 9 MB: this does it once.
 * Of a line above the SDK's limit it hands on what it has, so that the SDK ends the connection.
 */
export class WholeLines extends Transform {
  #pieces: Buffer[] = [];
  #bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#handOn(chunk.subarray(0, end));
    if (end < chunk.length) this.#keep(chunk.subarray(end));
    done();
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > STDIO_DEFAULT_MAX_BUFFER_SIZE) this.#handOn(Buffer.alloc(0));
  }

  #handOn(last: Buffer): void {
    this.push(Buffer.concat([...this.#pieces, last]));
    this.#pieces = [];
    this.#bytes = 0;
  }
}

import type { OutputStream } from './ports.js';

const HEADER_BYTES = 8;
/** The engine sends at most 32 KiB a frame on attach; anything near this is not a frame. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Raised when bytes are not the engine's multiplexed stream. */
export class FrameError extends Error {}

/**
 * Splits the engine's multiplexed stream (`application/vnd.docker.multiplexed-stream`) into
 * stdout and stderr. Iterative, without joining chunks: frames of one byte and frames of
 * megabytes cost the same per byte, and nothing is kept but an unfinished header.
 */
export class Demuxer {
  readonly #emit: (stream: OutputStream, chunk: Uint8Array) => void;
  readonly #frameEnd: (stream: OutputStream) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #stream: OutputStream = 'stdout';
  #remaining = 0;

  /**
   * @param emit gets views of the pushed chunks: copy what is to be kept
   * @param frameEnd hears that what was emitted since the last time is a whole frame
   */
  constructor(
    emit: (stream: OutputStream, chunk: Uint8Array) => void,
    frameEnd: (stream: OutputStream) => void = () => undefined,
  ) {
    this.#emit = emit;
    this.#frameEnd = frameEnd;
  }

  /** @throws {FrameError} for bytes that are not frames, or an error frame of the engine */
  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      offset = this.#remaining > 0 ? this.#payload(chunk, offset) : this.#headerPart(chunk, offset);
    }
  }

  /** Did the stream end inside a frame, so that bytes are missing? */
  get truncated(): boolean {
    return this.#remaining > 0 || this.#headerBytes > 0;
  }

  #payload(chunk: Uint8Array, offset: number): number {
    const end = Math.min(chunk.length, offset + this.#remaining);
    this.#emit(this.#stream, chunk.subarray(offset, end));
    this.#remaining -= end - offset;
    if (this.#remaining === 0) this.#frameEnd(this.#stream);
    return end;
  }

  #headerPart(chunk: Uint8Array, offset: number): number {
    const end = Math.min(chunk.length, offset + HEADER_BYTES - this.#headerBytes);
    this.#header.set(chunk.subarray(offset, end), this.#headerBytes);
    this.#headerBytes += end - offset;
    if (this.#headerBytes === HEADER_BYTES) this.#frame();
    return end;
  }

  #frame(): void {
    this.#headerBytes = 0;
    const type = this.#header.readUInt8(0);
    const size = this.#header.readUInt32BE(4);
    const padding = this.#header.readUIntBE(1, 3);
    if (type > 3 || padding !== 0 || size > MAX_FRAME_BYTES) {
      throw new FrameError('the engine sent bytes that are not frames of output');
    }
    if (type === 3) throw new FrameError('the engine reported an error inside the output');
    this.#stream = type === 2 ? 'stderr' : 'stdout';
    this.#remaining = size;
    if (size === 0) this.#frameEnd(this.#stream);
  }
}

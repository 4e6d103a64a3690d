import { StringDecoder } from 'node:string_decoder';
import { BUILD_LOG_TAIL } from '../core/limits.js';

/** The last lines of a log, bounded however much is written. */
export class LogTail {
  #text = '';

  add(text: string): void {
    this.#text = (this.#text + text).slice(-BUILD_LOG_TAIL.characters);
  }

  text(): string {
    return this.#text.split('\n').slice(-BUILD_LOG_TAIL.lines).join('\n').trim();
  }
}

/** More steps than this do not run at once. */
const MAX_LOGS = 64;

interface VertexLog {
  readonly decoder: StringDecoder;
  readonly tail: LogTail;
}

/** What each step of BuildKit writes: parallel ones are sent mixed. */
export class VertexLogs {
  readonly #logs = new Map<string, VertexLog>();

  /** @returns the text so far complete: a character can be split between two pieces */
  add(vertex: string, piece: Buffer): string {
    const log = this.#logs.get(vertex) ?? {
      decoder: new StringDecoder('utf8'),
      tail: new LogTail(),
    };
    this.#logs.set(vertex, log);
    if (this.#logs.size > MAX_LOGS) this.#forgetOldest();
    const text = log.decoder.write(piece);
    log.tail.add(text);
    return text;
  }

  /** The step is done. */
  forget(vertex: string): void {
    this.#logs.delete(vertex);
  }

  tail(vertex: string): string {
    return this.#logs.get(vertex)?.tail.text() ?? '';
  }

  #forgetOldest(): void {
    for (const vertex of this.#logs.keys()) {
      this.#logs.delete(vertex);
      return;
    }
  }
}

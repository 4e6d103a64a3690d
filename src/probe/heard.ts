import { OutputBuffer } from '../core/output-buffer.js';
import type { Redactor } from '../core/redact.js';
import { stripControl } from '../core/text.js';
import type { OutputStream } from '../engine/ports.js';

/** What is kept of each stream: the beginning, where programs say how they start, and the end. */
const KEPT = { headBytes: 32 * 1024, tailBytes: 64 * 1024 } as const;
const TAIL_BYTES = 4096;

/** What a program wrote, bounded. */
export class Heard {
  readonly #streams = { stdout: new OutputBuffer(KEPT), stderr: new OutputBuffer(KEPT) };

  push(stream: OutputStream, chunk: Uint8Array): void {
    this.#streams[stream].push(chunk);
  }

  get bytes(): number {
    return this.#streams.stdout.bytes + this.#streams.stderr.bytes;
  }

  /** Both streams as plain text, stdout first: errors come last. */
  text(): string {
    return `${this.#text('stdout')}\n${this.#text('stderr')}`;
  }

  /** The end of stderr, or of stdout when there is none, in at most 4 KiB, without the secrets. */
  tail(redactor: Redactor): string {
    const stderr = this.#text('stderr').trim();
    const whole = redactor.redact(stderr === '' ? this.#text('stdout').trim() : stderr);
    const bytes = Buffer.from(whole);
    if (bytes.length <= TAIL_BYTES) return whole;
    const end = bytes.subarray(bytes.length - TAIL_BYTES).toString('utf8');
    // The first character may have been cut in two, and the first line most likely was.
    const plain = end.replace(/^\uFFFD+/, '');
    const lineEnd = plain.indexOf('\n');
    return lineEnd === -1 || lineEnd > TAIL_BYTES / 4 ? plain : plain.slice(lineEnd + 1);
  }

  #text(stream: OutputStream): string {
    const { head, tail } = this.#streams[stream].bytesKept();
    const gap = this.#streams[stream].omittedBytes > 0 ? '\n' : '';
    const text = stripControl(head.toString('utf8') + gap + tail.toString('utf8'));
    return stream === 'stderr' ? text : withoutMessages(text);
  }
}

/** Of stdout, what is not the conversation itself. */
function withoutMessages(text: string): string {
  const lines = text.split('\n');
  return lines.filter((line) => !/"jsonrpc" ?: ?"2\.0"/.test(line)).join('\n');
}

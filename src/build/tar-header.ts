/**
 * Headers of the tar format (POSIX pax, IEEE 1003.1). tar-stream writes archives, too, but only
 * as a stream of its own that has to be fed: with headers as values, a build context is a plain
 * generator that a slow reader holds back and a reader that leaves ends.
 */

export interface TarEntry {
  readonly type: 'file' | 'link' | 'folder';
  /** With `/` at its end for a folder. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes that follow the header, without padding. */
  readonly sizeBytes: number;
  /** Where a link points to. */
  readonly target: string;
}

const BLOCK_BYTES = 512;

/** What ends an archive. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

/** What follows `bytes` of content, up to the next header. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/**
 * 2000-01-01T00:00:00Z for every entry, so that the same files always make the same bytes.
 * Builders leave times out of their cache keys. It is no earlier, because zip (and so a Python
 * wheel) has no time before 1980.
 */
const MODIFIED_SECONDS = 946_684_800;

const TYPE_FLAGS = { file: '0', link: '2', folder: '5', pax: 'x' } as const;

/** One or more blocks of 512 bytes. Owner and group are root. */
export function tarHeader(entry: TarEntry): Buffer {
  const flag = TYPE_FLAGS[entry.type];
  const records = Buffer.from(paxRecords(entry));
  if (records.length === 0) return headerBlock(entry, flag);
  const pax = { name: 'PaxHeader', mode: 0o644, sizeBytes: records.length, target: '' };
  return Buffer.concat([
    headerBlock(pax, TYPE_FLAGS.pax),
    records,
    tarPadding(records.length),
    headerBlock(entry, flag),
  ]);
}

const NAME_BYTES = 100;
/** Eleven octal digits. */
const MAX_SIZE = 0o77_777_777_777;

/** What the old header has no place for; it wins over the header. */
function paxRecords({ name, target, sizeBytes }: TarEntry): string {
  return [
    fits(name) ? '' : paxRecord('path', name),
    fits(target) ? '' : paxRecord('linkpath', target),
    sizeBytes <= MAX_SIZE ? '' : paxRecord('size', String(sizeBytes)),
  ].join('');
}

function fits(text: string): boolean {
  return text.length <= NAME_BYTES && /^[\x20-\x7e]*$/.test(text);
}

/** `length key=value`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const guess = bytes + String(bytes).length;
  return `${bytes + String(guess).length}${rest}`;
}

function headerBlock(entry: Omit<TarEntry, 'type'>, flag: string): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(entry.name, 0, NAME_BYTES);
  block.write(octal(entry.mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(Math.min(entry.sizeBytes, MAX_SIZE), 11), 124);
  block.write(octal(MODIFIED_SECONDS, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(flag, 156);
  block.write(entry.target, 157, NAME_BYTES);
  block.write('ustar\x0000', 257);
  block.write(`${octal(checksum(block), 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** Over the block with spaces where the checksum goes. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

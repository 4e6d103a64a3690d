import { describe, expect, it } from 'vitest';
import { OutputBuffer } from '../../../src/core/output-buffer.js';
import { generator } from '../../support/random.js';

function filled(
  sizes: { headBytes: number; tailBytes: number },
  ...chunks: (string | Uint8Array)[]
): OutputBuffer {
  const output = new OutputBuffer(sizes);
  for (const chunk of chunks) output.push(Buffer.from(chunk));
  return output;
}

describe('OutputBuffer', () => {
  it('gives nothing when nothing was written', () => {
    const output = new OutputBuffer({ headBytes: 10, tailBytes: 10 });
    expect(output.text()).toBe('');
    expect(output.bytes).toBe(0);
    expect(output.omittedBytes).toBe(0);
    expect(output.allocatedBytes).toBe(0);
  });

  it('keeps everything that fits, without a mark', () => {
    const output = filled({ headBytes: 4, tailBytes: 6 }, 'abc', 'defg', 'hij');
    expect(output.text()).toBe('abcdefghij');
    expect(output.omittedBytes).toBe(0);
  });

  it('keeps head and tail and counts what is missing on a line of its own', () => {
    const output = filled({ headBytes: 4, tailBytes: 6 }, 'abcd', 'x'.repeat(184_213), 'efghij');
    expect(output.text()).toBe('abcd\n[… 184,213 bytes omitted …]\nefghij');
    expect(output.bytes).toBe(184_223);
    expect(output.omittedBytes).toBe(184_213);
  });

  it('adds no empty line when the head ends with a line end', () => {
    const output = filled({ headBytes: 4, tailBytes: 4 }, 'abc\nX123\n');
    expect(output.text()).toBe('abc\n[… 1 byte omitted …]\n123\n');
  });

  it('starts with the mark when there is no head, and ends with it when there is no tail', () => {
    expect(filled({ headBytes: 0, tailBytes: 2 }, 'abcd').text()).toBe('[… 2 bytes omitted …]\ncd');
    expect(filled({ headBytes: 2, tailBytes: 0 }, 'ab', 'cd').text()).toBe(
      'ab\n[… 2 bytes omitted …]\n',
    );
    expect(filled({ headBytes: 0, tailBytes: 0 }, 'abcd').text()).toBe('[… 4 bytes omitted …]\n');
  });

  it('joins a character that lies half in the head and half in the tail', () => {
    expect(filled({ headBytes: 2, tailBytes: 10 }, 'a€b').text()).toBe('a€b');
  });

  it.each([
    ['é', 1],
    ['€', 1],
    ['€', 2],
    ['\u{1F600}', 1],
    ['\u{1F600}', 2],
    ['\u{1F600}', 3],
  ])(
    'leaves out a %s of which the cut leaves %d bytes, and counts them as omitted',
    (character, left) => {
      const bytes = Buffer.byteLength(character);
      const atHead = filled(
        { headBytes: 2 + left, tailBytes: 2 },
        `ab${character}${'x'.repeat(10)}cd`,
      );
      expect(atHead.text()).toBe(`ab\n[… ${10 + bytes} bytes omitted …]\ncd`);
      expect(atHead.omittedBytes).toBe(10 + bytes);
      const atTail = filled(
        { headBytes: 2, tailBytes: 2 + left },
        `ab${'x'.repeat(10)}${character}cd`,
      );
      expect(atTail.text()).toBe(`ab\n[… ${10 + bytes} bytes omitted …]\ncd`);
      expect(atTail.omittedBytes).toBe(10 + bytes);
    },
  );

  it('leaves a whole character at the cut as it is', () => {
    const output = filled({ headBytes: 4, tailBytes: 4 }, `\u{1F600}${'x'.repeat(5)}\u{1F601}`);
    expect(output.text()).toBe('\u{1F600}\n[… 5 bytes omitted …]\n\u{1F601}');
  });

  it('replaces invalid bytes and keeps them as bytes', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0x80);
    const output = filled({ headBytes: 3, tailBytes: 10 }, bytes);
    expect(output.text()).toBe('a\uFFFD\uFFFD(\uFFFD');
    const { head, tail } = output.bytesKept();
    expect([...head, ...tail]).toEqual([...bytes]);
  });

  it('takes no more than three bytes off binary output at the cut', () => {
    const output = filled({ headBytes: 100, tailBytes: 100 }, new Uint8Array(1000).fill(0x80));
    expect(output.bytesKept().head.byteLength).toBe(100);
    expect(output.bytesKept().tail.byteLength).toBe(97);
  });

  it('keeps nothing of the caller: a chunk that is used again changes nothing', () => {
    const chunk = Buffer.from('first');
    const output = new OutputBuffer({ headBytes: 3, tailBytes: 10 });
    output.push(chunk);
    chunk.fill('X');
    expect(output.text()).toBe('first');
    output.bytesKept().head.fill(0);
    output.bytesKept().tail.fill(0);
    expect(output.text()).toBe('first');
  });

  it('needs memory for what it keeps, not for what it might keep', () => {
    const output = new OutputBuffer({ headBytes: 1 << 20, tailBytes: 7 << 20 });
    output.push(Buffer.alloc(100));
    expect(output.allocatedBytes).toBeLessThanOrEqual(4096);
    output.push(Buffer.alloc(100_000));
    expect(output.allocatedBytes).toBeLessThanOrEqual(2 * 100_100);
  });

  it('stays at the size of head and tail while 200 MB pass', () => {
    const sizes = { headBytes: 1 << 20, tailBytes: 7 << 20 };
    const output = new OutputBuffer(sizes);
    const chunk = new Uint8Array(64 * 1024);
    for (let index = 0; index < 3200; index += 1) {
      chunk.fill(index % 256);
      output.push(chunk);
      if (output.allocatedBytes > sizes.headBytes + sizes.tailBytes) break;
    }
    expect(output.allocatedBytes).toBe(8 << 20);
    expect(output.bytes).toBe(3200 * 65_536);
    const { head, tail } = output.bytesKept();
    expect(head.byteLength).toBe(1 << 20);
    expect(tail.byteLength).toBe(7 << 20);
    expect(head.at(-1)).toBe(15);
    expect(tail.at(0)).toBe((3200 - 112) % 256);
    expect(tail.at(-1)).toBe(3199 % 256);
  });

  it('does as a buffer that keeps everything and is cut at the end, for random chunks', () => {
    const random = generator(3);
    for (let round = 0; round < 1500; round += 1) {
      const sizes = { headBytes: random(40), tailBytes: random(40) };
      const chunks = Array.from({ length: random(12) }, () => randomBytes(random, random(50)));
      const output = filled(sizes, ...chunks);
      const expected = reference(sizes, Buffer.concat(chunks));
      expect({ ...output.bytesKept(), omitted: output.omittedBytes, text: output.text() }).toEqual(
        expected,
      );
    }
  });

  it('never breaks a character of valid text, wherever chunks and cuts are', () => {
    const random = generator(5);
    const characters = ['a', '\n', 'é', '€', '\u{1F600}', '漢', '\u0301'];
    for (let round = 0; round < 1500; round += 1) {
      const text = Array.from({ length: random(60) }, () => characters[random(7)]).join('');
      const bytes = Buffer.from(text);
      const output = new OutputBuffer({ headBytes: random(40), tailBytes: random(40) });
      for (let at = 0; at < bytes.byteLength;) {
        const end = at + 1 + random(9);
        output.push(bytes.subarray(at, end));
        at = end;
      }
      const { head, tail } = output.bytesKept();
      expect(output.text()).not.toContain('\uFFFD');
      expect(text.startsWith(output.omittedBytes === 0 ? '' : head.toString())).toBe(true);
      expect(text.endsWith(output.omittedBytes === 0 ? '' : tail.toString())).toBe(true);
      expect(head.byteLength + output.omittedBytes + tail.byteLength).toBe(bytes.byteLength);
    }
  });
});

/** What the buffer must give, from the whole output and with a decoder instead of byte tests. */
function reference(sizes: { headBytes: number; tailBytes: number }, all: Buffer): object {
  if (all.byteLength <= sizes.headBytes + sizes.tailBytes) {
    const head = all.subarray(0, sizes.headBytes);
    return { head, tail: all.subarray(sizes.headBytes), omitted: 0, text: all.toString() };
  }
  let head = all.subarray(0, sizes.headBytes);
  const whole = new TextDecoder('utf-8', { ignoreBOM: true });
  const decoded = whole.decode(head, { stream: true });
  while (head.byteLength > 0 && head.toString() !== decoded) head = head.subarray(0, -1);
  let tail = all.subarray(all.byteLength - sizes.tailBytes);
  const isOpen = (): boolean => ((tail[0] ?? 0) & 0xc0) === 0x80;
  for (let trimmed = 0; trimmed < 3 && isOpen(); trimmed += 1) tail = tail.subarray(1);
  const omitted = all.byteLength - head.byteLength - tail.byteLength;
  const marker = `[… ${omitted} ${omitted === 1 ? 'byte' : 'bytes'} omitted …]\n`;
  const text = `${decoded.replace(/([^\n])$/, '$1\n')}${marker}${tail.toString()}`;
  return { head, tail, omitted, text };
}

/** Mostly parts of characters, so that cuts fall into them. */
function randomBytes(random: (limit: number) => number, length: number): Buffer {
  const source = Buffer.from(`ab\n${'é€\u{1F600}'.repeat(20)}`);
  const start = random(source.byteLength);
  const bytes = Buffer.from(source.subarray(start, start + length));
  if (random(4) === 0 && bytes.byteLength > 0) bytes[random(bytes.byteLength)] = random(256);
  return bytes;
}

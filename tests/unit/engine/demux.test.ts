import { describe, expect, it } from 'vitest';
import { Demuxer, FrameError } from '../../../src/engine/demux.js';
import { frame } from '../../support/fake-engine/frames.js';
import { generator } from '../../support/random.js';

interface Demuxed {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
}

function demux(chunks: Iterable<Uint8Array>): Demuxed {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const demuxer = new Demuxer((stream, chunk) => parts[stream].push(Buffer.from(chunk)));
  for (const chunk of chunks) demuxer.push(chunk);
  return {
    stdout: Buffer.concat(parts.stdout),
    stderr: Buffer.concat(parts.stderr),
    truncated: demuxer.truncated,
  };
}

/** The bytes in pieces of random lengths, empty ones included. */
function* chunked(bytes: Buffer, random: (limit: number) => number): Generator<Buffer> {
  const longest = 1 + random(random(3) === 0 ? 4 : 5000);
  for (let at = 0; at < bytes.length;) {
    const end = at + random(longest + 1);
    yield bytes.subarray(at, end);
    at = Math.min(end, bytes.length);
  }
}

describe('splitting the multiplexed stream', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'gives back what was framed, however it is cut (seed %i)',
    (seed) => {
      const random = generator(seed);
      const sent = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      const frames: Buffer[] = [];
      for (let count = 0; count < 300; count += 1) {
        const stream = random(2) === 0 ? 'stdout' : 'stderr';
        const size = random(8) === 0 ? 0 : random(random(2) === 0 ? 4 : 2000);
        const payload = Buffer.from(Array.from({ length: size }, () => random(256)));
        sent[stream].push(payload);
        frames.push(frame(stream, payload));
      }
      const { stdout, stderr, truncated } = demux(chunked(Buffer.concat(frames), random));
      expect(stdout.equals(Buffer.concat(sent.stdout))).toBe(true);
      expect(stderr.equals(Buffer.concat(sent.stderr))).toBe(true);
      expect(truncated).toBe(false);
    },
  );

  it('reads a hundred thousand frames of one byte out of one chunk', () => {
    const one = frame('stdout', 'x');
    const { stdout, truncated } = demux([
      Buffer.concat(Array.from({ length: 100_000 }, () => one)),
    ]);
    expect(stdout.equals(Buffer.alloc(100_000, 'x'))).toBe(true);
    expect(truncated).toBe(false);
  });

  it('reads a frame of 8 MB in small chunks, handing every byte on at once', () => {
    const payload = Buffer.alloc(8_000_000, 'abc');
    const bytes = frame('stderr', payload);
    const emitted: number[] = [];
    const demuxer = new Demuxer((_, chunk) => emitted.push(chunk.length));
    for (let at = 0; at < bytes.length; at += 1000) demuxer.push(bytes.subarray(at, at + 1000));
    expect(emitted.reduce((sum, length) => sum + length, 0)).toBe(8_000_000);
    expect(emitted).toHaveLength(8001);
    expect(Math.max(...emitted)).toBe(1000);
  });

  it('takes the input stream (0) for output, as the engine means it', () => {
    expect(demux([frame('stdin', 'echoed')]).stdout.toString()).toBe('echoed');
  });

  it.each([
    ['inside a header', frame('stdout', 'whole'), Buffer.of(1, 0, 0)],
    ['after a header', frame('stdout', 'whole'), frame('stdout', 'lost').subarray(0, 8)],
    ['inside a payload', frame('stdout', 'whole'), frame('stderr', 'half').subarray(0, 10)],
  ])('keeps what came and tells that the stream ended %s', (_, whole, cut) => {
    const { stdout, truncated } = demux([whole, cut]);
    expect(stdout.toString()).toBe('whole');
    expect(truncated).toBe(true);
  });

  it('is not truncated before the first byte', () => {
    expect(demux([]).truncated).toBe(false);
  });

  it.each([
    ['an unknown stream', Buffer.of(4, 0, 0, 0, 0, 0, 0, 1)],
    ['bytes where there are none', Buffer.of(1, 0, 1, 0, 0, 0, 0, 1)],
    ['a length no engine sends', Buffer.of(1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)],
    ['text', Buffer.from('HTTP/1.1 200 OK\r\n')],
  ])('refuses %s', (_, bytes) => {
    expect(() => demux([frame('stdout', 'before'), bytes])).toThrow(FrameError);
  });

  it("refuses the engine's own error frame", () => {
    expect(() => demux([frame('systemerr', 'Error grabbing logs')])).toThrow(
      /the engine reported an error/,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { LiveOutput } from '../../../src/execution/live-output.js';
import type { OutputEvent } from '../../../src/execution/observe-types.js';
import { generator } from '../../support/random.js';

const KIB = 1024;
const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Everything that waits. */
async function rest(output: LiveOutput): Promise<readonly OutputEvent[]> {
  output.end();
  const events: OutputEvent[] = [];
  for await (const event of output.events()) events.push(event);
  return events;
}

/** Events in short: `stdout abc`, `gap stderr 12`. */
const short = (events: readonly OutputEvent[]) =>
  events.map((event) =>
    event.type === 'gap' ? `gap ${event.stream} ${event.bytes}` : `${event.type} ${event.text}`,
  );

const length = (events: readonly OutputEvent[]) =>
  events.reduce((sum, event) => sum + (event.type === 'gap' ? 0 : event.data.byteLength), 0);

const missing = (events: readonly OutputEvent[], stream: 'stdout' | 'stderr') =>
  events.reduce(
    (sum, event) => sum + (event.type === 'gap' && event.stream === stream ? event.bytes : 0),
    0,
  );

describe('output for somebody who keeps up', () => {
  it('arrives piece by piece, at once', async () => {
    const output = new LiveOutput();
    const events = output.events();
    for (const text of ['a', 'b', 'c']) {
      const next = events.next();
      output.push('stdout', bytes(text));
      expect(await next).toMatchObject({ value: { type: 'stdout', text } });
    }
    const last = events.next();
    output.end();
    expect((await last).done).toBe(true);
  });

  it('is a copy', async () => {
    const output = new LiveOutput();
    const chunk = bytes('before');
    output.push('stdout', chunk);
    chunk.fill('x');
    expect(short(await rest(output))).toEqual(['stdout before']);
  });
});

describe('output that waits', () => {
  it('keeps the order of the streams, and what belongs together comes together', async () => {
    const output = new LiveOutput();
    output.push('stdout', bytes('a'));
    output.push('stdout', bytes('b'));
    output.push('stderr', bytes('c'));
    output.push('stdout', bytes('d'));
    expect(short(await rest(output))).toEqual(['stdout ab', 'stderr c', 'stdout d']);
  });

  it('comes in events of at most 64 KiB', async () => {
    const output = new LiveOutput();
    for (let count = 0; count < 1000; count += 1) output.push('stdout', Buffer.alloc(1000));
    const events = await rest(output);
    expect(length(events)).toBe(1_000_000);
    for (const event of events) {
      expect(event.type === 'gap' ? 0 : event.data.byteLength).toBeLessThanOrEqual(64 * KIB);
    }
    expect(events.length).toBeLessThan(20);
  });

  it('is nothing once it is not wanted any more', async () => {
    const output = new LiveOutput();
    output.push('stdout', bytes('a'));
    output.discard();
    expect(await rest(output)).toEqual([]);
  });
});

describe('more output than can wait', () => {
  it('leaves the oldest out, and says how much of which stream before what follows', async () => {
    const output = new LiveOutput(8 * KIB);
    output.push('stderr', Buffer.alloc(KIB, 'e'));
    for (const letter of 'abcdefgh') output.push('stdout', Buffer.alloc(KIB, letter));
    const events = await rest(output);
    const letters = ['e', 'f', 'g', 'h'].map((letter) => letter.repeat(KIB)).join('');
    expect(short(events)).toEqual(['gap stdout 4096', 'gap stderr 1024', `stdout ${letters}`]);
  });

  it('has one gap however long nobody reads', async () => {
    const output = new LiveOutput(64 * KIB);
    for (let count = 0; count < 10_000; count += 1) output.push('stdout', Buffer.alloc(KIB));
    const events = await rest(output);
    expect(events.filter(({ type }) => type === 'gap')).toHaveLength(1);
    expect(length(events) + missing(events, 'stdout')).toBe(10_000 * KIB);
    expect(length(events)).toBeLessThanOrEqual(64 * KIB);
    expect(length(events)).toBeGreaterThanOrEqual(32 * KIB);
  });

  it.each([1, 2, 3, 4, 5])('accounts for every byte (seed %i)', async (seed) => {
    const random = generator(seed);
    const output = new LiveOutput(32 * KIB);
    const sent = { stdout: 0, stderr: 0 };
    const events: OutputEvent[] = [];
    const reader = output.events();
    output.push('stdout', bytes('x'));
    sent.stdout += 1;
    for (let round = 0; round < 300; round += 1) {
      for (let count = random(20); count > 0; count -= 1) {
        const stream = random(2) === 0 ? 'stdout' : 'stderr';
        const size = random(3) === 0 ? random(3000) : 1;
        output.push(stream, Buffer.alloc(size, 'y'));
        sent[stream] += size;
      }
      if (random(4) !== 0 || round === 0) continue;
      output.push('stdout', bytes('x'));
      sent.stdout += 1;
      const { value } = await reader.next();
      if (value !== undefined) events.push(value);
    }
    output.end();
    for await (const event of reader) events.push(event);
    for (const stream of ['stdout', 'stderr'] as const) {
      const came = events.filter(({ type }) => type === stream);
      expect(length(came) + missing(events, stream)).toBe(sent[stream]);
    }
    expect(missing(events, 'stdout') + missing(events, 'stderr')).toBeGreaterThan(0);
  });

  it('does not let single bytes on two streams cost more memory than that', async () => {
    const output = new LiveOutput(64 * KIB);
    for (let count = 0; count < 1000; count += 1) {
      output.push('stdout', bytes('o'));
      output.push('stderr', bytes('e'));
    }
    const events = await rest(output);
    // Each of them holds a packet of 1 KiB.
    expect(length(events)).toBeLessThanOrEqual(64);
    expect(length(events) + missing(events, 'stdout') + missing(events, 'stderr')).toBe(2000);
  });
});

describe('text', () => {
  it('has a character that was split between two events in the second', async () => {
    const output = new LiveOutput();
    const events = output.events();
    const texts: unknown[] = [];
    for (const part of ['a\xc3', '\xa9b\xf0\x9f', '\x98\x80']) {
      output.push('stdout', bytes(part));
      const { value } = await events.next();
      texts.push(value?.type === 'stdout' ? value.text : value);
    }
    expect(texts).toEqual(['a', 'éb', '😀']);
  });

  it('of one stream is not disturbed by the other', async () => {
    const output = new LiveOutput();
    output.push('stdout', bytes('\xc3'));
    output.push('stderr', bytes('!'));
    output.push('stdout', bytes('\xa9'));
    expect(short(await rest(output))).toEqual(['stdout ', 'stderr !', 'stdout é']);
  });

  it('has U+FFFD for what is no character, and for one that never ends', async () => {
    const output = new LiveOutput();
    output.push('stdout', bytes('\xff-'));
    output.push('stderr', bytes('x\xc3'));
    expect(short(await rest(output))).toEqual(['stdout \ufffd-', 'stderr x', 'stderr \ufffd']);
  });

  it('does not join what is before a gap to what is after it', async () => {
    const output = new LiveOutput(4 * KIB);
    const events = output.events();
    output.push('stdout', bytes('\xc3'));
    await events.next();
    for (let count = 0; count < 5; count += 1) output.push('stdout', Buffer.alloc(KIB, 0xa9));
    output.end();
    const seen: OutputEvent[] = [];
    for await (const event of events) seen.push(event);
    expect(short(seen.slice(0, 2))).toEqual(['stdout \ufffd', 'gap stdout 3072']);
    expect(seen[2]).toMatchObject({ text: '\ufffd'.repeat(2 * KIB) });
  });

  it('keeps a byte order mark', async () => {
    const output = new LiveOutput();
    output.push('stdout', bytes('\xef\xbb\xbfx'));
    expect(short(await rest(output))).toEqual(['stdout \ufeffx']);
  });
});

import { describe, expect, it } from 'vitest';
import { MarkerScanner } from '../../../src/engine/parked/marker-scanner.js';

const MARKER = '\u0002slipway-0123-';

/** Everything that is heard when the text comes in these pieces. */
function scan(pieces: readonly string[], flush = true): { text: string; words: string[] } {
  let text = '';
  const words: string[] = [];
  const scanner = new MarkerScanner(Buffer.from(MARKER), {
    bytes: (chunk) => {
      text += Buffer.from(chunk).toString('latin1');
    },
    word: (word) => {
      words.push(word);
      if (word.startsWith('E')) scanner.close();
    },
  });
  for (const piece of pieces) scanner.push(Buffer.from(piece, 'latin1'));
  if (flush) scanner.flush();
  return { text, words };
}

describe('MarkerScanner', () => {
  it('tells words from output', () => {
    expect(scan([`${MARKER}S;hello\n${MARKER}E0 0;`])).toEqual({
      text: 'hello\n',
      words: ['S', 'E0 0'],
    });
  });

  it('finds a word wherever its bytes are cut', () => {
    const whole = `before${MARKER}E137 1;after`;
    for (let at = 1; at < whole.length; at += 1) {
      const heard = scan([whole.slice(0, at), whole.slice(at)]);
      expect(heard).toEqual({ text: 'before', words: ['E137 1'] });
    }
    expect(scan(whole.split(''))).toEqual({ text: 'before', words: ['E137 1'] });
  });

  it('passes on output that only begins like a marker, once it is known to be none', () => {
    const almost = '\u0002slipway-0123.\u0002slipway-\u0002\u0002slipway-9999-E0 0;';
    for (let at = 1; at < almost.length; at += 1) {
      expect(scan([almost.slice(0, at), almost.slice(at)])).toEqual({ text: almost, words: [] });
    }
  });

  it('holds nothing back that cannot be the beginning of a marker', () => {
    expect(scan(['Continue? yes'], false).text).toBe('Continue? yes');
    expect(scan(['slipway-0123-'], false).text).toBe('slipway-0123-');
  });

  it('gives out what it held back when the stream ends', () => {
    expect(scan([`end\u0002slip`])).toEqual({ text: 'end\u0002slip', words: [] });
    expect(scan([`end${MARKER}E0`])).toEqual({ text: `end${MARKER}E0`, words: [] });
  });

  it('takes a marker without a word for output', () => {
    const long = `${MARKER}${'x'.repeat(100)};`;
    expect(scan([long])).toEqual({ text: long, words: [] });
  });

  it('keeps every byte', () => {
    const bytes = Array.from({ length: 256 }, (_, i) => String.fromCodePoint(i)).join('');
    expect(scan([bytes, bytes]).text).toBe(bytes + bytes);
  });

  it('gives nobody what comes after the end', () => {
    expect(scan([`a${MARKER}E0 0;b`, 'c'])).toEqual({ text: 'a', words: ['E0 0'] });
  });
});

import { describe, expect, it } from 'vitest';
import { outputPage } from '../../../src/tools/output-page.js';

/** Every page from the first to the last. */
function pagesOf(text: string, limit: number, pattern?: string): readonly string[] {
  const pages: string[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const page: ReturnType<typeof outputPage> = outputPage(text, { offset, limit, pattern });
    pages.push(page.text);
    offset = page.nextOffset;
  }
  return pages;
}

describe('a page of a text', () => {
  it('is all of it when nothing is asked for', () => {
    expect(outputPage('one\ntwo\n', {})).toEqual({
      text: 'one\ntwo\n',
      offset: 0,
      totalCharacters: 8,
      nextOffset: null,
      matches: null,
    });
  });

  it('is the part that was asked for, and tells where the next one begins', () => {
    expect(outputPage('0123456789', { offset: 3, limit: 4 })).toMatchObject({
      text: '3456',
      offset: 3,
      nextOffset: 7,
    });
  });

  it('is never longer than a million characters', () => {
    const page = outputPage('x'.repeat(1_500_000), { limit: 5_000_000 });
    expect(page.text).toHaveLength(1_000_000);
    expect(page.nextOffset).toBe(1_000_000);
  });

  it.each([0, 8, 9, 1e15])(
    'is empty at and after the end, and the last one (%i of 8)',
    (offset) => {
      const page = outputPage('one\ntwo\n', { offset });
      expect(page.text).toBe(offset === 0 ? 'one\ntwo\n' : '');
      expect(page.nextOffset).toBeNull();
    },
  );

  it.each([1, 2, 3, 4, 5])('never cuts a pair of surrogates, at %i characters a page', (limit) => {
    const text = 'a😀😀b😀';
    const pages = pagesOf(text, limit);
    expect(pages.join('')).toBe(text);
    for (const page of pages) expect(page).not.toMatch(/\p{Cs}/u);
  });

  it('begins before a pair of surrogates that the offset is in', () => {
    expect(outputPage('a😀b', { offset: 2 })).toMatchObject({ text: '😀b', offset: 1 });
  });

  it('always leads to the next one', () => {
    expect(pagesOf('abc', 0)).toEqual(['a', 'b', 'c']);
  });
});

describe('a page of the lines with a pattern', () => {
  const text = 'one\nTwo\n\nthree two\nfour';

  it('holds each with its number, in any case, and counts them', () => {
    expect(outputPage(text, { pattern: 'tWO' })).toEqual({
      text: '2: Two\n4: three two\n',
      offset: 0,
      totalCharacters: 20,
      nextOffset: null,
      matches: 2,
    });
  });

  it('takes the pattern as text, not as an expression', () => {
    expect(outputPage('a.c\nabc\n', { pattern: 'a.c' }).text).toBe('1: a.c\n');
    expect(outputPage('(\n', { pattern: '(' }).matches).toBe(1);
  });

  it('counts a line once, and finds the last one without an end', () => {
    expect(outputPage('x x x\nx', { pattern: 'x' })).toMatchObject({
      text: '1: x x x\n2: x',
      matches: 2,
    });
  });

  it('is empty when no line matches', () => {
    expect(outputPage(text, { pattern: 'nine' })).toMatchObject({ text: '', matches: 0 });
    expect(outputPage('', { pattern: 'nine' })).toMatchObject({ text: '', matches: 0 });
  });

  it('is without effect when it is empty', () => {
    expect(outputPage(text, { pattern: '' })).toMatchObject({ text, matches: null });
  });

  it('pages through all of them, whatever the size of a page', () => {
    const many = Array.from({ length: 200 }, (_, line) => `line 😀 ${line}\nother\n`).join('');
    const whole = outputPage(many, { pattern: 'LINE' }).text;
    expect(whole.split('\n')).toHaveLength(201);
    for (const limit of [1, 7, 100, 999]) {
      expect(pagesOf(many, limit, 'line').join('')).toBe(whole);
    }
  });

  it('matches a character that is longer in lower case where it is', () => {
    expect(outputPage('İİİ\nx\n', { pattern: 'X' }).text).toBe('2: x\n');
    expect(outputPage('İstanbul\n', { pattern: 'istanbul' }).matches).toBe(1);
  });

  it.each([
    ['a'.repeat(2_000_000), `${'a'.repeat(50_000)}b${'a'.repeat(50_000)}`],
    ['a'.repeat(2_000_000), `${'a'.repeat(100_000)}b`],
    [`${'ab'.repeat(500)}\n`.repeat(2000), `${'ab'.repeat(499)}ac`],
  ])(
    'costs no more for a hostile pattern than for a harmless one (case %#)',
    (hostile, pattern) => {
      const begin = performance.now();
      expect(outputPage(hostile, { pattern }).matches).toBe(0);
      // 0.05 s here; a search that starts again at each character takes more than a minute.
      expect(performance.now() - begin).toBeLessThan(5000);
    },
  );
});

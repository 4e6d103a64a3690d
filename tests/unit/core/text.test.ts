import { describe, expect, it } from 'vitest';
import { shorten, stripControl, textRule } from '../../../src/core/text.js';
import { generator } from '../../support/random.js';

const ESC = '\u001B';
const BEL = '\u0007';
const ST = '\u009C';

describe('textRule', () => {
  it.each([
    ['empty text', ''],
    ['ASCII', 'abc'],
    ['a paired surrogate', 'a\u{1F600}b'],
    ['line ends and other controls', 'a\nb\u0001'],
  ])('accepts %s', (_name, text) => {
    expect(textRule(text)).toBeUndefined();
  });

  it.each([
    ['NUL', 'a\0b', 'must not contain a NUL character'],
    ['a high surrogate alone', '\uD800', 'must be valid Unicode, without lone surrogates'],
    ['a low surrogate alone', 'a\uDC00b', 'must be valid Unicode, without lone surrogates'],
    [
      'surrogates in the wrong order',
      '\uDC00\uD800',
      'must be valid Unicode, without lone surrogates',
    ],
  ])('refuses %s', (_name, text, rule) => {
    expect(textRule(text)).toBe(rule);
  });
});

describe('stripControl', () => {
  it.each([
    ['plain text', 'a b\tc\nd', 'a b\tc\nd'],
    ['empty text', '', ''],
    ['other scripts and emoji', 'größe 漢字 \u{1F600}', 'größe 漢字 \u{1F600}'],
    ['joined emoji', '\u{1F468}\u200D\u{1F469}', '\u{1F468}\u200D\u{1F469}'],
  ])('keeps %s', (_name, text, expected) => {
    expect(stripControl(text)).toBe(expected);
  });

  it.each([
    ['a colour', `${ESC}[31mred${ESC}[0m`, 'red'],
    ['a 24-bit colour', `${ESC}[38;2;255;0;10mred${ESC}[m`, 'red'],
    ['a colour with colons', `${ESC}[4:3mwavy`, 'wavy'],
    ['a private mode', `${ESC}[?25lhidden cursor${ESC}[?25h`, 'hidden cursor'],
    ['a sequence with an intermediate', `${ESC}[1 qbar`, 'bar'],
    ['the C1 form of CSI', '\u009B31mred', 'red'],
    ['a title that ends with BEL', `${ESC}]0;title${BEL}text`, 'text'],
    ['a title that ends with ST', `${ESC}]0;title${ESC}\\text`, 'text'],
    ['a title that ends with the C1 form of ST', `${ESC}]0;title${ST}text`, 'text'],
    ['the C1 form of OSC', `\u009D0;title${ST}text`, 'text'],
    ['a link', `${ESC}]8;;https://a.example${ESC}\\link${ESC}]8;;${ESC}\\ end`, 'link end'],
    ['a device control string', `${ESC}P1$r0m${ESC}\\text`, 'text'],
    ['the C1 form of a device control string', `\u00901$r0m${ST}text`, 'text'],
    ['an application command', `${ESC}_Gf=24;AAAA${ESC}\\text`, 'text'],
    ['a privacy message', `${ESC}^secret${ESC}\\text`, 'text'],
    ['a start of string', `${ESC}Xsecret${ESC}\\text`, 'text'],
    ['a character set selection', `${ESC}(Btext`, 'text'],
    ['a two-character escape', `${ESC}7a${ESC}8b${ESC}c`, 'ab'],
    ['a sequence inside a word', `wo${ESC}[1mrd`, 'word'],
    ['sequences one after the other', `${ESC}[2K${ESC}[1G${ESC}[31mx`, 'x'],
    ['an escape at the end', `text${ESC}`, 'text'],
    ['a cut sequence at the end', `text${ESC}[38;5`, 'text'],
    ['an escape before a line end', `a${ESC}\nb`, 'a\nb'],
    ['an escape before another escape', `a${ESC}${ESC}[1mb`, 'ab'],
    ['a sequence broken by a line end', `a${ESC}[31\nb`, 'a\nb'],
    ['NUL', 'a\0b', 'ab'],
    ['bell, backspace, vertical tab, form feed, delete', 'a\u0007b\bc\vd\fe\u007Ff', 'abcdef'],
    ['C1 controls', 'a\u0085b\u0080c', 'abc'],
    ['bidirectional overrides', 'a\u202Eb\u202Cc\u202Ad\u202Be\u202Df', 'abcdef'],
    ['bidirectional isolates', 'a\u2066b\u2067c\u2068d\u2069e', 'abcde'],
  ])('removes %s', (_name, text, expected) => {
    expect(stripControl(text)).toBe(expected);
  });

  it.each([
    ['a lone high surrogate', 'a\uD800b', 'a\uFFFDb'],
    ['a lone low surrogate', 'a\uDFFFb', 'a\uFFFDb'],
    ['two high surrogates before a pair', '\uD800\uD800\u{1F600}', '\uFFFD\uFFFD\u{1F600}'],
  ])('replaces %s', (_name, text, expected) => {
    expect(stripControl(text)).toBe(expected);
  });

  it.each([
    ['a title', `${ESC}]0;all of this${ESC}[31m stays\nand this`, '0;all of this stays\nand this'],
    ['a title at the end of a line', `${ESC}]0;first\nsecond${BEL}`, '0;first\nsecond'],
    ['a C1 string', '\u0090first\nsecond', 'first\nsecond'],
  ])('does not let %s without an end hide the output after it', (_name, text, expected) => {
    expect(stripControl(text)).toBe(expected);
  });

  it.each([
    ['Windows line ends', 'a\r\nb\r\n', 'a\nb\n'],
    ['a progress bar', '10 %\r50 %\r100 %\ndone\n', '100 %\ndone\n'],
    ['a progress bar that ends without a line end', '10 %\r99 %\r', '99 %'],
    ['a redraw with an erase', `10 %\r${ESC}[2K100 %\r\n`, '100 %\n'],
    ['an erase before the line end', `a${ESC}[K\r\nb`, 'a\nb'],
    ['returns before a line end', 'a\r\r\nb', 'a\nb'],
    ['returns alone', '\r\r\r', ''],
    ['a return at the start', '\ra', 'a'],
    ['lines without a return beside lines with one', 'x\na\rb\ny', 'x\nb\ny'],
  ])('brings %s to the last state', (_name, text, expected) => {
    expect(stripControl(text)).toBe(expected);
  });

  // With quadratic work these take minutes and run into the time limit of the test.
  it.each([
    ['starts of sequences', `${ESC}[`],
    ['starts of strings', `${ESC}]`],
    ['C1 starts of strings', '\u009D'],
    ['starts of strings with text', `${ESC}]0;title `],
    ['escapes', ESC],
    ['parameters', `${ESC}[${'0;'.repeat(50)}`],
    ['intermediates', `${ESC}[${' '.repeat(50)}`],
    ['returns', '\r'],
    ['half surrogates', '\uD800'],
  ])('needs time in proportion to the text for a long text of %s', (_name, unit) => {
    const text = unit.repeat(Math.ceil(300_000 / unit.length));
    expect(stripControl(text).length).toBeLessThanOrEqual(text.length);
  });

  it('leaves nothing to remove the second time', () => {
    const random = generator(7);
    const pieces = [
      ESC,
      '[',
      ']',
      '0;',
      'm',
      BEL,
      '\\',
      '\n',
      '\r',
      ST,
      '\u009B',
      'ab',
      '\u202E',
      '\uD83D',
      '\uDE00',
    ];
    for (let round = 0; round < 500; round += 1) {
      const text = Array.from({ length: 30 }, () => pieces[random(pieces.length)]).join('');
      const once = stripControl(text);
      expect(stripControl(once)).toBe(once);
      expect(once).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cs}]/u);
    }
  });
});

describe('shorten', () => {
  const lines = (count: number): string =>
    Array.from({ length: count }, (_, index) => `line ${String(index).padStart(5, '0')}\n`).join(
      '',
    );

  it.each([
    ['nothing', '', '', 100],
    ['less than the budget', 'out\n', 'err\n', 100],
    ['exactly the budget', 'x'.repeat(60), 'y'.repeat(40), 100],
  ])('leaves %s as it is', (_name, stdout, stderr, budget) => {
    expect(shorten(stdout, stderr, budget)).toEqual({ stdout, stderr, truncated: false });
  });

  it('keeps whole lines of the beginning and the end and counts what is missing', () => {
    const { stdout, stderr, truncated } = shorten(lines(1000), '', 1100);
    const [head = '', tail = ''] = stdout.split(/^\[….*…\]\n/m);
    expect(truncated).toBe(true);
    expect(stderr).toBe('');
    expect(lines(1000).startsWith(head)).toBe(true);
    expect(lines(1000).endsWith(tail)).toBe(true);
    expect(head.endsWith('\n')).toBe(true);
    expect(tail.startsWith('line ')).toBe(true);
    const missing = 11_000 - head.length - tail.length;
    expect(stdout).toContain(
      `\n[… ${missing.toLocaleString('en-US')} characters (${missing / 11} lines) omitted …]\n`,
    );
    expect(tail.length / (head.length + tail.length)).toBeCloseTo(0.7, 1);
  });

  it('names where the full output of each stream is', () => {
    const cut = shorten(lines(1000), lines(1000), 1000, (stream) => `slipway://runs/1/${stream}`);
    expect(cut.stdout).toContain('omitted; full output: slipway://runs/1/stdout …]\n');
    expect(cut.stderr).toContain('omitted; full output: slipway://runs/1/stderr …]\n');
  });

  it.each([
    ['stdout alone', 100_000, 0],
    ['stderr alone', 0, 100_000],
    ['both', 100_000, 100_000],
    ['a long stdout and a short stderr', 100_000, 500],
    ['a short stdout and a long stderr', 500, 100_000],
    ['a stderr just above its share', 100_000, 7000],
    ['a stdout just below its share', 13_000, 100_000],
  ])('uses the budget and never more, for %s', (_name, stdoutLength, stderrLength) => {
    const cut = shorten('o'.repeat(stdoutLength), 'e'.repeat(stderrLength), 20_000);
    const total = cut.stdout.length + cut.stderr.length;
    expect(total).toBeLessThanOrEqual(20_000);
    expect(total).toBeGreaterThan(19_900);
  });

  it('gives stderr 30 % and stdout 70 % when both are too long', () => {
    const cut = shorten('o'.repeat(100_000), 'e'.repeat(100_000), 20_000);
    expect(cut.stderr.length).toBeCloseTo(6000, -2);
    expect(cut.stdout.length).toBeCloseTo(14_000, -2);
  });

  it('keeps a stream whole that needs no more than its share', () => {
    expect(shorten(lines(5000), 'the error\n', 20_000).stderr).toBe('the error\n');
    expect(shorten('the answer\n', lines(5000), 20_000).stdout).toBe('the answer\n');
  });

  it('cuts one long line inside', () => {
    const { stdout } = shorten('x'.repeat(100_000), '', 1000);
    expect(stdout).toMatch(
      /^x{250,300}\n\[… 99,\d{3} characters \(1 line\) omitted …\]\nx{600,700}$/,
    );
  });

  it('does not give up half of the head or tail to end at a line', () => {
    const { stdout } = shorten(`short\n${'x'.repeat(100_000)}\nshort\n`, '', 1000);
    expect(stdout.length).toBeGreaterThan(980);
    expect(stdout.startsWith('short\nxxx')).toBe(true);
    expect(stdout.endsWith('xxx\nshort\n')).toBe(true);
  });

  it('never cuts a character in two', () => {
    for (let budget = 100; budget < 140; budget += 1) {
      const { stdout } = shorten(`a${'\u{1F600}'.repeat(500)}`, '', budget);
      expect(stdout).toMatch(/^a\u{1F600}+\n\[….*…\]\n\u{1F600}+$/u);
    }
  });

  it('still says what is missing when the budget is smaller than the line that says it', () => {
    expect(shorten('a\nb\nc', '', 1)).toEqual({
      stdout: '[… 5 characters (3 lines) omitted …]\n',
      stderr: '',
      truncated: true,
    });
  });

  it('counts every character and line as kept or omitted', () => {
    const random = generator(11);
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: random(400) }, () => 'x'.repeat(random(30))).join('\n');
      const { stdout, truncated } = shorten(text, '', 200 + random(2000));
      const found = /^\[… ([\d,]+) characters \(([\d,]+) lines?\) omitted …\]\n/m.exec(stdout);
      expect(found !== null).toBe(truncated);
      if (found === null) continue;
      const [line, characters = '', omittedLines = ''] = found;
      const tail = stdout.slice(found.index + line.length);
      const start = text.length - tail.length - Number(characters.replaceAll(',', ''));
      const omitted = text.slice(start, text.length - tail.length);
      expect([text.slice(0, start), `${text.slice(0, start)}\n`]).toContain(
        stdout.slice(0, found.index),
      );
      expect(text.endsWith(tail)).toBe(true);
      expect(Number(omittedLines.replaceAll(',', ''))).toBe(
        omitted.replace(/\n$/, '').split('\n').length,
      );
    }
  });
});

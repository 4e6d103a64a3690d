import { describe, expect, it } from 'vitest';
import { Redactor, redactUrl } from '../../../src/core/redact.js';

describe('redactUrl', () => {
  it.each([
    ['https://user:token@github.com/a/b', 'https://github.com/a/b'],
    ['https://token@github.com/a/b', 'https://github.com/a/b'],
    ['https://user:@github.com', 'https://github.com'],
    ['https://:token@github.com', 'https://github.com'],
    ['HTTPS://User:Tok@GitHub.com', 'HTTPS://GitHub.com'],
    ['git+ssh://git:x@host:22/a', 'git+ssh://host:22/a'],
    ['redis://:pass@[::1]:6379', 'redis://[::1]:6379'],
    ['https://user:p@ss@host/x', 'https://host/x'],
    ["https://user:p'a(s)s!@host/x", 'https://host/x'],
    ['https://user:p"a<s>s\\@host/x', 'https://host/x'],
    ['https://user:p%40ss@host/x', 'https://host/x'],
    [
      "fatal: unable to access 'https://u:t@h/a/': 403",
      "fatal: unable to access 'https://h/a/': 403",
    ],
    [
      'two: https://a:b@h/x and http://c:d@i\nthree: ftp://e@j',
      'two: https://h/x and http://i\nthree: ftp://j',
    ],
    ['https://user:token@', 'https://'],
    ['://u:p@h', '://h'],
  ])('takes the credentials out of %s', (text, expected) => {
    expect(redactUrl(text)).toBe(expected);
  });

  it.each([
    '',
    'no URL',
    'a@b.example',
    'git@github.com:a/b',
    'https://github.com/a/b',
    'https://packages.example/@scope/name',
    'https://host/?q=a@b',
    'https://host#a@b',
    'https://host and a@b.example',
    'https://',
  ])('leaves %j as it is', (text) => {
    expect(redactUrl(text)).toBe(text);
  });

  // With quadratic work these take minutes and run into the time limit of the test.
  it.each(['://', 'a://', '@', '://@', 'https://a@', ':', '://a'])(
    'needs time in proportion to the text for a long text of %j',
    (unit) => {
      expect(redactUrl(unit.repeat(300_000)).length).toBeLessThanOrEqual(unit.length * 300_000);
    },
  );
});

describe('Redactor', () => {
  const secret = 'gh/p_S3cr?t+Token';

  it('masks a secret wherever it stands', () => {
    const redactor = new Redactor([secret]);
    expect(redactor.redact(`${secret} a ${secret}${secret}\n${secret}`)).toBe('*** a ***\n***');
  });

  it('leaves other text as it is', () => {
    const text = `${secret.slice(1)} and ${secret.toUpperCase()}`;
    expect(new Redactor([secret]).redact(text)).toBe(text);
  });

  it('masks the percent-encoded form in both cases of its digits', () => {
    const percent = encodeURIComponent(secret);
    expect(percent).not.toBe(secret);
    const lower = percent.replaceAll(/%../g, (code) => code.toLowerCase());
    expect(new Redactor([secret]).redact(`${percent} ${lower}`)).toBe('*** ***');
  });

  it.each(['base64', 'base64url'] as const)(
    'masks the %s form, alone and inside a longer one',
    (encoding) => {
      const redactor = new Redactor([secret]);
      for (const before of ['', 'u', 'us', 'user:', 'x-access-token:']) {
        for (const after of ['', '\n', ':x', ' and more']) {
          const encoded = Buffer.from(before + secret + after).toString(encoding);
          const redacted = redactor.redact(encoded);
          expect(redacted).toContain('***');
          // What is left holds less than one base64 character of the secret at either side.
          const left = redacted.split('***').map((part) => part.replaceAll('=', '').length);
          expect((left[0] ?? 0) * 6).toBeLessThan(before.length * 8 + 6);
          expect((left[1] ?? 0) * 6).toBeLessThan(after.length * 8 + 12);
        }
      }
    },
  );

  it('leaves no rest of a secret that overlaps or holds another', () => {
    expect(new Redactor(['abcd', 'cdef']).redact('xabcdefx')).toBe('x***x');
    expect(new Redactor(['abcd', 'xabcdx']).redact('xabcdx')).toBe('***');
    expect(new Redactor(['abab']).redact('xabababx')).toBe('x***x');
  });

  it('does not mask secrets of fewer than four characters', () => {
    expect(new Redactor(['', 'a', 'abc']).redact('abc and a')).toBe('abc and a');
    expect(new Redactor(['abcd']).redact('abcd')).toBe('***');
  });

  it('takes the characters of patterns and replacements as they are', () => {
    expect(new Redactor(['.*$&']).redact('a.*$&b and abcd')).toBe('a***b and abcd');
  });

  it('takes a secret that is not valid Unicode', () => {
    expect(new Redactor(['\uD800abc']).redact('x\uD800abcx')).toBe('x***x');
  });

  it('masks with many secrets and needs time in proportion to the text', () => {
    const secrets = Array.from({ length: 20 }, (_, index) => `${'a'.repeat(20)}${index}`);
    expect(new Redactor([...secrets, 'aaaa']).redact('a'.repeat(300_000))).toBe('***');
  });
});

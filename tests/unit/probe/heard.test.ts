import { expect, test } from 'vitest';
import { Redactor } from '../../../src/core/redact.js';
import { Heard } from '../../../src/probe/heard.js';

function heard(stderr: string, stdout = ''): Heard {
  const all = new Heard();
  all.push('stdout', Buffer.from(stdout));
  all.push('stderr', Buffer.from(stderr));
  return all;
}

const nothing = new Redactor([]);

test('the tail is the end of stderr, in whole lines and at most 4 KiB', () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `zeile ${i} äöü`);
  const tail = heard(`${lines.join('\n')}\n`).tail(nothing);
  expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4096);
  expect(tail.endsWith('zeile 1999 äöü')).toBe(true);
  expect(lines).toContain(tail.split('\n')[0]);
});

test('of one endless line, the end stays', () => {
  const tail = heard('ü'.repeat(100_000)).tail(nothing);
  expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4096);
  expect(tail).toMatch(/^ü+$/);
});

test('it is plain text without the secrets', () => {
  const tail = heard('\u001b[31mtoken swordfish\u001b[0m\u0007').tail(new Redactor(['swordfish']));
  expect(tail).toBe('token ***');
});

test('without stderr it is the noise on stdout, not the conversation', () => {
  const stdout = 'Server ready\n{"jsonrpc":"2.0","id":1,"result":{"secret":1}}\n';
  expect(heard('', stdout).tail(nothing)).toBe('Server ready');
});

test('of a flood, the beginning and the end are kept', () => {
  const all = heard('');
  all.push('stdout', Buffer.from('listening on port 3000\n'));
  for (let i = 0; i < 100; i += 1) all.push('stdout', Buffer.alloc(100_000, 'x'));
  all.push('stdout', Buffer.from('\nthe end'));
  const text = all.text();
  expect(text.length).toBeLessThan(200_000);
  expect(text).toContain('listening on port 3000');
  expect(text).toContain('the end');
});

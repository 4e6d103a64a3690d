import { expect, test } from 'vitest';
import { LineReader } from '../../../src/probe/line-reader.js';

function linesOf(chunks: readonly (string | Uint8Array)[], maxBytes = 100): readonly string[] {
  const lines: string[] = [];
  const reader = new LineReader(maxBytes, (line) => lines.push(line));
  for (const chunk of chunks) reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return lines;
}

test.each([
  ['lines of one chunk', ['a\nb\n'], ['a', 'b']],
  ['a line in parts', ['a', 'b', 'c\nd'], ['abc']],
  ['a character in parts', [Buffer.from([0xc3]), Buffer.from([0xbc, 0x0a])], ['ü']],
  ['empty lines', ['\n\na\n'], ['', '', 'a']],
  ['bytes that are no text', [Buffer.from([0xff, 0x0a])], ['\uFFFD']],
])('%s are read', (_, chunks, lines) => {
  expect(linesOf(chunks)).toEqual(lines);
});

test('a line above the limit is dropped, and the next one read', () => {
  expect(linesOf(['x'.repeat(60), 'x'.repeat(60), 'x\nok\n'])).toEqual(['ok']);
  expect(linesOf([`${'x'.repeat(100)}\n${'y'.repeat(101)}\nok\n`])).toEqual([
    'x'.repeat(100),
    'ok',
  ]);
});

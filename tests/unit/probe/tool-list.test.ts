import { describe, expect, test } from 'vitest';
import { oneLine, serverInfo, toolPage } from '../../../src/probe/tool-list.js';

describe('a page of tools', () => {
  test('is read, without what is no tool', () => {
    const tools = [
      { name: 'a', description: 'A.' },
      { name: '' },
      null,
      3,
      { name: 'b', description: 7 },
    ];
    expect(toolPage({ tools, nextCursor: 'x' })).toEqual({
      tools: [
        { name: 'a', description: 'A.' },
        { name: 'b', description: null },
      ],
      nextCursor: 'x',
    });
  });

  test.each([null, [], {}, { tools: {} }, { tools: 'a' }])('is not %j', (result) => {
    expect(toolPage(result)).toBeUndefined();
  });

  test('has no more than a thousand', () => {
    const tools = Array.from({ length: 5000 }, (_, i) => ({ name: `t${i}` }));
    expect(toolPage({ tools })?.tools).toHaveLength(1000);
  });
});

test('who the server is may be missing or wrong', () => {
  expect(serverInfo({ name: 'a', version: 2 })).toEqual({ name: 'a', version: '2' });
  expect(serverInfo({ name: 'a' })).toEqual({ name: 'a', version: '' });
  expect(serverInfo({ version: '1' })).toBeNull();
  expect(serverInfo(undefined)).toBeNull();
});

test.each([
  ['a\n b\tc', 10, 'a b c'],
  ['\u001b[31mred\u001b[0m\u202e', 10, 'red'],
  ['x'.repeat(20), 10, `${'x'.repeat(9)}…`],
  ['x'.repeat(8) + '😀'.repeat(5), 10, `${'x'.repeat(8)}…`],
])('%j fits one line of %i characters', (text, most, line) => {
  expect(oneLine(text, most)).toBe(line);
});

import { describe, expect, test } from 'vitest';
import { messagesIn, messagesInLine, replyTo } from '../../../src/probe/json-rpc.js';

const RESULT = '{"jsonrpc":"2.0","id":1,"result":{}}';
const ANSWERED = { kind: 'response', id: 1, answer: { kind: 'result', result: {} } };

describe('a line of output', () => {
  test.each([
    ['a message', RESULT],
    ['a message with a carriage return', `${RESULT}\r`],
    ['a message behind text', `[info] ready ${RESULT}`],
    ['a message behind colours', `\u001b[32m{ok}\u001b[0m ${RESULT}`],
    ['an array of messages', `[${RESULT}]`],
  ])('holds %s', (_, line) => {
    expect(messagesInLine(line)).toEqual([ANSWERED]);
  });

  test.each([
    '',
    'Server running',
    '{"level":"info"}',
    '{"jsonrpc":"1.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","method":"notifications/message"}',
    `${RESULT} and more`,
    '['.repeat(50_000),
  ])('holds none: %s', (line) => {
    expect(messagesInLine(line)).toEqual([]);
  });
});

test('errors and requests of the server are told apart', () => {
  const error = { code: -32601, message: 'no' };
  expect(messagesIn({ jsonrpc: '2.0', id: null, error })).toEqual([
    { kind: 'response', id: null, answer: { kind: 'error', ...error, data: undefined } },
  ]);
  expect(messagesIn({ jsonrpc: '2.0', id: 'x', method: 'ping' })).toEqual([
    { kind: 'request', id: 'x', method: 'ping' },
  ]);
});

test('a ping is answered, everything else is refused', () => {
  expect(replyTo({ id: 3, method: 'ping' })).toEqual({ jsonrpc: '2.0', id: 3, result: {} });
  expect(replyTo({ id: 'a', method: 'sampling/createMessage' })).toMatchObject({
    id: 'a',
    error: { code: -32601 },
  });
});

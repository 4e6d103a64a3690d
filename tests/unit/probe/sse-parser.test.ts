import { expect, test } from 'vitest';
import { SseParser, type ServerSentEvent } from '../../../src/probe/sse-parser.js';

function eventsOf(text: string): readonly ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  for (const line of text.split('\n').slice(0, -1)) parser.line(line);
  return events;
}

test.each([
  ['a message', 'data: a\n\n', [{ event: 'message', data: 'a' }]],
  ['a name', 'event: endpoint\ndata: /x\n\n', [{ event: 'endpoint', data: '/x' }]],
  ['carriage returns', 'event: e\r\ndata: a\r\n\r\n', [{ event: 'e', data: 'a' }]],
  ['several lines', 'data: a\ndata:b\ndata\n\n', [{ event: 'message', data: 'a\nb\n' }]],
  [
    'comments, ids and other fields',
    ': hi\nid: 4\nretry: 1\ndata: a\n\n',
    [{ event: 'message', data: 'a' }],
  ],
  ['nothing without data', 'event: e\n\ndata: a\n\n', [{ event: 'message', data: 'a' }]],
  ['nothing that is not ended', 'data: a\n', []],
])('%s', (_, text, events) => {
  expect(eventsOf(text)).toEqual(events);
});

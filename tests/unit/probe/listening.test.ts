import { describe, expect, test } from 'vitest';
import { listeningIn } from '../../../src/probe/listening.js';

describe('where a program listens is read from', () => {
  test.each([
    ['INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C)', 8000, null, false],
    ['MCP server listening at http://0.0.0.0:3333/mcp', 3333, '/mcp', true],
    ['SSE endpoint: http://localhost:4000/sse.', 4000, '/sse', false],
    ['Server listening on port 3000', 3000, null, false],
    ['Server is running on port: 8080', 8080, null, false],
    ['Listening on :9090', 9090, null, false],
    ['started server on [::]:5000 at http://[::]:5000', 5000, null, true],
    ['Web page http://localhost:3000\nMCP http://localhost:3001/mcp', 3001, '/mcp', false],
  ])('%s', (text, port, path, everywhere) => {
    expect(listeningIn(text)).toEqual({ port, path, everywhere });
  });

  test.each([
    'Server running on stdio',
    'Using https://api.example.com:8443/v1',
    'Debugger listening on ws://127.0.0.1:9229/abc',
    'Failed to connect to http://localhost:27123',
    'Listening for 12345678 events on port 99999999',
    'started at 12:30:45',
    '',
  ])('nothing in: %s', (text) => {
    expect(listeningIn(text)).toBeUndefined();
  });
});

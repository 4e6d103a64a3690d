/**
 * What a broken engine, or a proxy before it, does instead of answering. Each works on the raw
 * connection, because a correct HTTP server could not produce most of them.
 */
import type { Duplex } from 'node:stream';

export type Fault = (connection: Duplex) => void;

export const neverAnswer: Fault = () => undefined;

export const closeBeforeHeaders: Fault = (connection) => connection.destroy();

export const halfHeaders: Fault = (connection) =>
  connection.end('HTTP/1.1 200 OK\r\nContent-Type: applica');

/** Headers and the beginning of a body, then silence on an open connection. */
export const hangInsideBody: Fault = (connection) =>
  connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"I\r\n');

export const truncatedChunk: Fault = (connection) =>
  connection.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"Id":');

/** Every chunk is whole, and the last one that says "this was all" is missing. */
export const noLastChunk: Fault = (connection) =>
  connection.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n');

export const shortBody: Fault = (connection) =>
  connection.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"Id":"');

export const redirect: Fault = (connection) =>
  connection.end(
    'HTTP/1.1 301 Moved Permanently\r\nLocation: /version\r\nContent-Length: 0\r\n\r\n',
  );

export const notHttp: Fault = (connection) => connection.end('220 mail.example.org ESMTP\r\n');

/** A whole answer with the given status and body, after which the connection is closed. */
export function answer(status: number, body: string | Uint8Array, type = 'text/html'): Fault {
  const bytes = Buffer.from(body);
  return (connection) => {
    const head = `HTTP/1.1 ${status} Status\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
    connection.end(Buffer.concat([Buffer.from(head), bytes]));
  };
}

export const htmlError = answer(500, '<html><body><h1>Internal Server Error</h1></body></html>');

/** An error in the engine's own form. */
export function refusal(status: number, message: string): Fault {
  return answer(status, JSON.stringify({ message }), 'application/json');
}

/** Progress lines inside a 200. */
export function progress(...lines: readonly (object | string)[]): Fault {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  return answer(200, `${text.join('\n')}\n`, 'application/json');
}

/** Progress lines inside a 200 whose connection breaks before the end. */
export function brokenProgress(...lines: readonly object[]): Fault {
  return (connection) => {
    const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    const chunk = `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
    connection.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
  };
}

/** What the engine answers before a connection becomes the program's. */
export const SWITCHING =
  'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';

/** An upgraded connection on which these bytes come, and what becomes of it afterwards. */
export function upgraded(then: 'open' | 'end' | 'reset', ...bytes: readonly Uint8Array[]): Fault {
  return (connection) => {
    connection.on('error', () => undefined);
    connection.resume();
    connection.write(Buffer.concat([Buffer.from(SWITCHING), ...bytes]), () => {
      if (then === 'end') connection.end();
      if (then === 'reset') connection.destroy();
    });
  };
}

/** The answer byte by byte, one every `everyMs` milliseconds. */
export function trickle(text: string, everyMs: number): Fault {
  return (connection) => {
    let sent = 0;
    const timer = setInterval(() => {
      connection.write(text.slice(sent, sent + 1));
      sent += 1;
      if (sent === text.length) clearInterval(timer);
    }, everyMs);
    connection.once('close', () => clearInterval(timer));
  };
}

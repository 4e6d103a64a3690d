import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/**
 * The conformance suite speaks only HTTP. This carries its messages to a server on standard
 * streams and back, unread but for the ids that say which of its streams an answer belongs to:
 * one server process for each HTTP session, so that what is judged is the server.
 *
 * @typedef {import('@modelcontextprotocol/sdk/types.js').JSONRPCMessage} Message
 * @typedef {import('@modelcontextprotocol/sdk/types.js').RequestId} RequestId
 * @typedef {object} Bridge
 * @property {string} url
 * @property {() => Promise<void>} close ends every session and its server
 */

/**
 * @param {readonly string[]} argv the server: a program and its arguments
 * @param {Record<string, string>} env all it gets
 * @returns {Promise<Bridge>}
 */
export async function startBridge([command = '', ...args], env) {
  const sessions = new Sessions({ command, args, env });
  const server = createServer((request, response) => {
    sessions.answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    await sessions.close();
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${portOf(server)}/mcp`, close };
}

class Sessions {
  /** @type {Map<string, StreamableHTTPServerTransport>} */
  #byId = new Map();
  #program;

  /** @param {{ command: string, args: string[], env: Record<string, string> }} program */
  constructor(program) {
    this.#program = program;
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async answer(request, response) {
    const id = request.headers['mcp-session-id'];
    if (id === undefined) return this.#answerFirst(request, response);
    const session = this.#byId.get(String(id));
    if (session === undefined) return void response.writeHead(404).end();
    await session.handleRequest(request, response);
  }

  async close() {
    await Promise.all([...this.#byId.values()].map((session) => session.close()));
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #answerFirst(request, response) {
    const session = await this.#open();
    await session.handleRequest(request, response);
    // It was no `initialize`: there is no session, and nobody will end it.
    if (session.sessionId === undefined) await session.close();
  }

  async #open() {
    const http = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void this.#byId.set(id, http),
    });
    const stdio = new StdioClientTransport({ ...this.#program, stderr: 'ignore' });
    const streams = answerStreams();
    Object.assign(http, {
      onmessage: (/** @type {Message} */ message) => {
        streams.asked(message);
        void stdio.send(message);
      },
      onclose: () => void stdio.close(),
    });
    Object.assign(stdio, {
      onmessage: (/** @type {Message} */ message) => {
        const relatedRequestId = streams.requestOf(message);
        const options = relatedRequestId === undefined ? {} : { relatedRequestId };
        // The suite may have hung up: then nobody is left to tell.
        http.send(message, options).catch(() => undefined);
      },
    });
    await Promise.all([stdio.start(), http.start()]);
    return http;
  }
}

/** Progress travels on the stream of its request, and names only the token of it. */
function answerStreams() {
  /** @type {Map<unknown, RequestId>} */
  const requests = new Map();
  return {
    asked: (/** @type {Message} */ message) => {
      if (!('method' in message && 'id' in message)) return;
      requests.set(message.params?._meta?.progressToken, message.id);
    },
    requestOf: (/** @type {Message} */ message) =>
      'method' in message && message.method === 'notifications/progress'
        ? requests.get(message.params?.['progressToken'])
        : undefined,
  };
}

/** @param {import('node:http').Server} server */
function portOf(server) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The bridge has no port.');
  return address.port;
}

/** A server on stdio with a real client, and one call of it. */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { valueAt } from '../../scripts/engine/json.mjs';

/**
 * @typedef {object} McpCall
 * @property {string} tool
 * @property {Record<string, unknown>} input
 */

export class McpSession {
  #client;

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * Starts a server in Node.js.
   *
   * @param {readonly string[]} args of `node`
   * @param {Record<string, string>} environment all that it gets beside PATH and HOME
   * @returns {Promise<McpSession>}
   */
  static async start(args, environment) {
    const client = new Client({ name: 'slipway-bench', version: '1.0.0' });
    const own = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
    const env = { ...own, ...environment };
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [...args],
        env,
        stderr: 'ignore',
      }),
    );
    return new McpSession(client);
  }

  /**
   * @param {McpCall} call
   * @returns {Promise<{ text: string, structured: unknown }>}
   * @throws {Error} with the text of a result that is an error
   */
  async call({ tool, input }) {
    const result = await this.#client.callTool({ name: tool, arguments: input });
    const first = valueAt(result, 'content', 0, 'text');
    const text = typeof first === 'string' ? first : '';
    if (valueAt(result, 'isError') === true) throw new Error(`${tool} failed: ${text}`);
    return { text, structured: valueAt(result, 'structuredContent') };
  }

  /** Ends the server. */
  close() {
    return this.#client.close();
  }
}

import { z } from 'zod';

/**
 * What a tool answered.
 *
 * @typedef {object} ToolResult
 * @property {boolean} isError
 * @property {Record<string, unknown>} fields the structured content
 * @property {string[]} progress
 *
 * @typedef {(name: string, args: Record<string, unknown>, onProgress?: (line: string) => void) => Promise<ToolResult>} CallTool
 */

const fieldsSchema = z.record(z.string(), z.unknown());

const LONGEST_CALL_MS = 600_000;

/**
 * @param {import('@modelcontextprotocol/client').Client} client
 * @returns {CallTool}
 */
export function toolCaller(client) {
  return async (name, args, onProgress = () => undefined) => {
    /** @type {string[]} */
    const progress = [];
    const result = await client.callTool(
      { name, arguments: args },
      {
        timeout: LONGEST_CALL_MS,
        onprogress: ({ message = '' }) => {
          progress.push(message);
          onProgress(message);
        },
      },
    );
    const fields = fieldsSchema.parse(result.structuredContent ?? {});
    return { isError: result.isError === true, fields, progress };
  };
}

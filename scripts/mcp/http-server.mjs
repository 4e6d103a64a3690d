import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startTokenProxy } from '../../tests/support/token-proxy.mjs';

/**
 * The server over HTTP, for clients that cannot send its token.
 *
 * @typedef {object} HttpServer
 * @property {string} url where the token is added to every request
 * @property {() => Promise<void>} close
 */

/**
 * @param {readonly string[]} argv the command that serves over HTTP, on a port of its own choice
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<HttpServer>}
 */
export async function startHttpServer([program = '', ...args], env) {
  const token = randomBytes(32).toString('hex');
  const child = spawn(program, args, {
    env: { ...env, SLIPWAY_HTTP_TOKEN: token },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const proxy = await startTokenProxy({ url: await addressIn(child.stderr), token });
  const close = async () => {
    await proxy.close();
    child.kill('SIGTERM');
    await exited;
  };
  return { url: proxy.url, close };
}

/**
 * @param {import('node:stream').Readable} stderr
 * @returns {Promise<string>} where it says that it serves
 */
function addressIn(stderr) {
  return new Promise((resolve, reject) => {
    /** @type {string[]} */
    const lines = [];
    const reader = createInterface({ input: stderr });
    reader.on('line', (line) => {
      lines.push(line);
      const url = /serving MCP at (http:\/\/[^\s;]+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    reader.on('close', () =>
      reject(new Error(`slipway mcp --http ended without an address:\n${lines.join('\n')}`)),
    );
  });
}

import type { ServerOptions } from '../cli/environment.js';
import { withoutNetwork } from '../policy/without-network.js';
import type { McpServing } from '../mcp/serve-mcp.js';
import type { McpSession } from '../mcp/served.js';
import { createBuilder } from './create-builder.js';
import { createExecutor } from './create-executor.js';
import { serverLogger } from './load-logger.js';
import { loadPolicy } from './load-policy.js';
import { claimStandardOutput } from './protocol-output.js';
import { serveHttp } from './serve-http.js';

/** What the server needs to know of the process. */
export interface ServerProcess {
  readonly version: string;
  /** Ends the session; its reason is the signal's name. */
  readonly signal: AbortSignal;
}

/**
 * Serves MCP over the standard streams until the client is gone, or over HTTP until a signal; gives
 * the exit code.
 */
export async function serveMcp(
  options: ServerOptions,
  { version, signal }: ServerProcess,
): Promise<number> {
  // The output carries the protocol: whatever a dependency prints must not get into it.
  using output = claimStandardOutput(process);
  // A server does not start with a policy that it did not understand.
  const { tools, network, outputDir, http } = options;
  const permitted = await loadPolicy(options);
  const policy = network ? permitted : withoutNetwork(permitted);
  const logger = serverLogger(options.logLevel);
  const prepare = async () => {
    await logger.load();
    return { policy, logger };
  };
  const executor = createExecutor(options.dockerHost, prepare, warmOf(options.warm));
  const builder = createBuilder(options.dockerHost, prepare);
  const setup = { executor, builder, tools, logger, outputDir, version };
  const session =
    http === undefined
      ? await serveStreams({ ...setup, input: process.stdin, output: output.stream })
      : await serveHttp(setup, http);
  const offered = tools.map((tool) => tool.name);
  logger.info('mcp.started', { version, pid: process.pid, tools: offered, network });
  const stop = (): void => session.shutdown(String(signal.reason));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const { clean } = await session.closed;
  return clean ? 0 : 1;
}

/** After the first use of an image one container waits for the next, and for the named ones at once. */
function warmOf({ enabled, images }: ServerOptions['warm']): boolean | readonly string[] {
  return images.length > 0 ? images : enabled;
}

async function serveStreams(serving: McpServing): Promise<McpSession> {
  const { serveMcp: serve } = await import('../mcp/serve-mcp.js');
  return serve(serving);
}

import type { ServerOptions } from '../../../src/cli/environment.js';
import { vi } from 'vitest';
import { commandLine } from './command-line.js';

/**
 * What `slipway` would serve with these words and variables.
 *
 * @throws with the line it refuses to start with
 */
export async function servedOptions(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<ServerOptions> {
  let served: ServerOptions | undefined;
  const serveMcp = (options: ServerOptions): Promise<number> => {
    served = options;
    return Promise.resolve(0);
  };
  // Some options take their variable from the process itself.
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const done = await commandLine(args, {}, { serveMcp, variables });
  if (served === undefined) throw new Error(`slipway ${args.join(' ')}: ${done.stderr}`);
  return served;
}

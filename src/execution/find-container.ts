import { z } from 'zod';
import { SlipwayError } from '../core/errors.js';
import { parseOptions } from '../core/options.js';
import type { ContainerSummary, Engine } from '../engine/ports.js';

const NAME_RULE = 'must be a container name, or 12 to 64 hexadecimal digits of an id';

const container = z
  .string(NAME_RULE)
  .max(255, NAME_RULE)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, NAME_RULE);

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parseContainer(nameOrId: string): string {
  return parseOptions(container, nameOrId, 'container');
}

/**
 * The one container that is meant, running or not.
 *
 * @param asked from {@link parseContainer}
 * @param options `foreign`: also one that Slipway did not start
 * @throws {SlipwayError} `NOT_MANAGED` when none or several match
 */
export async function findContainer(
  engine: Engine,
  asked: string,
  options: { readonly foreign: boolean; readonly signal?: AbortSignal | undefined },
): Promise<ContainerSummary> {
  const all = await engine.containers.list({ all: true, signal: options.signal });
  const found = all
    .filter((one) => options.foreign || one.managed)
    .filter((one) => isNamed(one, asked));
  const [target] = found;
  // Two containers under one prefix: neither is meant for certain.
  if (target === undefined || found.length > 1) throw notManaged(asked);
  return target;
}

/** The engine itself takes one digit as a prefix, and would give a stranger. */
function isNamed(one: ContainerSummary, asked: string): boolean {
  return one.name === asked || (/^[0-9a-f]{12,64}$/.test(asked) && one.id.startsWith(asked));
}

function notManaged(asked: string): SlipwayError<'NOT_MANAGED'> {
  return new SlipwayError('NOT_MANAGED', {
    message: `Refused: no container started by Slipway matches "${asked}".`,
    hint: 'Containers started elsewhere are left alone. See the list of running containers.',
    context: { container: asked },
  });
}

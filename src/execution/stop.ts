import { z } from 'zod';
import { SlipwayError } from '../core/errors.js';
import { STOPPING } from '../core/limits.js';
import { parseOptions } from '../core/options.js';
import type { ConnectEngine, ContainerSummary } from '../engine/ports.js';
import type { Policy } from '../policy/policy.js';
import type { ActiveRuns } from './active-runs.js';
import type { StopContainerOptions, StoppedContainer } from './types.js';

const NAME_RULE = 'must be a container name, or 12 to 64 hexadecimal digits of an id';

const container = z
  .string()
  .max(255, NAME_RULE)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, NAME_RULE);

const stopOptions = z.strictObject({
  graceMs: z
    .number()
    .int('must be whole milliseconds')
    .min(0, 'must be at least 0')
    .max(300_000, 'must be at most 300000 ms')
    .default(STOPPING.stopGraceMs),
  signal: z.instanceof(AbortSignal).optional(),
});

export interface StopDependencies {
  readonly connect: ConnectEngine;
  readonly policy: Policy;
  readonly active: ActiveRuns;
}

/** See `DockerExecutor.stopContainer`. */
export async function stopByName(
  { connect, policy, active }: StopDependencies,
  nameOrId: string,
  options: StopContainerOptions,
): Promise<StoppedContainer> {
  const asked = parseOptions(container, nameOrId, 'container');
  const { graceMs, signal } = parseOptions(stopOptions, options, 'options');
  const engine = await connect(signal);
  const all = await engine.containers.list({ all: true, signal });
  const found = all
    .filter((one) => policy.manage.stopForeign || one.managed)
    .filter((one) => isNamed(one, asked));
  const [target] = found;
  // Two containers under one prefix: neither is meant for certain.
  if (target === undefined || found.length > 1) throw notManaged(asked);
  active.find(target.id)?.markStopped();
  const stopped = await engine.containers.stop(target.id, { graceMs, signal });
  return { containerId: target.id, alreadyStopped: !stopped };
}

/** The engine itself takes one digit as a prefix, and would stop a stranger. */
function isNamed(one: ContainerSummary, asked: string): boolean {
  return one.name === asked || (/^[0-9a-f]{12,64}$/.test(asked) && one.id.startsWith(asked));
}

function notManaged(asked: string): SlipwayError<'NOT_MANAGED'> {
  return new SlipwayError('NOT_MANAGED', {
    message: `Refused: no container started by Slipway matches "${asked}".`,
    hint: 'Containers started elsewhere are not stopped here. See the list of running containers.',
    context: { container: asked },
  });
}

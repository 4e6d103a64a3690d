import { z } from 'zod';
import { STOPPING } from '../core/limits.js';
import { parseOptions } from '../core/options.js';
import type { ConnectEngine } from '../engine/ports.js';
import type { Policy } from '../policy/policy.js';
import type { ActiveRuns } from './active-runs.js';
import type { DetachedContainers } from './detached-containers.js';
import { findContainer, parseContainer } from './find-container.js';
import type { StopContainerOptions, StoppedContainer } from './types.js';

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
  readonly detached: DetachedContainers;
}

/** See `DockerExecutor.stopContainer`. */
export async function stopByName(
  { connect, policy, active, detached }: StopDependencies,
  nameOrId: string,
  options: StopContainerOptions,
): Promise<StoppedContainer> {
  const asked = parseContainer(nameOrId);
  const { graceMs, signal } = parseOptions(stopOptions, options, 'options');
  const engine = await connect(signal);
  const { id } = await findContainer(engine, asked, { foreign: policy.manage.stopForeign, signal });
  active.find(id)?.markStopped();
  const stopped = await engine.containers.stop(id, { graceMs, signal });
  await detached.remove(id);
  return { containerId: id, alreadyStopped: !stopped };
}

/** A run in a container of its own, made for it and removed after it. */
import { FreshLaunch } from './fresh-launch.js';
import type { OwnedContainerDependencies } from './owned-container.js';
import type { ContainerSpec, RunObserver, RunOutcome } from './ports.js';
import { runContainer } from './run-container.js';

/** One call of `ContainerRuntime.run`. */
export interface RunCall {
  readonly spec: ContainerSpec;
  readonly observer: RunObserver;
  readonly signal: AbortSignal | undefined;
}

/** @param reason why it is not a container that waited; null where none is ever kept */
export function runFresh(
  dependencies: OwnedContainerDependencies,
  { spec, observer, signal }: RunCall,
  reason: string | null = null,
): Promise<RunOutcome> {
  const own = { ...dependencies, transport: dependencies.transport.forOneRun() };
  const launch = new FreshLaunch(own, spec, reason);
  return runContainer({ ...own, launch }, spec, observer, signal);
}

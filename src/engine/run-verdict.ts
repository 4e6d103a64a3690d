/** What the engine's last word about a container means. */
import { SlipwayError } from '../core/errors.js';
import type { AppliedLimits, ContainerSpec } from './ports.js';
import type { InspectedContainer } from './replies.js';

const SIGKILL_EXIT = 137;

/** An engine notices that memory ran out only from shortly after the start of a program on. */
const UNNOTICED_MS = 1000;

/**
 * Was memory the reason? The engine's flag, and its event, also come when only a child was killed
 * and the program itself ended with 0. Where the engine says nothing, a SIGKILL that nobody of
 * ours sent counts under a memory limit, unless it would have said so.
 *
 * @param heard what the engine told of it; `killed`: somebody had the engine send SIGKILL
 */
export function ranOutOfMemory(
  facts: InspectedContainer,
  killedByUs: boolean,
  heard: 'oom' | 'killed' | 'nothing' | 'unheard',
): boolean {
  if (facts.State.OOMKilled || heard === 'oom') return true;
  if (killedByUs || heard === 'killed' || !mayHaveRunOutOfMemory(facts)) return false;
  const { StartedAt: from, FinishedAt: to } = facts.State;
  return heard === 'unheard' || Date.parse(to) - Date.parse(from) < UNNOTICED_MS;
}

/** Ended by SIGKILL, under a memory limit. */
export function mayHaveRunOutOfMemory({
  State: state,
  HostConfig: host,
}: InspectedContainer): boolean {
  return state.ExitCode === SIGKILL_EXIT && host.Memory > 0;
}

/**
 * SIGKILL, SIGTERM, what an engine writes for a container whose end it did not see, and what was
 * seen of a shell that a stopping engine cut off from its output.
 */
const ENDED_WITH_ENGINE: readonly number[] = [SIGKILL_EXIT, 143, 255, 2];

/** An engine that stops or dies ends its containers; they look as if they had ended by themselves. */
export function mayBeEndedByEngine({ State: state }: InspectedContainer): boolean {
  return !state.OOMKilled && isEndOfEngine(state.ExitCode);
}

/** An exit code that programs also have when their engine ends them. */
export function isEndOfEngine(exitCode: number): boolean {
  return ENDED_WITH_ENGINE.includes(exitCode);
}

/** The limits in force, from the engine's own record. */
export function appliedLimits(facts: InspectedContainer, spec: ContainerSpec): AppliedLimits {
  const host = facts.HostConfig;
  const fromQuota = host.CpuPeriod > 0 ? host.CpuQuota / host.CpuPeriod : 0;
  return {
    memoryBytes: host.Memory,
    cpus: host.NanoCpus > 0 ? host.NanoCpus / 1e9 : fromQuota,
    pids: host.PidsLimit,
    timeoutMs: spec.timeoutMs,
    networkMode: host.NetworkMode,
    readOnlyRoot: host.ReadonlyRootfs,
    user: facts.Config.User,
  };
}

/**
 * An engine whose kernel lacks a control group creates the container without the limit and only
 * warns. Slipway does not run what it cannot limit.
 */
export function refuseDiscardedLimits(warnings: readonly string[]): void {
  const discarded = warnings.find((warning) =>
    /discarded|not support.*limit|limit.*not support/i.test(warning),
  );
  if (discarded === undefined) return;
  throw new SlipwayError('ENGINE_CANNOT_ENFORCE', {
    message: `The container engine cannot enforce a limit: ${discarded}`,
    hint: "Enable the control group on the engine's host (or use another engine). Nothing was run.",
    context: { limit: discarded },
  });
}

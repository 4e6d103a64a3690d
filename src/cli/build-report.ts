import type { BuildPlan } from '../core/build-plan.js';
import { isSlipwayError } from '../core/errors.js';
import { stripControl } from '../core/text.js';
import type { BuildResult, BuildStatus } from '../build/types.js';
import type { ProbeResult } from '../probe/types.js';
import type { Published } from './publish.js';

/** What `slipway build --json` prints. */
export interface BuildReport {
  readonly status: BuildStatus;
  readonly imageTag: string | null;
  readonly imageId: string | null;
  /** As a registry confirmed it. */
  readonly digest: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly buildTimeMs: number | null;
  readonly cached: boolean;
  readonly plan: BuildPlan | null;
  readonly probe: ProbeReport | null;
  readonly warnings: readonly string[];
  readonly dockerfile: string | null;
  /** `repository` or `generated`. */
  readonly dockerfileSource: string | null;
}

interface ProbeReport {
  readonly era: string | null;
  readonly protocolVersion: string | null;
  readonly transport: string | null;
  readonly tools: readonly string[];
  readonly missing: readonly string[];
  readonly reason: string | null;
  readonly stderrTail: string;
}

export function buildReport(
  result: BuildResult,
  pushed: Pick<Published, 'digest' | 'warnings'>,
): BuildReport {
  const { status, imageTag, imageId, size, cached, plan, dockerfile } = result;
  return {
    status,
    imageTag,
    imageId: imageTag === null ? null : imageId,
    digest: pushed.digest ?? result.digest,
    size,
    buildTimeMs: result.buildTime,
    cached,
    plan,
    probe: result.probe === null ? null : probeReport(result.probe),
    warnings: [...result.warnings, ...pushed.warnings],
    dockerfile,
    dockerfileSource: result.source.kind,
  };
}

function probeReport(probe: ProbeResult): ProbeReport {
  const { era, protocolVersion, missing, reason, stderrTail } = probe;
  return {
    era,
    protocolVersion,
    transport: probe.transport.kind,
    tools: probe.tools.map(({ name }) => name),
    missing,
    reason,
    stderrTail,
  };
}

/** What was heard of a build that ended with an error. */
export interface HeardOfBuild {
  readonly plan: BuildPlan | null;
  readonly dockerfile: string | null;
  readonly dockerfileSource: string | null;
  readonly warnings: readonly string[];
}

const NO_IMAGE = {
  imageTag: null,
  imageId: null,
  digest: null,
  size: null,
  buildTimeMs: null,
  cached: false,
} as const;

/** The verdict that an error is; undefined for an error that says nothing about the repository. */
export function buildFailureReport(error: unknown, heard: HeardOfBuild): BuildReport | undefined {
  const verdict = (status: BuildStatus, reason: string, log = ''): BuildReport => ({
    status,
    ...NO_IMAGE,
    ...heard,
    probe: failedProbe(reason, log),
  });
  if (isSlipwayError(error, 'NOT_A_SERVER')) return verdict('unsupported', error.message);
  if (isSlipwayError(error, 'BUILD_FAILED')) {
    return verdict('broken', error.message, stripControl(error.context.log));
  }
  const isRefused = isSlipwayError(error, 'BUILD_REFUSED') || isSlipwayError(error, 'PULL_FAILED');
  return isRefused ? verdict('broken', error.message) : undefined;
}

function failedProbe(reason: string, stderrTail: string): ProbeReport {
  const none = { era: null, protocolVersion: null, transport: null, tools: [], missing: [] };
  return { ...none, reason, stderrTail };
}

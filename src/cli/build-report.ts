import type { BuildPlan } from '../core/build-plan.js';
import { isSlipwayError } from '../core/errors.js';
import { stripControl } from '../core/text.js';
import type { BuildResult, BuildStatus } from '../build/types.js';
import type { ProbeResult } from '../probe/types.js';

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

export function buildReport(result: BuildResult, pushed: string | null): BuildReport {
  const { status, imageTag, imageId, size, cached, plan, dockerfile, warnings } = result;
  return {
    status,
    imageTag,
    imageId: imageTag === null ? null : imageId,
    digest: pushed ?? result.digest,
    size,
    buildTimeMs: result.buildTime,
    cached,
    plan,
    probe: result.probe === null ? null : probeReport(result.probe),
    warnings,
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

const NOTHING = {
  imageTag: null,
  imageId: null,
  digest: null,
  size: null,
  buildTimeMs: null,
  cached: false,
  plan: null,
  warnings: [],
  dockerfile: null,
  dockerfileSource: null,
} as const;

/** The verdict that an error is; undefined for an error that says nothing about the repository. */
export function buildFailureReport(error: unknown): BuildReport | undefined {
  if (isSlipwayError(error, 'NOT_A_SERVER')) {
    return { ...NOTHING, status: 'unsupported', probe: failedProbe(error.message, '') };
  }
  if (isSlipwayError(error, 'BUILD_FAILED')) {
    const tail = stripControl(error.context.log);
    return { ...NOTHING, status: 'broken', probe: failedProbe(error.message, tail) };
  }
  const isVerdict = isSlipwayError(error, 'BUILD_REFUSED') || isSlipwayError(error, 'PULL_FAILED');
  if (!isVerdict) return undefined;
  return { ...NOTHING, status: 'broken', probe: failedProbe(error.message, '') };
}

function failedProbe(reason: string, stderrTail: string): ProbeReport {
  const none = { era: null, protocolVersion: null, transport: null, tools: [], missing: [] };
  return { ...none, reason, stderrTail };
}

import { SlipwayError } from '../core/errors.js';
import { quoteValue } from '../core/options.js';
import { formatBytes, formatDuration } from '../core/units.js';
import { matchesAny, namesPrivateHost } from './image-pattern.js';
import type { Policy } from './policy.js';
import { refused, type Denial } from './refusal.js';
import type { RequestedImage, RunPlan, RunRequest } from './request.js';
import { resourceDenial } from './resource-rules.js';

export type Decision =
  | { readonly permitted: true; readonly plan: RunPlan }
  | { readonly permitted: false; readonly denial: Denial };

/**
 * The one decision: may this request run, and with which numbers? Pure, and the last reader of
 * the raw request. Above a maximum it refuses and names it; it never lowers silently.
 */
export function decide(policy: Policy, request: RunRequest): Decision {
  const denial =
    imageDenial(policy, request.image) ??
    runDenial(policy, request) ??
    limitDenial(policy, request) ??
    resourceDenial(policy, request.resources, request.variables);
  return denial === undefined
    ? { permitted: true, plan: plan(policy, request) }
    : { permitted: false, denial };
}

function plan(policy: Policy, request: RunRequest): RunPlan {
  const { limits, run } = policy;
  return {
    memoryBytes: request.memoryBytes ?? limits.memoryBytes.default,
    cpus: request.cpus ?? limits.cpus.default,
    cpusAsked: request.cpus !== undefined,
    pids: request.pids ?? limits.pids.default,
    shmBytes: request.shmBytes ?? limits.shmBytes.default,
    timeoutMs: request.timeoutMs ?? limits.timeoutMs.default,
    networkMode: request.networkMode ?? policy.network.default,
    readOnlyRoot: run.readOnlyRoot || request.readOnly === true,
    user: run.user ?? request.user,
    tmpfs: withTmp(request.tmpfs, run.tmpBytes),
    volumeBytes: limits.volumeBytes,
    producedBytes: limits.producedBytes,
    resources: {
      ...request.resources,
      runtime: run.runtime ?? undefined,
      capabilities: run.capabilities,
    },
  };
}

function withTmp(tmpfs: RunRequest['tmpfs'], tmpBytes: number): RunRequest['tmpfs'] {
  const asked = tmpfs.some((mount) => mount.path === '/tmp');
  return tmpBytes === 0 || asked ? tmpfs : [...tmpfs, { path: '/tmp', sizeBytes: tmpBytes }];
}

/** Why an image may not be used, also as the base of another one; undefined when it may. */
export function imageDenial(policy: Policy, image: RequestedImage | undefined): Denial | undefined {
  if (image === undefined) return undefined;
  const { allow, deny } = policy.images;
  const denied = matchesAny(deny, image.canonical);
  const literal = image.registry !== undefined && namesPrivateHost(image.registry);
  if (!denied && matchesAny(allow, image.canonical, { literalRegistry: literal })) return undefined;
  return refused({
    rule: denied ? 'images.deny' : 'images.allow',
    what: `image ${quoteValue(image.familiar)} is not permitted on this server`,
    requested: image.familiar,
    allowed: allow.join(', '),
    instead: 'use a permitted image instead',
  });
}

function runDenial(policy: Policy, request: RunRequest): Denial | undefined {
  const { networkMode, user, readOnly } = request;
  const { modes } = policy.network;
  if (networkMode !== undefined && !modes.includes(networkMode)) {
    return refused({
      rule: 'network.modes',
      what: `network mode ${quoteValue(networkMode)} is not permitted on this server`,
      requested: networkMode,
      allowed: modes.join(', '),
      instead: modes.includes('none')
        ? 'run without network instead'
        : 'use a permitted mode instead',
    });
  }
  if (policy.run.readOnlyRoot && readOnly === false) {
    return refused({
      rule: 'run.readOnlyRoot',
      what: 'a writable root file system is not permitted on this server',
      requested: 'false',
      allowed: 'true',
      instead: 'write to /tmp instead',
    });
  }
  if (policy.run.user === null || user === undefined || user === policy.run.user) return undefined;
  return refused({
    rule: 'run.user',
    what: `user ${quoteValue(user)} is not permitted on this server`,
    requested: user,
    allowed: policy.run.user,
    instead: 'leave the user out instead',
  });
}

interface LimitRow {
  readonly rule: string;
  readonly what: string;
  readonly requested: number | undefined;
  readonly max: number;
  readonly show: (value: number) => string;
}

function limitDenial({ limits }: Policy, request: RunRequest): Denial | undefined {
  const largest = Math.max(0, ...request.tmpfs.map((mount) => mount.sizeBytes));
  const row = (
    name: 'memoryBytes' | 'cpus' | 'pids' | 'shmBytes' | 'timeoutMs',
    what: string,
    show: LimitRow['show'],
  ) => ({
    rule: `limits.${name}.max`,
    what,
    requested: request[name],
    max: limits[name].max,
    show,
  });
  const rows: readonly LimitRow[] = [
    row('memoryBytes', 'memory', formatBytes),
    row('cpus', 'cpus', String),
    row('pids', 'pids', String),
    row('shmBytes', '/dev/shm of', formatBytes),
    row('timeoutMs', 'a timeout of', formatDuration),
    {
      rule: 'limits.tmpfsBytes',
      what: 'a tmpfs of',
      requested: largest,
      max: limits.tmpfsBytes,
      show: formatBytes,
    },
  ];
  const broken = rows.find(({ requested, max }) => requested !== undefined && requested > max);
  return broken === undefined ? undefined : tooMuch(broken);
}

function tooMuch({
  rule,
  what,
  requested = 0,
  max,
  show,
}: LimitRow): SlipwayError<'LIMIT_EXCEEDED'> {
  return new SlipwayError('LIMIT_EXCEEDED', {
    message: `Refused: ${what} ${show(requested)} is above this server's maximum of ${show(max)}.`,
    hint: `Ask for ${show(max)} or less.`,
    context: { rule, requested: show(requested), allowed: show(max) },
  });
}

/**
 * What the operator permits. A caller asks, the operator permits, and `decide` decides once.
 */
import type { z } from 'zod';
import { SlipwayError } from '../core/errors.js';
import { parseOptions } from '../core/options.js';
import { overrides } from './policy-schema.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** A number with the value taken when the caller names none, and the most a caller may ask for. */
export interface Bounded {
  readonly default: number;
  readonly max: number;
}

/** Everything the operator may set. Sizes in bytes, times in milliseconds. */
export interface Policy {
  readonly images: {
    /**
     * Patterns on the full name (`docker.io/library/python:3.13`); `*` stands for any characters
     * but `/`, a lone `*` for every image. A registry that is an IP address or `localhost` has to
     * be written out.
     */
    readonly allow: readonly string[];
    /** As `allow`; wins over it. */
    readonly deny: readonly string[];
  };
  readonly network: {
    /** What a caller may choose from. */
    readonly modes: readonly string[];
    readonly default: string;
  };
  readonly repositories: {
    /** Hosts to clone from; an entry may carry `http://` and a port: `http://127.0.0.1:8080`. */
    readonly hosts: readonly string[];
  };
  readonly build: {
    /** Which Dockerfile is tried where the caller does not say; see `DockerfilePreference`. */
    readonly prefer: 'auto' | 'repository' | 'generated';
  };
  readonly limits: {
    readonly memoryBytes: Bounded;
    readonly cpus: Bounded;
    readonly pids: Bounded;
    readonly shmBytes: Bounded;
    readonly timeoutMs: Bounded;
    readonly buildTimeoutMs: Bounded;
    /** Memory of a build. */
    readonly buildMemoryBytes: number;
    /** Each tmpfs a caller asks for. */
    readonly tmpfsBytes: number;
    /** The tmpfs over each VOLUME an image declares. */
    readonly volumeBytes: number;
    /** Output after which a run is ended. */
    readonly producedBytes: number;
  };
  readonly run: {
    readonly readOnlyRoot: boolean;
    /** `uid:gid` of every run; null takes the image's user, and lets a caller choose. */
    readonly user: string | null;
    /** Size of a tmpfs on /tmp in every run; 0 for none. */
    readonly tmpBytes: number;
    /** The engine's runtime for every run (`runsc`); null for its default. Never falls back. */
    readonly runtime: string | null;
    /** Linux capabilities of every run, e.g. `NET_BIND_SERVICE`. */
    readonly capabilities: readonly string[];
  };
  readonly resources: {
    /** Addresses of the host on which ports may be published. */
    readonly publishAddresses: readonly string[];
    /** Volumes that outlive a run. They have no size limit. */
    readonly namedVolumes: boolean;
    /** Folders of the host, links resolved, that may be mounted with what is below them. */
    readonly mountRoots: readonly string[];
    readonly writableMounts: boolean;
    readonly gpus: boolean;
  };
  readonly environment: {
    /** Names of variables that a caller must not set. */
    readonly deny: readonly string[];
  };
  readonly load: {
    /** Runs at once. */
    readonly concurrency: number;
    /** Runs that may wait. */
    readonly queue: number;
    /** Detached containers that are not removed yet. They take no place of a run. */
    readonly detached: number;
  };
  readonly manage: {
    /** List containers that Slipway did not start. */
    readonly listForeign: boolean;
    /** Stop containers that Slipway did not start. */
    readonly stopForeign: boolean;
    /** Read log and use of containers that Slipway did not start. Logs often hold secrets. */
    readonly observeForeign: boolean;
  };
}

/** Variables that make a program load or run something else than it says. */
const PROGRAM_CHANGING_VARIABLES = [
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'BASH_ENV',
  'ENV',
  'NODE_OPTIONS',
  'PYTHONSTARTUP',
  'PATH',
  'DOCKER_HOST',
];

/** The preset for one's own machine: no network unless asked for, limits on everything. */
const STANDARD: Policy = {
  images: { allow: ['*'], deny: [] },
  network: { modes: ['none', 'bridge'], default: 'none' },
  repositories: { hosts: ['github.com', 'gitlab.com', 'codeberg.org', 'bitbucket.org'] },
  build: { prefer: 'auto' },
  limits: {
    memoryBytes: { default: 2 * GIB, max: 2 * GIB },
    cpus: { default: 2, max: 2 },
    pids: { default: 512, max: 512 },
    shmBytes: { default: 64 * MIB, max: 512 * MIB },
    timeoutMs: { default: 300_000, max: 3_600_000 },
    buildTimeoutMs: { default: 600_000, max: 3_600_000 },
    buildMemoryBytes: 2 * GIB,
    tmpfsBytes: GIB,
    volumeBytes: 256 * MIB,
    producedBytes: 4 * GIB,
  },
  run: { readOnlyRoot: false, user: null, tmpBytes: 0, runtime: null, capabilities: [] },
  resources: {
    publishAddresses: ['127.0.0.1', '::1'],
    namedVolumes: true,
    mountRoots: [],
    writableMounts: false,
    gpus: false,
  },
  environment: { deny: [] },
  load: { concurrency: 4, queue: 100, detached: 8 },
  manage: { listForeign: true, stopForeign: false, observeForeign: false },
};

/** The preset for code from strangers: nobody's user, read-only root, a tenth of the time. */
const STRICT: Policy = {
  ...STANDARD,
  network: { modes: ['none'], default: 'none' },
  limits: {
    ...STANDARD.limits,
    memoryBytes: { default: 512 * MIB, max: 2 * GIB },
    cpus: { default: 1, max: 1 },
    pids: { default: 128, max: 128 },
    shmBytes: { default: 16 * MIB, max: 64 * MIB },
    timeoutMs: { default: 30_000, max: 300_000 },
    tmpfsBytes: 64 * MIB,
    volumeBytes: 64 * MIB,
    producedBytes: 64 * MIB,
  },
  run: { ...STANDARD.run, readOnlyRoot: true, user: '65534:65534', tmpBytes: 64 * MIB },
  resources: { ...STANDARD.resources, publishAddresses: [], namedVolumes: false },
  environment: { deny: PROGRAM_CHANGING_VARIABLES },
  manage: { listForeign: false, stopForeign: false, observeForeign: false },
};

export const PRESETS = { standard: STANDARD, strict: STRICT } as const;

export type PresetName = keyof typeof PRESETS;

/** What an operator may write: a preset and what differs from it. Sizes also as `"512m"`. */
export type PolicyOptions = z.input<typeof overrides>;

/**
 * The policy in force.
 *
 * @param options a preset's name, or a preset with what differs from it
 * @default standard
 * @throws {SlipwayError} `INVALID_INPUT` for an unknown key, a bad unit, or a default above its maximum
 */
export function resolvePolicy(options: PresetName | PolicyOptions = 'standard'): Policy {
  const given = typeof options === 'string' ? { preset: options } : options;
  const parsed = parseOptions(overrides, given, 'policy');
  const base = PRESETS[parsed.preset ?? 'standard'];
  const policy: Policy = {
    images: merged(base.images, parsed.images),
    network: merged(base.network, parsed.network),
    repositories: merged(base.repositories, parsed.repositories),
    build: merged(base.build, parsed.build),
    limits: mergedLimits(base.limits, parsed.limits),
    run: merged(base.run, parsed.run),
    resources: merged(base.resources, parsed.resources),
    environment: merged(base.environment, parsed.environment),
    load: merged(base.load, parsed.load),
    manage: merged(base.manage, parsed.manage),
  };
  refuseContradictions(policy);
  return policy;
}

/**
 * A policy that was read from somewhere, checked as a whole.
 *
 * @throws {SlipwayError} as {@link resolvePolicy}
 */
export function parsePolicyOptions(value: unknown): PolicyOptions {
  const options = parseOptions(overrides, value, 'policy');
  resolvePolicy(options);
  return options;
}

type Partially<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** `base` with the parts that are given. Both were built here, not by a caller. */
function merged<T extends object>(base: T, given: Partially<T> | undefined): T {
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(set) };
}

function mergedLimits(
  base: Policy['limits'],
  given: z.output<typeof overrides>['limits'],
): Policy['limits'] {
  const {
    memoryBytes,
    cpus: cpuLimit,
    pids,
    shmBytes,
    timeoutMs,
    buildTimeoutMs,
    ...plain
  } = given ?? {};
  return {
    ...merged(base, plain),
    memoryBytes: merged(base.memoryBytes, memoryBytes),
    cpus: merged(base.cpus, cpuLimit),
    pids: merged(base.pids, pids),
    shmBytes: merged(base.shmBytes, shmBytes),
    timeoutMs: merged(base.timeoutMs, timeoutMs),
    buildTimeoutMs: merged(base.buildTimeoutMs, buildTimeoutMs),
  };
}

function refuseContradictions(policy: Policy): void {
  for (const [name, value] of Object.entries(policy.limits)) {
    if (typeof value === 'object' && value.max < value.default) {
      throw contradiction(
        `policy.limits.${name}.max`,
        `must not be below its default (${value.default})`,
        value.max,
      );
    }
  }
  if (!policy.network.modes.includes(policy.network.default)) {
    const rule = `must be one of network.modes (${policy.network.modes.join(', ')})`;
    throw contradiction('policy.network.default', rule, policy.network.default);
  }
}

function contradiction(field: string, rule: string, value: unknown): SlipwayError<'INVALID_INPUT'> {
  return new SlipwayError('INVALID_INPUT', {
    message: `${field} ${rule}; got ${JSON.stringify(value)}.`,
    hint: 'Correct the policy. Slipway does not start with one that contradicts itself.',
    context: { field, rule, value: JSON.stringify(value) },
  });
}

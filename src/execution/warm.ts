/** The option `warm`: containers that are started ahead of time. */
import { z } from 'zod';
import { INPUT_LIMITS } from '../core/limits.js';
import { parseOptions } from '../core/options.js';
import { byteSize } from '../core/units.js';
import type { Parking } from '../engine/ports.js';
import type { Policy } from '../policy/policy.js';

/** The most containers that can be asked to wait: as many processes of the engine do as well. */
export const MOST_PARKED = 200;

/** How many containers wait for runs, and how long. */
export interface WarmOptions {
  /** Images that containers wait for, from the beginning on, for runs with default options. */
  readonly images?: readonly string[] | undefined;
  /** Containers that wait, of all kinds together, 1 to 200. @default 4 */
  readonly containers?: number | undefined;
  /** Bytes, or a size, that they may take while they wait; one counts as 16 MiB. @default 256 MiB */
  readonly memoryBytes?: number | string | undefined;
  /**
   * Milliseconds that one waits unused, 1,000 to 3,600,000; never more than `limits.timeoutMs.max`
   * of the policy. @default 600,000
   */
  readonly idleMs?: number | undefined;
}

export interface Warm {
  readonly parking: Parking;
  readonly images: readonly string[];
}

const MIB = 1024 * 1024;

const options = z.strictObject({
  images: z
    .array(z.string().min(1).max(INPUT_LIMITS.imageReferenceCharacters))
    .max(MOST_PARKED)
    .default([]),
  containers: z.number().int().min(1).max(MOST_PARKED).default(4),
  memoryBytes: byteSize({
    min: 16 * MIB,
    max: 64 * 1024 * MIB,
    what: 'Memory of waiting containers',
  }).default(256 * MIB),
  idleMs: z.number().min(1000).max(3_600_000).default(600_000),
});

/**
 * @param warm `true`, a list of images, or the options; undefined and `false` park none
 * @throws {SlipwayError} `INVALID_INPUT`
 */
export function parseWarm(
  warm: boolean | readonly string[] | WarmOptions | undefined,
): Warm | undefined {
  if (warm === undefined || warm === false) return undefined;
  const wish = warm === true ? {} : Array.isArray(warm) ? { images: warm } : warm;
  const { images, ...parking } = parseOptions(options, wish, 'warm');
  return { parking, images };
}

/**
 * No container waits longer than the longest run that the policy permits: while it waits, a
 * program of its image runs, its shell.
 */
export function withinPolicy(parking: Parking, { limits }: Pick<Policy, 'limits'>): Parking {
  return { ...parking, idleMs: Math.min(parking.idleMs, limits.timeoutMs.max) };
}

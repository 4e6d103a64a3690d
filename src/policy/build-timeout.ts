import { SlipwayError } from '../core/errors.js';
import { formatDuration } from '../core/units.js';
import type { Policy } from './policy.js';

/**
 * Milliseconds for clone and build together.
 *
 * @throws {SlipwayError} `LIMIT_EXCEEDED` above the policy's maximum
 */
export function permittedBuildTimeout({ limits }: Policy, asked: number | undefined): number {
  const { default: usual, max } = limits.buildTimeoutMs;
  const timeoutMs = asked ?? usual;
  if (timeoutMs <= max) return timeoutMs;
  throw new SlipwayError('LIMIT_EXCEEDED', {
    message: `Refused: a build timeout of ${formatDuration(timeoutMs)} is above this server's maximum of ${formatDuration(max)}.`,
    hint: `Ask for ${formatDuration(max)} or less.`,
    context: {
      rule: 'limits.buildTimeoutMs.max',
      requested: formatDuration(timeoutMs),
      allowed: formatDuration(max),
    },
  });
}

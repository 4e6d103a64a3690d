import { z } from 'zod';
import { argvSchema } from '../core/argv.js';
import type { HealthCheck } from '../engine/ports.js';

const ms = (min: number) =>
  z
    .int('must be a whole number of milliseconds')
    .min(min, `must be at least ${min} ms`)
    .max(3_600_000, 'must be at most 3600000 ms');

/** Every check starts a process in the container: no more often than ten times a second. */
export const healthCheckSchema: z.ZodType<HealthCheck> = z.strictObject({
  command: argvSchema,
  intervalMs: ms(100).default(1000),
  timeoutMs: ms(100).default(5000),
  retries: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(100, 'must be at most 100')
    .default(3),
  startPeriodMs: ms(0).default(0),
});

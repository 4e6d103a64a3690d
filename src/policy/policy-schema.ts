/** What an operator may write: a preset, and what differs from it. Unknown keys are errors. */
import { z } from 'zod';
import { byteSize } from '../core/units.js';

const MIB = 1024 ** 2;

const patterns = z.array(z.string().min(1, 'must not be empty')).max(1000);
const count = (max: number) =>
  z.number().int('must be a whole number').min(1, 'must be at least 1').max(max);
const flag = z.boolean();
const size = (min: number, what: string) => byteSize({ min, what });
const bounded = (value: z.ZodType<number, number | string>) =>
  z.strictObject({ default: value, max: value }).partial();
const time = z
  .number()
  .int('must be whole milliseconds')
  .min(1000, 'must be at least 1000 ms')
  .max(86_400_000);
const cpus = z.number().min(0.01, 'must be at least 0.01').max(1024);

/** A part of the policy that replaces the same part of a preset. Unknown keys are errors. */
export const overrides = z.strictObject({
  version: z.literal(1).optional(),
  preset: z.enum(['standard', 'strict']).optional(),
  images: z.strictObject({ allow: patterns, deny: patterns }).partial().optional(),
  network: z
    .strictObject({ modes: patterns.min(1), default: z.string() })
    .partial()
    .optional(),
  repositories: z.strictObject({ hosts: patterns }).partial().optional(),
  build: z
    .strictObject({ prefer: z.enum(['auto', 'repository', 'generated']) })
    .partial()
    .optional(),
  limits: z
    .strictObject({
      memoryBytes: bounded(size(16 * MIB, 'Memory')),
      cpus: bounded(cpus),
      pids: bounded(count(1_000_000)),
      shmBytes: bounded(size(64 * 1024, 'Size of /dev/shm')),
      timeoutMs: bounded(time),
      buildTimeoutMs: bounded(time),
      buildMemoryBytes: size(64 * MIB, 'Memory of a build'),
      tmpfsBytes: size(64 * 1024, 'Size of a tmpfs'),
      volumeBytes: size(64 * 1024, 'Size of a volume'),
      producedBytes: size(1024, 'Output of a run'),
    })
    .partial()
    .optional(),
  run: z
    .strictObject({
      readOnlyRoot: flag,
      user: z
        .string()
        .regex(/^[0-9]+:[0-9]+$/, 'must be "uid:gid" in numbers')
        .nullable(),
      tmpBytes: z.union([z.literal(0), size(64 * 1024, 'Size of /tmp')]),
      runtime: z
        .string()
        .regex(/^[a-zA-Z0-9][\w.-]*$/, 'must be the name of a runtime')
        .nullable(),
      capabilities: z.array(z.string().regex(/^[A-Z_]+$/, 'must be a capability such as NET_RAW')),
    })
    .partial()
    .optional(),
  resources: z
    .strictObject({
      publishAddresses: z.array(z.union([z.ipv4(), z.ipv6()], 'must be an IP address')).max(16),
      namedVolumes: flag,
      mountRoots: z.array(z.string().regex(/^\//, 'must be an absolute path')).max(100),
      writableMounts: flag,
      gpus: flag,
    })
    .partial()
    .optional(),
  environment: z.strictObject({ deny: patterns }).partial().optional(),
  load: z
    .strictObject({ concurrency: count(1000), queue: count(100_000), detached: count(1000) })
    .partial()
    .optional(),
  manage: z
    .strictObject({ listForeign: flag, stopForeign: flag, observeForeign: flag })
    .partial()
    .optional(),
});

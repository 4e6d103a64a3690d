/** Options for what a run may use beside CPU, memory and time. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { invalidInput } from '../core/options.js';
import { containerPath } from '../core/safe-path.js';
import { textRule } from '../core/text.js';
import type { HostMount, RequestedResources } from '../policy/resources.js';

const MAX_PORT = 65_535;
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}$/;
const HOST_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/;
const DEVICE_ID = /^[a-zA-Z0-9][\w.:-]{0,127}$/;

/** `cpu` is not among them: it is the backstop of the timeout. */
const ULIMITS = ['core', 'data', 'fsize', 'memlock', 'nofile', 'nproc', 'rss', 'stack'] as const;

const port = (least: number) =>
  z
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(MAX_PORT, `must be at most ${MAX_PORT}`);

const ulimitValue = z
  .int('must be a whole number')
  .min(0, 'must be at least 0')
  .max(2 ** 40, 'must be at most 1099511627776');

const ulimit = z
  .union(
    [ulimitValue, z.strictObject({ soft: ulimitValue, hard: ulimitValue })],
    'must be a number, or { soft, hard }',
  )
  .transform((value) => (typeof value === 'number' ? { soft: value, hard: value } : value))
  .refine(
    ({ soft, hard }) => soft <= hard,
    'must have a soft limit that is not above the hard one',
  );

const hostPath = z.string().superRefine((value, context) => {
  const rule = path.isAbsolute(value) ? textRule(value) : 'must be an absolute path of the host';
  if (rule !== undefined) context.addIssue({ code: 'custom', message: rule, input: value });
});

/** Part of the schema of a run. */
export const resourceOptions = {
  ports: z
    .array(
      z.strictObject({
        containerPort: port(1),
        hostPort: port(0).default(0),
        hostAddress: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').default('127.0.0.1'),
        protocol: z.enum(['tcp', 'udp'], 'must be "tcp" or "udp"').default('tcp'),
      }),
    )
    .max(64, 'must be at most 64 ports')
    .optional(),
  volumes: z
    .record(
      containerPath,
      z.string().regex(VOLUME_NAME, 'must be a name of letters, digits and "_.-"'),
    )
    .optional(),
  mounts: z
    .array(
      z.strictObject({
        source: hostPath,
        path: containerPath,
        readOnly: z.boolean().default(true),
      }),
    )
    .max(16, 'must be at most 16 mounts')
    .optional(),
  gpus: z
    .union(
      [z.literal('all'), z.array(z.string().regex(DEVICE_ID, 'must be the id of a device')).min(1)],
      'must be "all" or a list of device ids',
    )
    .optional(),
  ulimits: z.partialRecord(z.enum(ULIMITS), ulimit).optional(),
  extraHosts: z
    .record(
      z.string().regex(HOST_NAME, 'must be a host name'),
      z.union([z.ipv4(), z.ipv6(), z.literal('host-gateway')], 'must be an IP address'),
    )
    .optional(),
};

const schema = z.object(resourceOptions);

/** What was asked for, in the words of the policy. */
export function requestedResources(options: z.output<typeof schema>): RequestedResources {
  const { ports = [], volumes = {}, mounts = [], gpus, ulimits = {}, extraHosts = {} } = options;
  return {
    ports,
    volumes: Object.entries(volumes).map(([place, name]) => ({ path: place, name })),
    mounts,
    gpus,
    ulimits: Object.entries(ulimits).map(([name, limit]) => ({ name, ...limit })),
    extraHosts: Object.entries(extraHosts).map(([host, address]) => ({ host, address })),
  };
}

/**
 * The mounts with their links resolved, so that the policy judges the folder that is really
 * mounted. A link that is changed afterwards changes nothing: the engine gets the resolved path.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a source that does not exist
 */
export async function resolveMounts(mounts: readonly HostMount[]): Promise<readonly HostMount[]> {
  return Promise.all(
    mounts.map(async ({ source, path: place, readOnly }) => {
      const real = await realpath(source).catch(() => {
        throw invalidInput(
          'mounts',
          'must name a file or folder that exists on this machine',
          source,
        );
      });
      return { source: real, path: place, readOnly };
    }),
  );
}

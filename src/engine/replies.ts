/**
 * The shapes of engine answers that Slipway reads, and only the fields it reads. Engines differ
 * and omit empty fields, so everything that may be missing has a default; what must be there and
 * is not makes an `ENGINE_LOST`, not a crash later.
 */
import { z } from 'zod';
import { engineLost } from './map-error.js';

const strings = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

export const created = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/), Warnings: strings });

export const inspected = z.object({
  Id: z.string(),
  Name: text,
  State: z.object({
    Status: text,
    Running: z.boolean(),
    OOMKilled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
    ExitCode: count,
    StartedAt: text,
    FinishedAt: text,
    Error: text,
    Health: z
      .object({
        Status: text,
        Log: z
          .array(z.object({ Output: text }))
          .nullish()
          .transform((value) => value ?? []),
      })
      .nullish(),
  }),
  Config: z.object({
    User: text,
    Labels: labels,
    Tty: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
  }),
  HostConfig: z.object({
    Memory: count,
    NanoCpus: count,
    CpuQuota: count,
    CpuPeriod: count,
    PidsLimit: count,
    NetworkMode: text,
    ReadonlyRootfs: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
  }),
});

export type InspectedContainer = z.output<typeof inspected>;

const port = z.object({
  IP: z.string().nullish(),
  PrivatePort: z.number(),
  PublicPort: z.number().nullish(),
  Type: text,
});

export const listed = z.array(
  z.object({
    Id: z.string(),
    Names: strings,
    Image: text,
    State: text,
    Status: text,
    Created: count,
    Labels: labels,
    Ports: z
      .array(port)
      .nullish()
      .transform((value) => value ?? []),
  }),
);

/** Of `GET /containers/{id}/json`: the host's side of the published ports, by `8000/tcp`. */
export const publishedPorts = z.object({
  NetworkSettings: z
    .object({
      Ports: z
        .record(z.string(), z.array(z.object({ HostPort: text })).nullish())
        .nullish()
        .transform((value) => value ?? {}),
    })
    .nullish()
    .transform((value) => value ?? { Ports: {} }),
});

export const listedImages = z.array(
  z.object({ Id: text, RepoTags: strings, Labels: labels, Created: count, Size: count }),
);

/** Of `GET /events`. */
export const engineEvent = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: labels }),
});

export const listedVolumes = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), Labels: labels }))
    .nullish()
    .transform((value) => value ?? []),
});

const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => Object.keys(value ?? {}));

const imageConfig = z.object({
  User: text,
  Entrypoint: strings,
  Cmd: strings,
  Volumes: keys,
  Labels: labels,
  ExposedPorts: keys,
  Env: strings,
  WorkingDir: text,
});

export const image = z.object({
  Id: z.string(),
  RepoDigests: strings,
  Size: count,
  Os: text,
  Architecture: text,
  Variant: text,
  Config: imageConfig.nullish().transform((value) => value ?? imageConfig.parse({})),
});

const counters = z
  .record(z.string(), z.number())
  .nullish()
  .transform((value) => value ?? {});

/** One sample of `GET /containers/{id}/stats`. Engines leave out what their kernel does not count. */
export const stats = z.object({
  read: text,
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: count }),
    system_cpu_usage: count,
    online_cpus: count,
  }),
  memory_stats: z
    .object({ usage: count, limit: count, stats: counters })
    .nullish()
    .transform((value) => value ?? { usage: 0, limit: 0, stats: {} }),
  networks: z
    .record(z.string(), z.object({ rx_bytes: count, tx_bytes: count }))
    .nullish()
    .transform((value) => Object.values(value ?? {})),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z
        .array(z.object({ op: text, value: count }))
        .nullish()
        .transform((value) => value ?? []),
    })
    .nullish()
    .transform((value) => value?.io_service_bytes_recursive ?? []),
  pids_stats: z
    .object({ current: count })
    .nullish()
    .transform((value) => value?.current ?? 0),
});

export const version = z.object({
  Version: text,
  ApiVersion: text,
  MinAPIVersion: text,
  Os: text,
  Arch: text,
  Components: z
    .array(z.object({ Name: text }))
    .nullish()
    .transform((value) => value ?? []),
});

export const info = z.object({ NCPU: count, MemTotal: count, SystemTime: text });

/** Validates an answer. What does not fit is an engine (or something else) we cannot trust. */
export function readReply<S extends z.ZodType>(
  schema: S,
  value: unknown,
  operation: string,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? '' : `${issue.path.map(String).join('.')}: ${issue.message}`;
  throw engineLost(operation, new Error(`unexpected answer: ${where}`));
}

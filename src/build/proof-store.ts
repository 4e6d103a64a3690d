import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { randomName } from '../engine/labels.js';
import { OUT_OF_REACH } from '../probe/out-of-reach.js';
import type { ProbeResult } from '../probe/types.js';

/** What a proof is about: an image, and what its server was given. */
export interface ProofSubject {
  readonly imageId: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

/** Remembers which images answered, so that an unchanged one need not be started again. */
export interface ProofStore {
  /** Undefined when it is not known, or not any more. */
  find(subject: ProofSubject): Promise<ProbeResult | undefined>;
  /**
   * Kept is what works, and what names an input that is missing: whatever else came of a probe may
   * have had a reason outside of the image.
   */
  keep(subject: ProofSubject, probe: ProbeResult): Promise<void>;
}

/** After this many milliseconds a server is asked again. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** More than this is not kept: the newest are. */
const KEPT_COUNT = 1000;

/**
 * Proofs as files of a folder that only its owner can read, named by a hash: neither a variable's
 * value nor an argument is in them. A file that cannot be read or written is no failure, it only
 * means to ask the server again.
 */
export function proofStore(folder: string): ProofStore {
  return {
    find: async (subject) => read(join(folder, fileOf(subject))).catch(() => undefined),
    keep: async (subject, probe) => {
      if (!isLasting(probe)) return;
      await write(folder, fileOf(subject), probe).catch(() => undefined);
    },
  };
}

/** A service that could not be reached may be there by now. */
function isLasting({ status, missing, reason }: ProbeResult): boolean {
  if (status === 'works') return true;
  return (
    status === 'needs_config' && missing.length > 0 && !(reason ?? '').startsWith(OUT_OF_REACH)
  );
}

function fileOf({ imageId, env, args }: ProofSubject): string {
  const variables = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([imageId, variables, args]);
  return `${createHash('sha256').update(text).digest('hex')}.json`;
}

async function read(file: string): Promise<ProbeResult | undefined> {
  const { mtimeMs } = await stat(file);
  if (Date.now() - mtimeMs > KEPT_MS) return undefined;
  return probeSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Written beside and moved into place: a reader finds all of it or nothing. */
async function write(folder: string, name: string, probe: ProbeResult): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomName()}.draft`);
  try {
    await writeFile(draft, JSON.stringify(probe), { mode: 0o600, flag: 'wx' });
    await rename(draft, join(folder, name));
  } finally {
    await rm(draft, { force: true });
  }
  await forgetOldest(folder);
}

async function forgetOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= KEPT_COUNT) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(KEPT_COUNT);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
}

const status = z.enum(['works', 'needs_config', 'broken', 'unsupported']);
const text = z.string().nullable();
const transport = z.union([
  z.object({ kind: z.literal('stdio') }),
  z.object({ kind: z.enum(['http', 'sse']), port: z.number(), path: z.string() }),
]);

/** As it was written; a file of another version of Slipway is no proof. */
const probeSchema: z.ZodType<ProbeResult> = z.strictObject({
  status: z.enum(['works', 'needs_config']),
  era: z.enum(['initialize', 'discover']).nullable(),
  protocolVersion: text,
  transport,
  tools: z.array(z.strictObject({ name: z.string(), description: text })),
  missing: z.array(z.string()),
  reason: text,
  stderrTail: z.string(),
  serverInfo: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  start: z.number(),
  tried: z.array(
    z.strictObject({ start: z.number(), transport, status, reason: text, durationMs: z.number() }),
  ),
  durationMs: z.number(),
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { serveRepository } from './git-server.js';
import { generator } from './random.js';

const PROGRAM = fileURLToPath(new URL('full-disk-child.mjs', import.meta.url));
const DISK_BYTES = 24 * 1024 * 1024;
/** Git keeps a file twice: in its pack, and as it is. */
const FILE_BYTES = 2_000_000;

const call = z.object({
  told: z.string(),
  where: z.string().nullable(),
  /** Names in the folder for temporary files, after the answer. */
  left: z.array(z.string()),
  ms: z.number(),
});

const IN_MOUNT_NAMESPACE =
  'mount -t tmpfs -o "size=$1,nr_inodes=500" tmpfs "$TMPDIR" && shift && exec "$@"';

/**
 * Builds from a repository on a disk that has so many bytes free, then with room for no more files,
 * and once with room for all. See `full-disk-child.mjs`.
 */
export async function callsOnSmallDisk(
  rooms: readonly number[],
): Promise<readonly z.output<typeof call>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-disk-'));
  const server = await serveRepository({ files: repository() });
  try {
    const job = JSON.stringify({ repositoryUrl: server.url, host: server.origin, rooms });
    const inside = ['sh', '-c', IN_MOUNT_NAMESPACE, 'sh', String(DISK_BYTES)];
    const child = spawn('unshare', ['--mount', ...inside, process.execPath, PROGRAM, job], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    const [lines] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => call.parse(JSON.parse(line)));
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file that cannot be compressed, and what is built from it. */
function repository(): Record<string, string | Uint8Array> {
  const random = generator(1);
  const noise = Uint8Array.from({ length: FILE_BYTES }, () => random(256));
  return { noise, Dockerfile: 'FROM busybox:1.36\nCMD ["true"]\n' };
}

import { statfs } from 'node:fs/promises';
import type { ReadFailure } from './clone-failure.js';

/** With less than this a disk is full: what git could not write any more is not written. */
const FULL_BELOW_BYTES = 64 * 1024;

/** Git does not always say why it could not write: `unable to write file`. The disk does. */
export async function orDiskFull(failure: ReadFailure, folder: string): Promise<ReadFailure> {
  if (failure.reason !== 'unknown') return failure;
  const room = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  );
  return room < FULL_BELOW_BYTES ? { ...failure, reason: 'disk_full' } : failure;
}

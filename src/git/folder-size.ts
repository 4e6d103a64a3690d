import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { delay } from '../core/deadline.js';

/** What a folder may hold, everything below it counted. */
export interface FolderLimits {
  readonly bytes: number;
  readonly entries: number;
}

/** How often a growing folder is measured. A fast disk writes about 100 MB in this time. */
const INTERVAL_MS = 100;

/** Measures `folder` again and again until it is too large or the signal ends it. */
export async function watchFolder(
  folder: string,
  limits: FolderLimits,
  watch: { readonly signal: AbortSignal; readonly tooLarge: () => void },
): Promise<void> {
  while (!watch.signal.aborted) {
    if (await exceeds(folder, limits)) return watch.tooLarge();
    await delay(INTERVAL_MS, watch.signal);
  }
}

/** Does the folder hold more than the limits? Stops counting as soon as it does. */
export async function exceeds(folder: string, limits: FolderLimits): Promise<boolean> {
  let bytes = 0;
  let entries = 0;
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      entries += 1;
      if (entry.isDirectory()) pending.push(path);
      else bytes += await sizeOf(path);
      if (bytes > limits.bytes || entries > limits.entries) return true;
    }
  }
  return false;
}

/** Git removes its temporary files while we count. */
async function sizeOf(path: string): Promise<number> {
  return (await lstat(path).catch(() => undefined))?.size ?? 0;
}

import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCleanup } from './cleanup.mjs';
import { asRoot, endRunningCommands, run } from './commands.mjs';

/**
 * Gives `work` a folder of its own that is gone afterwards, however `work` ends.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export function withTemporaryFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-engine-'));
  // apt downloads as a user of its own, who must be able to pass through.
  chmodSync(folder, 0o711);
  return withCleanup(
    () => work(folder),
    async () => {
      // After a failure in one of several makes, the others still run.
      await endRunningCommands();
      // As root because mmdebstrap under sudo leaves files of root.
      await run(asRoot(['rm', '-rf', '--one-file-system', folder]));
    },
  );
}

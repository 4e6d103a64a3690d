import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { build, root } from '../support/project.mjs';

/** The program as it is shipped. */
export const SLIPWAY = path.join(root, 'dist', 'bin', 'slipway.js');

/** Compiles `src` when it is newer than what was compiled last. */
export async function ensureBuild() {
  if (existsSync(SLIPWAY) && statSync(SLIPWAY).mtimeMs >= newestSource()) return;
  console.log('> Building');
  await build();
}

/** @returns {number} when the last change of a source file was */
function newestSource() {
  const entries = readdirSync(path.join(root, 'src'), { withFileTypes: true, recursive: true });
  const times = entries.map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}

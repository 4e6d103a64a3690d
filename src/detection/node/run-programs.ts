import type { SourceFile } from './source-files.js';

/** Debian packages of the programs that the files run: git is in no slim image. */
export function programsRunBy(files: readonly SourceFile[]): string[] {
  const uses = files.some(
    (file) => file.imports.includes('simple-git') || SPAWNS_GIT.test(file.text),
  );
  return uses ? ['git'] : [];
}

const SPAWNS_GIT =
  /\b(?:spawn|exec|execFile|execa|spawnSync|execSync|execFileSync)(?:Async)?\(\s{0,40}\[?['"`]git\b/;

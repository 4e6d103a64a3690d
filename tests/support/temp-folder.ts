import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';

/** What goes into a folder: text or bytes, a file with a mode, or a link. */
export type TempFile =
  | string
  | Uint8Array
  | { readonly content: string; readonly mode: number }
  | { readonly symlink: string };

/** Makes folders that are removed at the end of the test. */
export function tempFolders(): (files?: Readonly<Record<string, TempFile>>) => Promise<string> {
  const folders: string[] = [];
  afterEach(async () => {
    await Promise.all(
      folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })),
    );
  });
  return async (files = {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'));
    folders.push(folder);
    for (const [path, file] of Object.entries(files)) await writeTempFile(join(folder, path), file);
    return folder;
  };
}

async function writeTempFile(path: string, file: TempFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (typeof file === 'string' || file instanceof Uint8Array) return writeFile(path, file);
  if ('symlink' in file) return symlink(file.symlink, path);
  await writeFile(path, file.content);
  // Not as an option of writeFile: the umask would take bits away.
  await chmod(path, file.mode);
}

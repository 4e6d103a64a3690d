import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ContainerFile, ContainerSpec } from './ports.js';

interface FileGroup {
  readonly folder: string;
  readonly files: readonly ContainerFile[];
}

/** The files of a container by the volume they lie in; `/` for those that lie in none. */
export function byVolume({ files, volumes }: ContainerSpec): readonly FileGroup[] {
  const folders = files.map((file) => path.posix.dirname(file.path));
  const targets = new Set(folders.map((folder) => (volumes.includes(folder) ? folder : '/')));
  return [...targets].map((target) => ({
    folder: target,
    files: files.filter((_, index) => {
      const folder = folders[index] ?? '/';
      return target === (volumes.includes(folder) ? folder : '/');
    }),
  }));
}

/**
 * The files as an uncompressed tar for `PUT /containers/{id}/archive?path=<folder>`.
 *
 * Only files are in it: the engine makes missing parents by itself, and an entry for a folder
 * that exists would change its mode (/tmp would lose its sticky bit). Uncompressed, because some
 * engines unpack compressed archives with a program found inside the container.
 */
export async function packFiles(folder: string, files: readonly ContainerFile[]): Promise<Buffer> {
  const archive = pack();
  for (const file of files) {
    archive.entry(
      {
        name: path.posix.relative(folder, file.path),
        mode: file.mode,
        uid: 0,
        gid: 0,
        mtime: new Date(0),
        type: 'file',
      },
      Buffer.from(file.content),
    );
  }
  archive.finalize();
  return buffer(archive);
}

import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ContainerFile, ContainerSpec } from './ports.js';
import type { EngineCall } from './transport.js';

/** An engine takes files into a volume of a read-only container, but not past it: one put each. */
export async function putFiles(
  ask: (call: Omit<EngineCall, 'deadlineMs'>) => Promise<unknown>,
  id: string,
  spec: Pick<ContainerSpec, 'files' | 'volumes' | 'writableFolders'>,
): Promise<void> {
  for (const group of byVolume(spec)) {
    await ask({
      method: 'PUT',
      path: `/containers/${id}/archive`,
      operation: 'put files into container',
      query: { path: group.target },
      body: await packFiles(group),
      contentType: 'application/x-tar',
    });
  }
}

interface FileGroup {
  /** A volume, or `/`. */
  readonly target: string;
  readonly files: readonly ContainerFile[];
  /** Folders below it that every user of the container may write to. */
  readonly writableFolders: readonly string[];
}

/** The files and folders of a container by the volume they lie in; `/` for those in none. */
function byVolume({
  files,
  volumes,
  writableFolders,
}: Pick<ContainerSpec, 'files' | 'volumes' | 'writableFolders'>): readonly FileGroup[] {
  const target = (place: string): string =>
    volumes.find((volume) => place.startsWith(`${volume}/`)) ?? '/';
  const places = [...files.map((file) => file.path), ...writableFolders];
  return [...new Set(places.map(target))].map((volume) => ({
    target: volume,
    files: files.filter((file) => target(file.path) === volume),
    writableFolders: writableFolders.filter((folder) => target(folder) === volume),
  }));
}

/**
 * The files as an uncompressed tar for `PUT /containers/{id}/archive?path=<target>`.
 *
 * The engine makes missing parents by itself, and an entry for a folder that exists would change
 * its mode (/tmp would lose its sticky bit): only the folders that are to be writable get one.
 * Uncompressed, because some engines unpack compressed archives with a program found inside the
 * container.
 */
async function packFiles({ target, files, writableFolders }: FileGroup): Promise<Buffer> {
  const archive = pack();
  const common = { uid: 0, gid: 0, mtime: new Date(0) };
  for (const folder of writableFolders) {
    const name = `${path.posix.relative(target, folder)}/`;
    archive.entry({ ...common, name, mode: 0o1777, type: 'directory' });
  }
  for (const file of files) {
    const name = path.posix.relative(target, file.path);
    archive.entry({ ...common, name, mode: file.mode, type: 'file' }, Buffer.from(file.content));
  }
  archive.finalize();
  return buffer(archive);
}

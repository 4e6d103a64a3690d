import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';

export interface UnpackedEntry {
  readonly header: Header;
  readonly content: Buffer;
}

/** The entries of a tar archive, read by another implementation than ours. */
export async function untar(archive: Readable): Promise<readonly UnpackedEntry[]> {
  const entries: UnpackedEntry[] = [];
  for await (const entry of archive.pipe(extract())) {
    entries.push({ header: entry.header, content: await buffer(entry) });
  }
  return entries;
}

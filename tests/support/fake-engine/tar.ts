import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { ProgramFile } from './program.js';

/** The files of an uncompressed tar by their names in it. */
export async function readTar(source: Readable): Promise<ReadonlyMap<string, ProgramFile>> {
  const files = new Map<string, ProgramFile>();
  for await (const entry of source.pipe(extract())) {
    const content = await buffer(entry);
    if (entry.header.type !== 'file') continue;
    files.set(entry.header.name, { content, mode: (entry.header.mode ?? 0o644) & 0o7777 });
  }
  return files;
}

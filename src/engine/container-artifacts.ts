/** Files of a container that has ended, brought back before it is removed. */
import path from 'node:path';
import { extract } from 'tar-stream';
import { ARTIFACT_LIMITS } from '../core/limits.js';
import type { PathPattern } from '../core/path-pattern.js';
import { connectionError, hasStatus } from './map-error.js';
import type { Artifact, Artifacts, OmittedArtifact } from './ports.js';
import type { Transport } from './transport.js';

/**
 * Fetches what the patterns match. Only regular files: a link may point anywhere. What is too
 * large or too many is named with its size instead; a missing path is named too.
 */
export async function collectArtifacts(
  transport: Transport,
  id: string,
  patterns: readonly PathPattern[],
): Promise<Artifacts> {
  const collection = new Collection(patterns);
  const roots = new Set(patterns.map((pattern) => pattern.root));
  for (const root of roots) {
    try {
      await fetchTree(transport, id, root, collection);
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      collection.missing(root);
    }
  }
  return collection;
}

async function fetchTree(
  transport: Transport,
  id: string,
  root: string,
  collection: Collection,
): Promise<void> {
  const operation = 'get files from container';
  const { body } = await transport.stream({
    method: 'GET',
    path: `/containers/${id}/archive`,
    operation,
    query: { path: root },
    deadlineMs: transport.deadlines.archiveMs,
  });
  try {
    for await (const entry of body.pipe(extract())) {
      const place = path.posix.join(path.posix.dirname(root), entry.header.name);
      const { type, size } = entry.header;
      if (type === 'file' && collection.takes(place, size)) {
        collection.add(place, await bytes(entry));
      } else entry.resume();
      if (collection.full) break;
    }
  } catch (error) {
    throw connectionError(error, operation, transport.endpoint);
  } finally {
    body.destroy();
  }
}

async function bytes(entry: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

class Collection implements Artifacts {
  readonly files: Artifact[] = [];
  readonly omitted: OmittedArtifact[] = [];
  readonly #patterns: readonly PathPattern[];
  readonly #seen = new Set<string>();
  #bytes = 0;

  constructor(patterns: readonly PathPattern[]) {
    this.#patterns = patterns;
  }

  /** Names go on being listed up to a bound; then the rest is not even looked at. */
  get full(): boolean {
    return this.#seen.size >= ARTIFACT_LIMITS.entries;
  }

  /** Is the file wanted, and does it fit? One that does not is named. */
  takes(place: string, size: number): boolean {
    const wanted = this.#patterns.some((pattern) => pattern.matches(place));
    if (!wanted || this.#seen.has(place)) return false;
    this.#seen.add(place);
    const tooLarge =
      size > ARTIFACT_LIMITS.fileBytes || this.#bytes + size > ARTIFACT_LIMITS.totalBytes;
    const tooMany = this.files.length >= ARTIFACT_LIMITS.count;
    if (!tooLarge && !tooMany) return true;
    this.omitted.push({ path: place, bytes: size, reason: tooLarge ? 'too_large' : 'too_many' });
    return false;
  }

  add(place: string, content: Buffer): void {
    this.#bytes += content.byteLength;
    this.files.push({ path: place, content });
  }

  /** A path without wildcard that is not there; a pattern that matches nothing is no fault. */
  missing(root: string): void {
    const exact = this.#patterns.some(({ pattern }) => pattern === root);
    if (exact) this.omitted.push({ path: root, bytes: 0, reason: 'not_found' });
  }
}

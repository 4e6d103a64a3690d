import { z } from 'zod';
import { stripControl } from '../core/text.js';
import type { OmittedArtifact } from '../engine/ports.js';
import { type ArtifactContent, type Attachment, isImage } from './artifact-content.js';

/** What the run tools say of a file that was asked for. */
export const artifactSchema = z.object({
  path: z.string(),
  bytes: z.number(),
  mime_type: z.string().nullable(),
  location: z.string().nullable().describe('resource URI or file'),
  omitted: z.string().nullable().describe('why it is not here'),
});

/** A file that is here. */
export interface LocatedArtifact extends ArtifactContent {
  /** The address of its resource; null when there was no room to keep it. */
  readonly uri: string | null;
  /** Where a client finds it: its address or the path of a file; null when it was not kept. */
  readonly location: string | null;
}

/** The list is for finding a file; `artifacts_total` tells when there are more. */
const LISTED = { count: 100, pathCharacters: 20_000 } as const;

/** The files of a run as a list: first those that are here. */
export function artifactList(
  files: readonly LocatedArtifact[],
  omitted: readonly OmittedArtifact[],
): z.output<typeof artifactSchema>[] {
  const entries = [...files.map(hereEntry), ...omitted.map(missingEntry)];
  let room: number = LISTED.pathCharacters;
  return entries.slice(0, LISTED.count).filter(({ path }) => {
    room -= path.length;
    return room >= 0;
  });
}

function hereEntry(file: LocatedArtifact): z.output<typeof artifactSchema> {
  const { path, mimeType, location } = file;
  const omitted = location === null ? 'not_kept' : null;
  return { path, bytes: file.content.byteLength, mime_type: mimeType, location, omitted };
}

function missingEntry(file: OmittedArtifact): z.output<typeof artifactSchema> {
  const { bytes, reason } = file;
  return { path: stripControl(file.path), bytes, mime_type: null, location: null, omitted: reason };
}

/**
 * How much of the files is in the answer itself. Images are for looking at. Text costs the model
 * as much as output does, so it gets as much room. Nobody reads the rest in an answer, but small
 * files save a call. Encoded, all of it is less than 3.2 MiB.
 */
const ATTACHED = {
  count: 20,
  imageBytes: 2 * 1024 * 1024,
  textBytes: 20_000,
  otherBytes: 256 * 1024,
} as const;

/**
 * The files that go into the answer, in their order. A file is in it as a whole or not at all. A
 * resource has to name an address that can be read; an image that was not kept needs none.
 */
export function attachmentsOf(files: readonly LocatedArtifact[]): readonly Attachment[] {
  const { imageBytes: image, textBytes: text, otherBytes: other } = ATTACHED;
  const room: Record<Kind, number> = { image, text, other };
  const fitting = files.filter((file) => {
    const kind = kindOf(file);
    const size = file.content.byteLength;
    if (size === 0 || size > room[kind]) return false;
    if (file.uri === null && kind !== 'image') return false;
    room[kind] -= size;
    return true;
  });
  return fitting.slice(0, ATTACHED.count);
}

type Kind = 'image' | 'text' | 'other';

function kindOf(file: ArtifactContent): Kind {
  if (isImage(file)) return 'image';
  return file.isText ? 'text' : 'other';
}

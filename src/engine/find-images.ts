import { parseImageReference } from './image-reference.js';
import type { ImageSummary } from './ports.js';
import { listedImages, readReply } from './replies.js';
import type { Transport } from './transport.js';

/** What engines put where an image has no name any more. */
const NO_TAG = '<none>:<none>';

/** See `ImageStore.findByLabel`. */
export async function findImages(
  transport: Transport,
  labels: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<readonly ImageSummary[]> {
  const operation = 'list images';
  const wanted = Object.entries(labels);
  const label = wanted.map(([name, value]) => `${name}=${value}`);
  const reply = await transport.json({
    method: 'GET',
    path: '/images/json',
    operation,
    query: { filters: JSON.stringify({ label }) },
    deadlineMs: transport.deadlines.queryMs,
    signal,
  });
  return readReply(listedImages, reply, operation)
    .map((image) => ({
      id: image.Id,
      tags: image.RepoTags.filter((tag) => tag !== NO_TAG).map(familiarName),
      labels: image.Labels,
      createdAt: new Date(image.Created * 1000),
      sizeBytes: image.Size,
    }))
    .filter((image) => wanted.every(([name, value]) => image.labels[name] === value))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

/** As people write it: Podman gives every name in full. */
function familiarName(tag: string): string {
  try {
    return parseImageReference(tag).familiar;
  } catch {
    return tag;
  }
}

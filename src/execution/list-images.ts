import { parseImageReference } from '../engine/image-reference.js';
import type { ImageSummary } from '../engine/ports.js';
import { imageDenial } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';

/** The images that a run may be started from, each with the names by which it may. */
export function permittedImages(
  policy: Policy,
  images: readonly ImageSummary[],
): readonly ImageSummary[] {
  return images
    .map((image) => ({ ...image, tags: image.tags.filter((tag) => isPermitted(policy, tag)) }))
    .filter((image) => image.tags.length > 0);
}

/** A name that is not even one cannot be asked for. */
function isPermitted(policy: Policy, tag: string): boolean {
  try {
    const image = parseImageReference(tag);
    return image.kind === 'name' && imageDenial(policy, image) === undefined;
  } catch {
    return false;
  }
}

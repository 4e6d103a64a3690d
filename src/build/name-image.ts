import type { Logger } from '../core/logger.js';
import type { Engine, ImageFacts } from '../engine/ports.js';
import { BUILD_KEY_LABEL } from './build-key.js';

/**
 * Gives an image its name. The image that had it before, when a builder of ours made it and it has
 * no other name, is removed: its layers stay in the build cache, so the same sources are built
 * again in a moment.
 */
export async function nameImage(
  { images }: Engine,
  image: string,
  name: string,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const before = await images.inspect(name, signal);
  await images.tag(image, name, signal);
  if (before === undefined || before.id === image) return;
  try {
    if (await isNameless(images, before)) await images.remove(before.id);
  } catch (error) {
    // A container may still use it. That is no failure of this build.
    logger.debug('image.previous_kept', { image: before.id, error: String(error) });
  }
}

async function isNameless(images: Engine['images'], { id, labels }: ImageFacts): Promise<boolean> {
  const key = labels[BUILD_KEY_LABEL];
  if (key === undefined) return false;
  const same = await images.findByLabel({ [BUILD_KEY_LABEL]: key });
  return same.some((one) => one.id === id && one.tags.length === 0);
}

import { isSlipwayError } from '../core/errors.js';
import { parseImageReference } from '../engine/image-reference.js';
import type { ServerOptions } from './environment.js';
import { listOf, type Refuse, type Setting } from './settings.js';

/** Which containers are kept ready. */
export function warmOptions(
  setting: Setting,
  isCold: boolean,
  refuse: Refuse,
): ServerOptions['warm'] {
  const images = listOf(setting) ?? [];
  for (const image of images) refuseNoImage(image, setting, refuse);
  if (isCold && images.length > 0) {
    refuse(
      `${setting.source} names images to keep ready, and no-warm keeps none: give one of them.`,
    );
  }
  return { enabled: !isCold, images };
}

function refuseNoImage(image: string, { source }: Setting, refuse: Refuse): void {
  try {
    parseImageReference(image, source);
  } catch (error) {
    if (!isSlipwayError(error)) throw error;
    refuse(error.message);
  }
}

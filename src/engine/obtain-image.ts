import { SlipwayError } from '../core/errors.js';
import { PULL_TIMEOUT_MS } from '../core/limits.js';
import { usualPlatform } from '../core/platform.js';
import type { ImageFacts, ImageStore, PullProgress } from './ports.js';

/** When an image is fetched from its registry. */
export type PullPolicy = 'missing' | 'always' | 'never';

export interface ImageWish {
  readonly reference: string;
  readonly pull: PullPolicy;
  readonly platform: string | undefined;
  readonly onPull: (progress: PullProgress | null) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The image a run or a build uses, fetched when it has to be.
 *
 * @throws {SlipwayError} `PULL_FAILED`, or `IMAGE_NOT_FOUND` when pulling was not permitted
 */
export async function obtainImage(
  images: Pick<ImageStore, 'inspect' | 'pull'>,
  wish: ImageWish,
): Promise<ImageFacts> {
  const { reference, pull, platform, onPull, signal } = wish;
  if (pull !== 'always') {
    const present = await images.inspect(reference, signal);
    if (present !== undefined && fits(present, platform)) return present;
    if (pull === 'never') throw notPresent(reference);
  }
  onPull(null);
  return images.pull(reference, {
    platform,
    timeoutMs: PULL_TIMEOUT_MS,
    onProgress: onPull,
    signal,
  });
}

/** `linux/arm64` asks for any variant of it. */
function fits(image: ImageFacts, platform: string | undefined): boolean {
  if (platform === undefined) return true;
  const asked = usualPlatform(platform);
  return image.platform === asked || image.platform.startsWith(`${asked}/`);
}

function notPresent(image: string): SlipwayError<'IMAGE_NOT_FOUND'> {
  return new SlipwayError('IMAGE_NOT_FOUND', {
    message: `Image "${image}" is not on the engine, and this call does not permit pulling it (pull: never).`,
    hint: 'Pull it first, or leave out the option "pull".',
    context: { image },
  });
}

/** `ImageStore` over the Docker Engine API. */
import type { Logger } from '../core/logger.js';
import type { SearchEnvironment } from './endpoint/types.js';
import { buildImage } from './build-image.js';
import type { Custody } from './custody.js';
import { findImages } from './find-images.js';
import { inspectImage } from './inspect-image.js';
import type { EngineFacts, ImageStore } from './ports.js';
import { pullImage } from './pull-image.js';
import { pushImage } from './push-image.js';
import { removeImage } from './remove-image.js';
import { tagImage } from './tag-image.js';
import type { Transport } from './transport.js';

export interface ImageStoreDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Hears of images that are built for one run. */
  readonly custody: Custody;
  /** Where credentials for registries are looked for. */
  readonly environment: SearchEnvironment;
  readonly builder: EngineFacts['builder'];
}

export function createImageStore(dependencies: ImageStoreDependencies): ImageStore {
  const { transport } = dependencies;
  return {
    inspect: (reference, signal) => inspectImage(transport, reference, signal),
    pull: (reference, options) => pullImage(dependencies, reference, options),
    build: (request) => buildImage(dependencies, request),
    tag: (image, reference, signal) => tagImage(transport, image, reference, signal),
    push: (reference, options) => pushImage(dependencies, reference, options),
    findByLabel: (labels, signal) => findImages(transport, labels, signal),
    remove: (reference) => removeClaimed(dependencies, reference),
  };
}

/** Also for images that nobody claimed: of those, the custody knows nothing. */
async function removeClaimed(
  { transport, custody }: ImageStoreDependencies,
  reference: string,
): Promise<void> {
  try {
    await removeImage(transport, reference);
    custody.release(reference);
  } catch (error) {
    custody.abandon(reference);
    throw error;
  }
}

/** `ImageStore` over the Docker Engine API. */
import type { Logger } from '../core/logger.js';
import type { SearchEnvironment } from './endpoint/types.js';
import { buildImage } from './build-image.js';
import type { Custody } from './custody.js';
import { inspectImage } from './inspect-image.js';
import type { ImageStore } from './ports.js';
import { pullImage } from './pull-image.js';
import { removeImage } from './remove-image.js';
import type { Transport } from './transport.js';

export interface ImageStoreDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Hears of images that are built for one run. */
  readonly custody: Custody;
  /** Where credentials for registries are looked for. */
  readonly environment: SearchEnvironment;
}

export function createImageStore(dependencies: ImageStoreDependencies): ImageStore {
  const { transport } = dependencies;
  return {
    inspect: (reference, signal) => inspectImage(transport, reference, signal),
    pull: (reference, options) => pullImage(dependencies, reference, options),
    build: (request) => buildImage(dependencies, request),
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

/** `ImageStore` over the Docker Engine API. */
import type { Logger } from '../core/logger.js';
import { buildImage } from './build-image.js';
import { parseImageReference } from './image-reference.js';
import { inspectImage } from './inspect-image.js';
import { hasStatus } from './map-error.js';
import type { ImageStore } from './ports.js';
import { pullImage } from './pull-image.js';
import type { Transport } from './transport.js';

export interface ImageStoreDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Signs the labels of images that are built for one run. */
  readonly key: Uint8Array;
}

export function createImageStore(dependencies: ImageStoreDependencies): ImageStore {
  const { transport } = dependencies;
  return {
    inspect: (reference, signal) => inspectImage(transport, reference, signal),
    pull: (reference, options) => pullImage(dependencies, reference, options),
    build: (request) => buildImage(dependencies, request),
    remove: (reference) => removeImage(transport, reference),
  };
}

async function removeImage(transport: Transport, reference: string): Promise<void> {
  const parsed = parseImageReference(reference);
  try {
    await transport.json({
      method: 'DELETE',
      path: `/images/${parsed.canonical}`,
      operation: 'remove image',
      deadlineMs: transport.deadlines.changeMs,
    });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}

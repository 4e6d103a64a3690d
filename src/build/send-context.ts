import { isSlipwayError } from '../core/errors.js';
import type { BuildRequest, BuiltImage, ImageStore } from '../engine/ports.js';
import type { BuildContext } from './context.js';

/**
 * Has an engine build a context.
 *
 * @throws {SlipwayError} `BUILD_FAILED`; `BUILD_REFUSED` when a file changed while it was sent
 */
export async function sendContext(
  images: Pick<ImageStore, 'build'>,
  context: BuildContext,
  request: Omit<BuildRequest, 'context'>,
): Promise<BuiltImage> {
  const stream = context.stream();
  let broken: unknown;
  stream.on('error', (error) => {
    broken = error;
  });
  try {
    return await images.build({ ...request, context: stream });
  } catch (error) {
    // To the engine a context that breaks off is a lost connection. We know why it did.
    throw isSlipwayError(broken, 'BUILD_REFUSED') ? broken : error;
  } finally {
    stream.destroy();
  }
}

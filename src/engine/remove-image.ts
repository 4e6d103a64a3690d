import { parseImageReference } from './image-reference.js';
import { hasStatus } from './map-error.js';
import type { Transport } from './transport.js';

/** See `ImageStore.remove`. */
export async function removeImage(transport: Transport, reference: string): Promise<void> {
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

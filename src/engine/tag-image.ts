import { SlipwayError } from '../core/errors.js';
import { invalidInput } from '../core/options.js';
import { parseImageReference, type NamedImage } from './image-reference.js';
import { hasStatus } from './map-error.js';
import type { Transport } from './transport.js';

/** See `ImageStore.tag`. */
export async function tagImage(
  transport: Transport,
  image: string,
  reference: string,
  signal?: AbortSignal,
): Promise<void> {
  const source = parseImageReference(image);
  const { registry, repository, tag } = taggedName(reference);
  try {
    // Its status is the answer: Podman writes a word after it that is no JSON.
    const { body } = await transport.stream({
      method: 'POST',
      path: `/images/${source.canonical}/tag`,
      operation: 'tag image',
      query: { repo: `${registry}/${repository}`, tag },
      deadlineMs: transport.deadlines.changeMs,
      signal,
    });
    body.resume();
  } catch (error) {
    throw hasStatus(error, 404) ? noSuchImage(source.familiar, error) : error;
  }
}

/**
 * A reference as a name that an image can be given and pushed under.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for an id and for a digest
 */
export function taggedName(reference: string): NamedImage {
  const parsed = parseImageReference(reference, 'reference');
  if (parsed.kind === 'name' && parsed.digest === undefined) return parsed;
  const rule = 'must be a name with a tag: an id or a digest cannot be chosen';
  const hint = 'Write it as registry/repository:tag. Nothing was changed.';
  throw invalidInput('reference', rule, reference, hint);
}

export function noSuchImage(image: string, cause?: unknown): SlipwayError<'IMAGE_NOT_FOUND'> {
  return new SlipwayError('IMAGE_NOT_FOUND', {
    message: `The engine has no image "${image}".`,
    hint: 'Build or pull it first, or correct its name.',
    context: { image },
    cause,
  });
}

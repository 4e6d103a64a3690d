import { z } from 'zod';
import { invalidInput, parseOptions } from '../core/options.js';
import { parseImageReference } from '../engine/image-reference.js';
import type { Engine } from '../engine/ports.js';
import type { PushedImage, PushImageOptions } from './types.js';

/** Milliseconds for a whole push. */
const PUSH_TIMEOUT_MS = 300_000;

const pushSchema = z.object({
  registry: z
    .string('must be a text')
    .regex(
      /^[a-zA-Z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._-]+)*$/,
      'must be a registry such as "registry.example.com", with a path if need be',
    )
    .max(255)
    .optional(),
  timeoutMs: z.int('must be whole milliseconds').min(1000).max(3_600_000).default(PUSH_TIMEOUT_MS),
});

/**
 * Sends an image to a registry, under its own name or under one of that registry.
 *
 * @throws {SlipwayError} `PUSH_FAILED` with the reason, `IMAGE_NOT_FOUND`, `INVALID_INPUT`
 */
export async function pushImage(
  engine: Engine,
  imageTag: string,
  options: PushImageOptions,
): Promise<PushedImage> {
  const { registry, timeoutMs } = parsePush(options);
  const image = nameAt(imageTag, registry);
  if (image !== imageTag) await engine.images.tag(imageTag, image, options.signal);
  const { digest } = await engine.images.push(image, {
    timeoutMs,
    onProgress: (progress) => options.onEvent?.({ type: 'pushing', image, progress }),
    signal: options.signal,
  });
  return { image, digest };
}

/** Checks the options before a build that would be for nothing with them. */
export function parsePush(options: Pick<PushImageOptions, 'registry' | 'timeoutMs'>) {
  const { registry, timeoutMs } = options;
  return parseOptions(pushSchema, { registry, timeoutMs }, 'options');
}

/** `mcp-x:latest` at `registry.example.com/team` is `registry.example.com/team/mcp-x:latest`. */
function nameAt(imageTag: string, registry: string | undefined): string {
  const parsed = parseImageReference(imageTag);
  if (parsed.kind === 'id') {
    const hint = 'Give it a name first: an id names nothing in a registry.';
    throw invalidInput('imageTag', 'must be a name', imageTag, hint);
  }
  if (registry === undefined) return imageTag;
  const name = parsed.repository.split('/').at(-1) ?? parsed.repository;
  return `${registry}/${name}:${parsed.tag ?? 'latest'}`;
}

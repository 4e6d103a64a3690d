import { z } from 'zod';
import { invalidInput, parseOptions } from '../core/options.js';
import { parseImageReference } from '../engine/image-reference.js';
import type { Engine } from '../engine/ports.js';
import type { PushedImage, PushImageOptions } from './types.js';

/** Milliseconds for a whole push. */
const PUSH_TIMEOUT_MS = 300_000;

const REGISTRY_RULE = 'must be a registry such as "registry.example.com", with a path if need be';

const pushSchema = z.strictObject({
  registry: z
    .string('must be a text')
    .superRefine((value, context) => {
      if (isRegistry(value)) return;
      // A login in front of an "@" is not repeated.
      const input = value.slice(value.lastIndexOf('@') + 1);
      context.addIssue({ code: 'custom', message: REGISTRY_RULE, input });
    })
    .optional(),
  timeoutMs: z
    .int('must be whole milliseconds')
    .min(1000, 'must be at least 1000 ms')
    .max(3_600_000, 'must be at most 3600000 ms')
    .default(PUSH_TIMEOUT_MS),
  signal: z.unknown().optional(),
  onEvent: z.unknown().optional(),
});

/** Is it what the name of an image can begin with? The parser that reads the whole name decides. */
function isRegistry(text: string): boolean {
  try {
    return parseImageReference(`${text}/image`).kind === 'name';
  } catch {
    return false;
  }
}

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
  const { registry, timeoutMs } = parseOptions(pushSchema, options, 'options');
  const image = nameAt(imageTag, registry);
  if (image !== imageTag) await engine.images.tag(imageTag, image, options.signal);
  const { digest } = await engine.images.push(image, {
    timeoutMs,
    onProgress: (progress) => options.onEvent?.({ type: 'pushing', image, progress }),
    signal: options.signal,
  });
  return { image, digest: digest.slice(digest.lastIndexOf('@') + 1) };
}

/** Checks the options before a build that would be for nothing with them. */
export function parsePush(options: Pick<PushImageOptions, 'registry' | 'timeoutMs'>) {
  const { registry, timeoutMs } = options;
  return parseOptions(pushSchema, { registry, timeoutMs }, 'options');
}

/** `mcp-x:latest` at `registry.example.com/team` is `registry.example.com/team/mcp-x:latest`. */
function nameAt(imageTag: string, registry: string | undefined): string {
  const parsed = parseImageReference(imageTag, 'imageTag');
  if (parsed.kind === 'id' || parsed.digest !== undefined) {
    const hint = 'Give it a name first: a registry decides about digests, and knows no ids.';
    throw invalidInput('imageTag', 'must be a name with a tag', imageTag, hint);
  }
  if (registry === undefined) return imageTag;
  const name = parsed.repository.split('/').at(-1) ?? parsed.repository;
  return `${registry}/${name}:${parsed.tag ?? 'latest'}`;
}

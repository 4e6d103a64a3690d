import { parseImageReference, type ImageReference } from './image-reference.js';
import { hasStatus } from './map-error.js';
import type { ImageFacts } from './ports.js';
import { image as imageReply, readReply } from './replies.js';
import type { Transport } from './transport.js';
import type { z } from 'zod';

/**
 * What the engine knows of an image, or undefined when it does not have it.
 *
 * @param reference an image reference, or an id (`sha256:…`)
 */
export async function inspectImage(
  transport: Transport,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageFacts | undefined> {
  const operation = 'inspect image';
  const parsed = parseImageReference(reference);
  try {
    const reply = await transport.json({
      method: 'GET',
      // Nothing that the grammar of references lets through needs escaping.
      path: `/images/${parsed.canonical}/json`,
      operation,
      deadlineMs: transport.deadlines.queryMs,
      signal,
    });
    return imageFacts(readReply(imageReply, reply, operation), parsed);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

function imageFacts(reply: z.output<typeof imageReply>, reference: ImageReference): ImageFacts {
  const variant = reply.Variant === '' ? '' : `/${reply.Variant}`;
  return {
    id: reply.Id,
    digest: digestOf(reply.RepoDigests, reference),
    sizeBytes: reply.Size,
    platform: `${reply.Os}/${reply.Architecture}${variant}`,
    user: reply.Config.User,
    entrypoint: reply.Config.Entrypoint,
    command: reply.Config.Cmd,
    volumes: reply.Config.Volumes,
    labels: reply.Config.Labels,
    exposedPorts: tcpPorts(reply.Config.ExposedPorts),
    environment: reply.Config.Env,
    workingDir: reply.Config.WorkingDir,
  };
}

/** From `8080/tcp` and so on; a port without a protocol is one of TCP. */
function tcpPorts(exposed: readonly string[]): readonly number[] {
  const ports = exposed.flatMap((one) => {
    const port = /^(\d{1,5})(?:\/tcp)?$/.exec(one)?.[1];
    return port === undefined ? [] : [Number(port)];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** The digest under the asked name if there is one: an image can have several names. */
function digestOf(digests: readonly string[], reference: ImageReference): string | null {
  const own = digests.find((digest) => isSameRepository(parseImageReference(digest), reference));
  return own ?? digests[0] ?? null;
}

function isSameRepository(a: ImageReference, b: ImageReference): boolean {
  if (a.kind === 'id' || b.kind === 'id') return false;
  return a.registry === b.registry && a.repository === b.repository;
}

import type { BuildResult } from '../build/types.js';
import { errorText } from '../core/errors.js';
import type { Builder } from '../tools/builder.js';
import { buildProgressPrinter } from './build-output.js';
import type { CliEnvironment } from './environment.js';

/** What came of `--push`. */
export interface Published {
  /** As the registry confirmed it; null when nothing was pushed. */
  readonly digest: string | null;
  /** Why nothing was pushed although it was asked for, as sentences. */
  readonly warnings: readonly string[];
  /** Undefined when the push succeeded, or there was none. */
  readonly failure?: unknown;
}

/**
 * Pushes an image that works. A push that fails does not take the verdict of the build away.
 *
 * @throws the reason of the environment's signal
 */
export async function publish(
  { signal, stderr }: CliEnvironment,
  builder: Builder,
  { status, imageTag }: BuildResult,
  registry: string | undefined,
): Promise<Published> {
  if (registry === undefined) return { digest: null, warnings: [] };
  const isPushed = status === 'works' || status === 'built';
  if (!isPushed || imageTag === null) {
    return { digest: null, warnings: [`Not pushed: the status is ${status}.`] };
  }
  try {
    const onEvent = buildProgressPrinter({ stderr });
    const { digest } = await builder.pushImage(imageTag, { registry, signal, onEvent });
    return { digest, warnings: [] };
  } catch (failure) {
    signal.throwIfAborted();
    return { digest: null, warnings: [`Not pushed: ${errorText(failure)}`], failure };
  }
}

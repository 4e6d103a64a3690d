/** A signal that aborts with the first of its sources. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Lets go of the sources. */
  readonly release: () => void;
}

/**
 * What `AbortSignal.any` does, for sources that live long: on Node 20 that one keeps memory for
 * every signal it ever made, for as long as the longest-lived source is there.
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const abort = (): void => {
    release();
    controller.abort(sources.find((source) => source?.aborted)?.reason);
  };
  const release = (): void => {
    for (const source of sources) source?.removeEventListener('abort', abort);
  };
  if (sources.some((source) => source?.aborted)) abort();
  else for (const source of sources) source?.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, release };
}

/**
 * Why a connection to an engine could not be opened, known better than a system code tells it: a
 * login, a host key, a certificate. The message is a few words for a list of addresses.
 */
export class ConnectionFailure extends Error {
  /** What to do next, as a full sentence. */
  readonly hint: string;

  constructor(outcome: string, hint: string, cause?: unknown) {
    super(outcome, cause === undefined ? undefined : { cause });
    this.name = 'ConnectionFailure';
    this.hint = hint;
  }
}

/** The connection failure that an error is, or was made from. */
export function connectionFailure(error: unknown): ConnectionFailure | undefined {
  if (error instanceof ConnectionFailure) return error;
  return error instanceof Error ? connectionFailure(error.cause) : undefined;
}

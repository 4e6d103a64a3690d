/**
 * A reason why the engine cannot be brought up that the person at the keyboard can act on. The
 * command prints its message without a stack; anything else is a bug in these scripts.
 */
export class EngineSetupError extends Error {
  /**
   * @param {string} message what was tried, what happened, what to do
   * @param {{ exitCode?: number, cause?: unknown }} [options] exit code 2 means "not on this
   *   system or not with these arguments", 1 means that a step failed
   */
  constructor(message, { exitCode = 1, cause } = {}) {
    super(message, { cause });
    this.name = 'EngineSetupError';
    this.exitCode = exitCode;
  }
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

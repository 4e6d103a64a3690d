import { isSlipwayError, type SlipwayError } from '../../src/core/errors.js';

/** The error that `work` fails with. Success, and any other error, is a failure of the test. */
export async function failureOf(work: Promise<unknown>): Promise<SlipwayError> {
  const outcome = await work.then(
    () => new Error('It succeeded, and should have failed.'),
    (error: unknown) => error,
  );
  if (isSlipwayError(outcome)) return outcome;
  throw outcome instanceof Error ? outcome : new Error(String(outcome));
}

import { isSlipwayError, type ErrorCode, type SlipwayError } from '../../src/core/errors.js';

/** The error that `work` fails with. Success, and any other error, is a failure of the test. */
export async function failureOf(work: Promise<unknown>): Promise<SlipwayError> {
  const outcome = await work.then(
    () => new Error('It succeeded, and should have failed.'),
    (error: unknown) => error,
  );
  if (isSlipwayError(outcome)) return outcome;
  throw outcome instanceof Error ? outcome : new Error(String(outcome));
}

/** The error a call ends in. Fails when it succeeds, or fails with another code. */
export async function errorOf<C extends ErrorCode>(
  code: C,
  call: Promise<unknown>,
): Promise<SlipwayError<C>> {
  const outcome = await call.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (isSlipwayError(outcome, code)) return outcome;
  throw new Error(`expected ${code}`, { cause: outcome });
}

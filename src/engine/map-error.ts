import { SlipwayError, isSlipwayError } from '../core/errors.js';
import { connectionFailure } from './connection-failure.js';

/** The system's code of an error (`ENOENT`, `ECONNRESET`), also when it is wrapped. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : systemCode(error.cause);
}

const UNREACHABLE = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'EACCES',
  'EPERM',
  'ENOTSOCK',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** A call that got no whole answer: nobody is there, or the connection broke under way. */
export function connectionError(cause: unknown, operation: string, endpoint: string): SlipwayError {
  if (isSlipwayError(cause)) return cause;
  const failure = connectionFailure(cause);
  if (failure !== undefined) {
    return new SlipwayError('ENGINE_UNREACHABLE', {
      message: `The container engine at ${endpoint} is not reachable: ${failure.message}.`,
      hint: failure.hint,
      context: {
        tried: [{ source: 'engine in use', address: endpoint, outcome: failure.message }],
      },
      cause,
    });
  }
  const code = systemCode(cause);
  if (code !== undefined && UNREACHABLE.has(code)) {
    return new SlipwayError('ENGINE_UNREACHABLE', {
      message: `The container engine at ${endpoint} is not reachable (${code}).`,
      hint: 'Start it, then try again.',
      context: { tried: [{ source: 'engine in use', address: endpoint, outcome: code }] },
      cause,
    });
  }
  return engineLost(operation, cause);
}

export function engineLost(operation: string, cause?: unknown): SlipwayError<'ENGINE_LOST'> {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new SlipwayError('ENGINE_LOST', {
    message: `The connection to the container engine broke during ${operation}${why}.`,
    hint: 'Check that the engine is running, then try again.',
    context: { operation },
    cause,
  });
}

export function engineTimeout(
  operation: string,
  deadlineMs: number,
): SlipwayError<'ENGINE_TIMEOUT'> {
  return new SlipwayError('ENGINE_TIMEOUT', {
    message: `The container engine did not answer ${operation} within ${deadlineMs} ms.`,
    hint: 'It may be overloaded or hung. Check the engine, then try again.',
    context: { operation, deadlineMs },
  });
}

/** An answer with an error status. `detail` is the engine's own sentence. */
export function statusError(operation: string, status: number, detail: string): SlipwayError {
  if (isDiskFull(detail)) return diskFull(detail);
  return new SlipwayError('ENGINE_ERROR', {
    message: `The container engine refused ${operation}: ${detail}`,
    hint: 'The request was understood but not carried out; see the message.',
    context: { operation, status, detail },
  });
}

export function isDiskFull(detail: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(detail);
}

export function diskFull(detail: string): SlipwayError<'DISK_FULL'> {
  return new SlipwayError('DISK_FULL', {
    message: `The container engine's disk is full: ${detail}`,
    hint: 'Free space on the disk of the engine (unused images, volumes, build cache), then try again.',
    context: { where: 'engine' },
  });
}

/** Is this an answer of the engine with that status? */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return (
    isSlipwayError(error, 'ENGINE_ERROR') &&
    error.context.status !== null &&
    statuses.includes(error.context.status)
  );
}

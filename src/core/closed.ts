import { SlipwayError } from './errors.js';

/** What a call ends in that comes after, or is overtaken by, the end of its executor. */
export function closedError(message: string, method: string): SlipwayError<'CLOSED'> {
  return new SlipwayError('CLOSED', { message, hint: 'Make a new executor.', context: { method } });
}

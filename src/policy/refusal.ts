import { SlipwayError } from '../core/errors.js';

/** A no of the policy. */
export type Denial = SlipwayError<'POLICY_DENIED'> | SlipwayError<'LIMIT_EXCEEDED'>;

/** What is refused, by which rule, and what to do instead. */
export interface Refusal {
  readonly rule: string;
  readonly what: string;
  readonly requested: string;
  readonly allowed: string;
  readonly instead: string;
}

/** What was refused, what is permitted, who can change it, what to do. */
export function refused({
  rule,
  what,
  requested,
  allowed,
  instead,
}: Refusal): SlipwayError<'POLICY_DENIED'> {
  return new SlipwayError('POLICY_DENIED', {
    message: `Refused: ${what}; permitted: ${allowed || 'none'}.`,
    hint: `Only the operator can change this, in the server's policy (${rule}). The same request will be refused again; ${instead}.`,
    context: { rule, requested, allowed },
  });
}

import type { z } from 'zod';
import { quoteValue } from '../core/options.js';

/** More than this many complaints do not help a model to correct itself. */
const SHOWN_ISSUES = 5;

/** One refused field with everything about it: hostile keys must not fill the answer. */
const ISSUE_CHARACTERS = 400;

/** Fields whose values may be secret, or the user's own data: they are never repeated. */
const NOT_QUOTED = new Set([
  'environment',
  'build_args',
  'payload',
  'stdin',
  'files',
  'arguments',
  'args',
]);

/** What is wrong with the arguments of a call, field by field, and which fields there are. */
export function argumentsText(error: z.ZodError, fields: readonly string[]): string {
  const issues = error.issues.slice(0, SHOWN_ISSUES).map(issueText);
  const more = error.issues.length - issues.length;
  const rest = more > 0 ? ` (and ${more} more)` : '';
  const known =
    fields.length === 0 ? 'This tool takes no arguments.' : `Fields: ${fields.join(', ')}.`;
  return `Input validation error: ${issues.join('; ')}${rest}. ${known} Nothing was started.`;
}

function issueText(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.');
  const text = `${field === '' ? '' : `${field}: `}${ruleText(issue)}`;
  return text.length <= ISSUE_CHARACTERS ? text : `${text.slice(0, ISSUE_CHARACTERS)}…`;
}

function ruleText(issue: z.core.$ZodIssue): string {
  const rule = issue.message.replace(/^Invalid (?:input|option): /, '');
  if (issue.code === 'unrecognized_keys') return rule;
  if (issue.input === undefined) return 'is required';
  const secret = NOT_QUOTED.has(String(issue.path[0]));
  return secret ? rule : `${rule}; got ${quoteValue(issue.input)}`;
}

import { z } from 'zod';
import { quoteValue } from './options.js';
import { textRule } from './text.js';

const MAX_ARGUMENTS = 64;
const MAX_VALUE_BYTES = 4096;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/**
 * Names that builders give a meaning of their own: proxies, which would take the traffic of every
 * build step elsewhere, and switches such as BUILDKIT_SYNTAX, which replaces the program that
 * reads the Dockerfile.
 */
const RESERVED = /^(?:(?:https?|ftp|all|no)_proxy|(?:buildkit|docker)_.*)$/i;

/**
 * Schema of Docker build arguments: an object of texts. At most 64; names of letters, digits and
 * `_`, up to 64 characters, none that a builder itself reads; values up to 4096 bytes without NUL.
 * Errors do not repeat values.
 */
export const buildArgsSchema = z
  .record(
    z.string(),
    z.string('must be a text'),
    'must be an object of texts, such as {"NAME":"value"}',
  )
  .superRefine((args, context) => {
    const entries = Object.entries(args);
    const problem =
      entries.length > MAX_ARGUMENTS
        ? { rule: `must have at most ${MAX_ARGUMENTS} arguments`, shown: entries.length }
        : entries.map(problemOf).find((one) => one !== undefined);
    if (problem === undefined) return;
    context.addIssue({ code: 'custom', message: problem.rule, input: problem.shown });
  });

function problemOf([name, value]: readonly [string, string]):
  | { readonly rule: string; readonly shown: unknown }
  | undefined {
  if (!NAME.test(name)) {
    return { rule: 'must have names of letters, digits and "_", no digit first', shown: name };
  }
  if (RESERVED.test(name)) {
    return { rule: 'must not have names that the builder itself reads', shown: name };
  }
  const rule = Buffer.byteLength(value) > MAX_VALUE_BYTES ? TOO_LONG : textRule(value);
  if (rule === undefined) return undefined;
  return { rule: `${quoteValue(name)} ${rule}`, shown: `${Buffer.byteLength(value)} bytes` };
}

const TOO_LONG = `must be at most ${MAX_VALUE_BYTES} bytes`;

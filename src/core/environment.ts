import { z } from 'zod';
import { INPUT_LIMITS } from './limits.js';
import { textRule } from './text.js';
import { formatBytes, formatCount } from './units.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** Names as POSIX shells can use them. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** How much of a name an error repeats as the field. */
const FIELD_CHARACTERS = 64;

/**
 * Schema of environment variables: an object of texts. At most 256 variables; each `NAME=value`
 * at most 131,071 bytes and together 1 MiB (Linux starts no program above that); no NUL; no two
 * names that differ only in case. The result has no prototype, so that every key in it is data.
 * Errors never repeat a value: it may be a secret.
 */
export const environmentSchema: z.ZodType<Environment, Environment> = z
  .preprocess(refuseProblem, z.record(z.string(), z.string()))
  .transform((variables): Environment => {
    Object.setPrototypeOf(variables, null);
    return variables;
  });

/** Runs before zod's own record, which drops a `__proto__` silently and repeats refused values. */
function refuseProblem(value: Environment, context: z.RefinementCtx): Environment {
  const problem = environmentProblem(value);
  if (problem !== undefined) {
    const { name, rule, shown } = problem;
    const path = name === undefined ? [] : [name.slice(0, FIELD_CHARACTERS)];
    context.addIssue({ code: 'custom', message: rule, input: shown, path });
  }
  return value;
}

interface Problem {
  /** The variable, when the problem is its value. */
  readonly name?: string;
  readonly rule: string;
  /** What the error shows in place of the value. */
  readonly shown: string;
}

function environmentProblem(value: unknown): Problem | undefined {
  if (!isPlainObject(value)) return { rule: EXPECTED, shown: kindOf(value) };
  const entries = Object.entries(value);
  return countProblem(entries) ?? entryProblem(entries) ?? namesProblem(entries);
}

const EXPECTED = 'must be an object of texts, such as {"NAME":"value"}';

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

type Entries = readonly (readonly [string, unknown])[];

function countProblem(entries: Entries): Problem | undefined {
  const most = INPUT_LIMITS.environmentCount;
  if (entries.length <= most) return undefined;
  return { rule: `must have at most ${most} variables`, shown: `${entries.length} variables` };
}

function entryProblem(entries: Entries): Problem | undefined {
  let total = 0;
  for (const [name, value] of entries) {
    const problem = nameProblem(name) ?? valueProblem(name, value);
    if (problem !== undefined) return problem;
    total += entryBytes(name, value);
  }
  if (total <= INPUT_LIMITS.environmentBytes) return undefined;
  const most = formatBytes(INPUT_LIMITS.environmentBytes);
  return { rule: `must be at most ${most} in total`, shown: `${formatCount(total)} bytes` };
}

function nameProblem(name: string): Problem | undefined {
  if (!NAME.test(name)) {
    return { rule: 'must have names of letters, digits and "_", no digit first', shown: name };
  }
  // Assigning to this key of an ordinary object would change its prototype.
  return name === '__proto__' ? { rule: 'must not have this name', shown: name } : undefined;
}

function valueProblem(name: string, value: unknown): Problem | undefined {
  if (typeof value !== 'string') return { name, rule: 'must be a text', shown: kindOf(value) };
  const bytes = entryBytes(name, value);
  const rule = bytes > INPUT_LIMITS.argumentBytes ? TOO_LONG : textRule(value);
  if (rule === undefined) return undefined;
  return { name, rule, shown: `${formatCount(bytes)} bytes, not shown` };
}

const TOO_LONG = `must be at most ${formatCount(INPUT_LIMITS.argumentBytes)} bytes with its name`;

function entryBytes(name: string, value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(`${name}=${value}`) : 0;
}

function namesProblem(entries: Entries): Problem | undefined {
  const seen = new Map<string, string>();
  for (const [name] of entries) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      return { rule: 'must not have names that differ only in case', shown: `${other}, ${name}` };
    }
    seen.set(name.toLowerCase(), name);
  }
  return undefined;
}

import { open } from 'node:fs/promises';
import type { SlipwayError } from '../core/errors.js';
import { invalidInput } from '../core/options.js';
import { parsePolicyOptions, type PolicyOptions } from './policy.js';

const MAX_FILE_BYTES = 1024 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * The policy of an operator's file: JSON in the form of `PolicyOptions`.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a file that cannot be read, that others may write to,
 * or that is not valid. Nothing starts with a policy that was not understood whole.
 */
export async function readPolicyFile(file: string): Promise<PolicyOptions> {
  return parsePolicyOptions(parsed(await content(file), file));
}

async function content(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw refused(file, `cannot be read (${reason(cause)})`);
  });
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw refused(file, 'must be a regular file');
    if (facts.size > MAX_FILE_BYTES) throw refused(file, 'must be at most 1 MiB');
    if (process.platform !== 'win32' && (facts.mode & WRITABLE_BY_OTHERS) !== 0) {
      throw refused(
        file,
        'must not be writable by group or others: whoever can write it decides what may run',
      );
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(file, `must be JSON (${reason(cause)})`);
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function refused(file: string, rule: string): SlipwayError<'INVALID_INPUT'> {
  return invalidInput(
    'policy file',
    rule,
    file,
    'Correct the file, then start again. Nothing was started.',
  );
}

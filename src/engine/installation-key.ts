import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { SlipwayError } from '../core/errors.js';
import { systemCode } from './map-error.js';

const KEY_BYTES = 32;

/**
 * The key that signs labels: one per user and machine, made on first use, readable by its owner
 * only. It lies in `$XDG_STATE_HOME/slipway` (default `~/.local/state/slipway`).
 */
export async function installationKey(folder = stateFolder(process.env)): Promise<Uint8Array> {
  const file = path.join(folder, 'label-key');
  return (await readKey(file)) ?? (await makeKey(folder, file));
}

/** Where this user's Slipway keeps what outlives a process. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_STATE_HOME'];
  const absolute = base !== undefined && path.isAbsolute(base);
  return path.join(absolute ? base : path.join(homedir(), '.local', 'state'), 'slipway');
}

async function readKey(file: string): Promise<Uint8Array | undefined> {
  try {
    const key = await readFile(file);
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw keyError(error);
  }
}

async function makeKey(folder: string, file: string): Promise<Uint8Array> {
  try {
    await writeSecretOnce(folder, file, randomBytes(KEY_BYTES));
  } catch (error) {
    throw keyError(error);
  }
  const key = await readKey(file);
  if (key === undefined) throw keyError(new Error('the file does not hold a key'));
  return key;
}

/**
 * Writes a file that only its owner can read. Two processes may start at once: it is linked into
 * place, and the first one wins.
 */
export async function writeSecretOnce(
  folder: string,
  file: string,
  content: string | Uint8Array,
): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
    await chmod(draft, 0o600);
    await link(draft, file).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

function keyError(cause: unknown): SlipwayError<'INTERNAL'> {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SlipwayError('INTERNAL', {
    message: `The key that marks Slipway's own containers cannot be read or made: ${why}`,
    hint: 'Make the state folder (XDG_STATE_HOME, default ~/.local/state) writable, or remove a damaged "slipway/label-key" in it.',
    context: { where: 'installation key' },
    cause,
  });
}

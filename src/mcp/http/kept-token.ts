import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlipwayError } from '../../core/errors.js';
import { stateFolder, writeSecretOnce } from '../../engine/installation-key.js';
import { isStrong, newToken, TOKEN_RULE } from './bearer-token.js';

/** The token of this user's HTTP servers. */
export interface KeptToken {
  readonly token: string;
  /** Where it lies. */
  readonly file: string;
}

/**
 * The token for servers that are given none: made on first use and the same from then on, so that
 * the configuration of clients stays valid. It lies in `$XDG_STATE_HOME/slipway` (default
 * `~/.local/state/slipway`), readable by its owner only.
 *
 * @throws {SlipwayError} `INVALID_INPUT` when others can read it, it is damaged, or it cannot be read or made
 */
export async function keptToken(folder = stateFolder(process.env)): Promise<KeptToken> {
  const file = path.join(folder, 'http-token');
  try {
    await access(file).catch(() => writeSecretOnce(folder, file, `${newToken()}\n`));
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new Error(OPEN_TO_OTHERS);
    const token = (await readFile(file, 'utf8')).trim();
    if (!isStrong(token)) throw new Error(`it ${TOKEN_RULE}; it has ${token.length}`);
    return { token, file };
  } catch (error) {
    throw tokenError(file, error);
  }
}

const OPEN_TO_OTHERS = 'other users may read or change it';

function tokenError(file: string, cause: unknown): SlipwayError<'INVALID_INPUT'> {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SlipwayError('INVALID_INPUT', {
    message: `The bearer token in ${file} cannot be used: ${why}.`,
    hint: 'Give the token in SLIPWAY_HTTP_TOKEN, or remove the file to have a new one made.',
    context: {
      field: 'token',
      rule: 'must be a token in a file that only its owner can read',
      value: file,
    },
    cause,
  });
}

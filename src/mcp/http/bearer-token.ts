import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidInput } from '../../core/options.js';

/** What a client must send as `Authorization: Bearer ...`. Keeps no copy that can be printed. */
export class BearerToken {
  readonly #digest: Buffer;

  /**
   * @param token at least 32 characters of those RFC 6750 gives a bearer token
   * @param name what the error calls it, so that the operator knows where it came from
   * @throws {SlipwayError} `INVALID_INPUT` for any other; the error does not show it
   */
  constructor(token: string, name = 'The bearer token of the HTTP server') {
    if (!isStrong(token)) throw weakToken(token, name);
    this.#digest = digest(token);
  }

  /** @param header the value of `Authorization`. Takes the same time for every wrong token. */
  matches(header: string | undefined): boolean {
    const token = /^Bearer +([^ ]+) *$/i.exec(header ?? '')?.[1];
    return token !== undefined && timingSafeEqual(digest(token), this.#digest);
  }
}

/** 256 bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

const MIN_CHARACTERS = 32;
const STRONG = new RegExp(`^[A-Za-z0-9._~+/-]{${MIN_CHARACTERS},512}={0,2}$`);

export const TOKEN_RULE = `must be ${MIN_CHARACTERS} to 512 characters of A-Z a-z 0-9 - . _ ~ + /, then at most two =`;

/** Whether a token keeps to the rule. */
export function isStrong(token: string): boolean {
  return STRONG.test(token);
}

/** Of equal length whatever the token, as the comparison needs it. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function weakToken(token: string, name: string): Error {
  const hint = 'Make one with: openssl rand -hex 32';
  return invalidInput(name, TOKEN_RULE, `${token.length} characters`, hint);
}

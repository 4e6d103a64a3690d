import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidInput } from '../../core/options.js';

/** What a client must send as `Authorization: Bearer ...`. Keeps no copy that can be printed. */
export class BearerToken {
  readonly #digest: Buffer;

  /**
   * @param token at least 32 characters of those RFC 6750 gives a bearer token
   * @throws {SlipwayError} `INVALID_INPUT` for any other; the error does not show it
   */
  constructor(token: string) {
    if (!STRONG.test(token)) throw weakToken(token);
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

/** Of equal length whatever the token, as the comparison needs it. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function weakToken(token: string): Error {
  return invalidInput(
    'The bearer token of the HTTP server',
    `must be ${MIN_CHARACTERS} to 512 characters of A-Z a-z 0-9 - . _ ~ + /`,
    `${token.length} characters`,
    'Make one with: openssl rand -hex 32',
  );
}

import { type ErrorContexts, isSlipwayError } from '../../core/errors.js';
import { connectionFailure } from '../connection-failure.js';

/** Outcomes that the search itself finds, or that decide what the user is told to do. */
export const OUTCOME = {
  missing: 'no socket there',
  denied: 'permission denied',
  notASocket: 'not a socket',
  notAnEngine: 'something answered that is not a container engine',
  malformed: 'not a valid address',
  closed: 'the connection was closed without an answer',
  tlsOnly: 'it speaks TLS only',
} as const;

/** The operating system's codes in words. Node gives ENOENT and so on for sockets and pipes alike. */
const SYSTEM_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', OUTCOME.missing],
  ['ENOTDIR', OUTCOME.missing],
  ['EACCES', OUTCOME.denied],
  ['EPERM', OUTCOME.denied],
  ['ECONNREFUSED', 'nothing is listening'],
  ['ENOTSOCK', OUTCOME.notASocket],
  ['EPROTOTYPE', OUTCOME.notASocket],
  ['ENOTFOUND', 'no such host name'],
  ['EAI_AGAIN', 'the host name could not be looked up'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['ETIMEDOUT', 'the connection timed out'],
  ['ECONNRESET', OUTCOME.closed],
  ['EPIPE', OUTCOME.closed],
]);

/** Codes of Node and OpenSSL for a handshake or a certificate that failed. */
const TLS_CODE =
  /^(?:ERR_(?:TLS|SSL|OSSL)_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;
const LONGEST_DETAIL = 160;

/**
 * Why a probe failed, in a few words for a list of addresses.
 *
 * @param error what the probe rejected with; a wrapped system error is found through `cause`
 */
export function describeProbeFailure(error: unknown): string {
  if (isSlipwayError(error, 'ENGINE_TIMEOUT')) return noAnswerWithin(error.context.deadlineMs);
  if (isSlipwayError(error, 'ENGINE_ERROR')) return describeAnswer(error.context);
  const failure = connectionFailure(error);
  if (failure !== undefined) return inOneLine(failure);
  const code = systemCode(error);
  if (code === undefined) return inOneLine(innermost(error));
  // The parser of HTTP gave up: SSH, a database, TLS, or anything else that talks first.
  if (code.startsWith('HPE_')) return OUTCOME.notAnEngine;
  if (TLS_CODE.test(code)) return `the TLS connection failed (${tlsDetail(code, error)})`;
  return SYSTEM_OUTCOMES.get(code) ?? `failed (${code})`;
}

/** The outcome of a probe that was given up. */
export function noAnswerWithin(ms: number): string {
  return `no answer within ${ms} ms`;
}

function describeAnswer({ status, detail }: ErrorContexts['ENGINE_ERROR']): string {
  // What servers made with Go, such as dockerd, answer on their TLS port.
  if (detail.includes('HTTP request to an HTTPS server')) return OUTCOME.tlsOnly;
  if (status === 401 || status === 403) return `access was refused (HTTP ${status})`;
  if (status !== null && status >= 500) return `it answered HTTP ${status}`;
  return OUTCOME.notAnEngine;
}

/** The code of the system, Node or OpenSSL behind an error of ours. */
export function systemCode(error: unknown): string | undefined {
  const inner = innermost(error);
  if (!(inner instanceof Error) || isSlipwayError(inner)) return undefined;
  const code: unknown = Reflect.get(inner, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** Our own errors wrap the one that says what happened. */
function innermost(error: unknown): unknown {
  return isSlipwayError(error) && error.cause !== undefined ? innermost(error.cause) : error;
}

/** OpenSSL tells a server without TLS only in its message. */
function tlsDetail(code: string, error: unknown): string {
  return /wrong version number/.test(String(innermost(error)))
    ? 'the server does not speak TLS'
    : code;
}

function inOneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  if (line === '') return 'failed without a reason';
  return line.length <= LONGEST_DETAIL ? line : `${line.slice(0, LONGEST_DETAIL)}…`;
}

import { describe, expect, it } from 'vitest';
import { ImagePushError, SlipwayError, type PushFailure } from '../../../src/core/errors.js';
import { pushFailed, pushReason, withoutPushLogin } from '../../../src/engine/push-failure.js';
import { CredentialsError } from '../../../src/engine/registry-auth/credentials-error.js';

const IMAGE = 'registry.example:5000/team/app:1';

/** In the words of Docker 20.10, and of the registries behind it, to who is logged in. */
const TEXTS: readonly (readonly [PushFailure, string])[] = [
  ['login_needed', 'no basic auth credentials'],
  ['login_needed', 'unauthorized: authentication required'],
  ['login_needed', 'unauthorized: incorrect username or password'],
  ['login_needed', 'error parsing HTTP 401 response body: invalid character'],
  ['denied', 'denied: requested access to the resource is denied'],
  ['denied', 'denied: User ann cannot be authenticated with the token provided.'],
  [
    'denied',
    'push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  ],
  ['denied', 'error parsing HTTP 403 response body: invalid character \'<\': "<html>"'],
  ['denied', 'unsupported: The operation is unsupported.'],
  ['denied', 'tag invalid: The image tag "1" cannot be overwritten because the tag is immutable.'],
  ['not_found', "name unknown: The repository with name 'team/app' does not exist"],
  ['not_found', 'name unknown: repository does not exist'],
  ['not_found', 'error parsing HTTP 404 response body: invalid character'],
  [
    'network',
    'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
  ],
  ['network', 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused'],
  ['network', 'http: server gave HTTP response to HTTPS client'],
  ['network', 'x509: certificate signed by unknown authority'],
  ['network', 'received unexpected HTTP status: 503 Service Unavailable'],
  ['network', 'EOF'],
  ['unknown', 'something that nobody has seen before'],
  ['unknown', ''],
];

describe('why a push failed', () => {
  it.each(TEXTS)('is %s when the engine says: %s', (reason, text) => {
    expect(pushReason(text, true)).toBe(reason);
  });

  it('is a missing login when who is not logged in is denied', () => {
    expect(pushReason('denied: requested access to the resource is denied', false)).toBe(
      'login_needed',
    );
    expect(pushReason('connection refused', false)).toBe('network');
  });

  it.each(TEXTS)('makes a message and a next step of %s (%s)', (reason, text) => {
    const error = pushFailed(IMAGE, reason, text);
    expect(error).toBeInstanceOf(ImagePushError);
    expect(error).toBeInstanceOf(SlipwayError);
    expect(error).toMatchObject({
      name: 'ImagePushError',
      code: 'PUSH_FAILED',
      context: { image: IMAGE, reason },
    });
    expect(error.message).toContain(`Image "${IMAGE}" `);
    expect(error.message).toContain(text.slice(0, 300));
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  it('repeats no more than the beginning of an endless text', () => {
    expect(pushFailed(IMAGE, 'unknown', 'x'.repeat(100_000)).message.length).toBeLessThan(500);
  });

  it('is also that the login could not be read, where a login was missing', () => {
    const problem = new CredentialsError('the helper is not installed', 'Install it.');
    const failure = withoutPushLogin(pushFailed(IMAGE, 'login_needed', 'denied'), problem);
    expect(failure).toMatchObject({ hint: 'Install it.', context: { reason: 'login_needed' } });
    const other = pushFailed(IMAGE, 'network', 'EOF');
    expect(withoutPushLogin(other, problem)).toBe(other);
  });
});

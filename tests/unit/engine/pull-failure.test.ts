import { describe, expect, it } from 'vitest';
import { isSlipwayError, type PullFailure } from '../../../src/core/errors.js';
import { engineLost, statusError } from '../../../src/engine/map-error.js';
import { asPullFailure, pullFailed, pullReason } from '../../../src/engine/pull-failure.js';

const IMAGE = 'registry.example:5000/team/app:1';

/** In the words of Docker 20.10 and 28.5, and of the registries behind them. */
const TEXTS: readonly (readonly [PullFailure, string])[] = [
  ['not_found', 'manifest for busybox:nonesuch not found: manifest unknown: manifest unknown'],
  ['not_found', 'manifest unknown: manifest unknown'],
  ['not_found', 'name unknown: repository name not known to registry'],
  [
    'not_found',
    "pull access denied for nonesuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  ],
  [
    'login_needed',
    'Get "https://registry.example/v2/team/app/manifests/1": no basic auth credentials',
  ],
  ['login_needed', 'unauthorized: authentication required'],
  ['login_needed', 'denied: requested access to the resource is denied'],
  ['login_needed', 'denied'],
  ['login_needed', 'error parsing HTTP 403 response body: unexpected status: forbidden'],
  [
    'login_needed',
    'error parsing HTTP 401 response body: invalid character \'<\' looking for beginning of value: "<html>"',
  ],
  [
    'not_found',
    'error parsing HTTP 404 response body: invalid character \'<\' looking for beginning of value: "<html>"',
  ],
  [
    'network',
    'error parsing HTTP 502 response body: invalid character \'<\' looking for beginning of value: "<html>"',
  ],
  [
    'rate_limit',
    'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
  ],
  ['rate_limit', 'received unexpected HTTP status: 429 Too Many Requests'],
  ['no_such_platform', 'no matching manifest for linux/arm64/v8 in the manifest list entries'],
  [
    'no_such_platform',
    'image with reference busybox:1.36 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
  ],
  ['no_such_platform', 'image operating system "windows" cannot be used on this platform'],
  ['network', 'dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host'],
  ['network', 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused'],
  ['network', 'x509: certificate signed by unknown authority'],
  ['network', 'received unexpected HTTP status: 500 Internal Server Error'],
  ['network', 'received unexpected HTTP status: 503 Service Unavailable'],
  ['network', 'net/http: request canceled (context deadline exceeded)'],
  ['network', 'read tcp 10.0.0.1:33512->10.0.0.2:443: read: connection reset by peer'],
  ['network', 'Get "https://registry.example/v2/": EOF'],
  ['network', 'Get "https://registry.example/v2/": net/http: TLS handshake timeout'],
  [
    'network',
    'Get "https://registry.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  ['network', 'dial tcp 10.0.0.2:443: i/o timeout'],
  ['corrupt', 'filesystem layer verification failed for digest sha256:0123'],
  ['corrupt', "invalid character '<' looking for beginning of value"],
  ['network', 'expected HTTP 206 from byte range request'],
  ['network', 'unexpected EOF'],
  ['corrupt', 'failed to register layer: Error processing tar file(exit status 1): unexpected EOF'],
  ['corrupt', 'unknown blob'],
  [
    'corrupt',
    'failed to register layer: Error processing tar file(exit status 1): invalid tar header',
  ],
  ['unknown', 'something that nobody has seen before'],
  ['unknown', ''],
];

describe('why a pull failed', () => {
  it.each(TEXTS)('is %s when the engine says: %s', (reason, text) => {
    expect(pullReason(text)).toBe(reason);
  });

  it.each(TEXTS)('makes a message and a next step of %s (%s)', (reason, text) => {
    const error = pullFailed(IMAGE, reason, text);
    expect(error).toMatchObject({ code: 'PULL_FAILED', context: { image: IMAGE, reason } });
    expect(error.message).toContain(`Image "${IMAGE}" `);
    expect(error.message).toContain(text.slice(0, 300));
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  it('repeats no more than the beginning of an endless text', () => {
    expect(pullFailed(IMAGE, 'unknown', 'x'.repeat(100_000)).message.length).toBeLessThan(500);
  });

  it('is read from an error answer of the engine, which is kept as the cause', () => {
    const refused = statusError('pull image', 500, 'toomanyrequests: slow down');
    const error = asPullFailure(refused, IMAGE);
    expect(isSlipwayError(error, 'PULL_FAILED') && error.context).toEqual({
      image: IMAGE,
      reason: 'rate_limit',
    });
    expect(error).toMatchObject({ cause: refused });
  });

  it.each([engineLost('pull image'), statusError('pull image', 500, 'no space left on device')])(
    'is not made of other errors (%s)',
    (error) => {
      expect(asPullFailure(error, IMAGE)).toBe(error);
    },
  );
});

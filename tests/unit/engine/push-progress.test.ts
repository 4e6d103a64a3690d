import { describe, expect, it } from 'vitest';
import { PushStreamError, PushTracker } from '../../../src/engine/push-progress.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const A = '0123456789ab';
const B = 'ba9876543210';

function after(...lines: readonly unknown[]) {
  const tracker = new PushTracker();
  let last: ReturnType<PushTracker['read']>;
  for (const line of lines) last = tracker.read(line);
  return { tracker, last };
}

describe('the progress of a push', () => {
  it('adds up its layers', () => {
    const { last } = after(
      { status: 'The push refers to repository [registry.example/app]' },
      { status: 'Preparing', id: A },
      { status: 'Preparing', id: B },
      { status: 'Pushing', id: A, progressDetail: { current: 400, total: 1000 } },
      { status: 'Layer already exists', id: B },
    );
    expect(last).toEqual({
      layersDone: 1,
      layersTotal: 2,
      bytesDone: 400,
      bytesTotal: 1000,
      status: 'Layer already exists',
    });
  });

  it.each(['Pushed', 'Mounted from team/base'])('has all of a layer that was %s', (status) => {
    const { last } = after(
      { status: 'Pushing', id: A, progressDetail: { current: 400, total: 1000 } },
      { status, id: A },
    );
    expect(last).toMatchObject({ layersDone: 1, bytesDone: 1000, bytesTotal: 1000 });
  });

  it('never has more than there is at its end', () => {
    const { last } = after(
      { status: 'Pushing', id: A, progressDetail: { current: 1536, total: 1000 } },
      { status: 'Pushed', id: A },
    );
    expect(last).toMatchObject({ bytesDone: 1536, bytesTotal: 1536 });
  });
});

describe('the digest of a push', () => {
  it.each([
    [{ progressDetail: {}, aux: { Tag: '1', Digest: DIGEST, Size: 528 } }],
    [{ status: `1: digest: ${DIGEST} size: 528` }],
  ])('is what the registry confirmed: %j', (line) => {
    expect(after(line).tracker.digest).toBe(DIGEST);
  });

  it.each([
    { status: 'Pushed', id: A },
    { status: `layer digest: ${OTHER}`, id: A },
    { aux: { Digest: 'sha256:short' } },
    { aux: { Digest: 7 } },
    { status: 7 },
    null,
    'text',
  ])('is not read from %j', (line) => {
    expect(after(line).tracker.digest).toBeUndefined();
  });
});

describe('the failure of a push', () => {
  it.each([
    [{ errorDetail: { message: 'new' }, error: 'old' }, 'new'],
    [{ error: 'old' }, 'old'],
  ])('is raised from %j', (line, message) => {
    expect(() => after(line)).toThrow(new PushStreamError(message));
  });
});

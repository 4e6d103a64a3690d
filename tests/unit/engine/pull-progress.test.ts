import { describe, expect, it } from 'vitest';
import { PullStreamError, PullTracker } from '../../../src/engine/pull-progress.js';

const A = 'aaaaaaaaaaaa';
const B = 'bbbbbbbbbbbb';

function downloading(id: string, current: number, total: number): object {
  return { status: 'Downloading', progressDetail: { current, total }, progress: '[=>  ]', id };
}

describe('progress of a pull', () => {
  it('adds up the layers as they become known and are done', () => {
    const tracker = new PullTracker();
    const heard = [
      { status: 'Pulling from library/python', id: '3.13-slim' },
      { status: 'Pulling fs layer', progressDetail: {}, id: A },
      { status: 'Pulling fs layer', progressDetail: {}, id: B },
      downloading(A, 400, 1000),
      downloading(B, 10, 50),
      { status: 'Download complete', progressDetail: {}, id: B },
      downloading(A, 1000, 1000),
      { status: 'Verifying Checksum', progressDetail: {}, id: A },
      { status: 'Extracting', progressDetail: { current: 3, total: 1000 }, id: A },
      { status: 'Pull complete', progressDetail: {}, id: A },
      { status: 'Pull complete', progressDetail: {}, id: B },
      { status: 'Digest: sha256:0123' },
    ].map((line) => tracker.read(line));
    const figures = heard.map((progress) => [
      progress?.layersDone,
      progress?.layersTotal,
      progress?.bytesDone,
      progress?.bytesTotal,
    ]);
    expect(figures).toEqual([
      [0, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 2, 0, 0],
      [0, 2, 400, 1000],
      [0, 2, 410, 1050],
      [0, 2, 450, 1050],
      [0, 2, 1050, 1050],
      [0, 2, 1050, 1050],
      [0, 2, 1050, 1050],
      [1, 2, 1050, 1050],
      [2, 2, 1050, 1050],
      [2, 2, 1050, 1050],
    ]);
    expect(heard.at(-1)?.status).toBe('Digest: sha256:0123');
    expect(tracker.downloaded).toBe(true);
  });

  it('tells that nothing was downloaded when every layer was there', () => {
    const tracker = new PullTracker();
    tracker.read({ status: 'Pulling from library/busybox', id: '1.36' });
    const progress = tracker.read({ status: 'Already exists', progressDetail: {}, id: A });
    tracker.read({ status: 'Status: Image is up to date for busybox:1.36' });
    expect(progress).toMatchObject({ layersDone: 1, layersTotal: 1 });
    expect(tracker.downloaded).toBe(false);
  });

  it('takes a layer without sizes, as small ones have none', () => {
    const tracker = new PullTracker();
    tracker.read({ status: 'Downloading', progressDetail: {}, id: A });
    expect(tracker.read({ status: 'Download complete', id: A })).toMatchObject({
      bytesDone: 0,
      bytesTotal: 0,
    });
    expect(tracker.downloaded).toBe(true);
  });

  it.each([
    [{ errorDetail: { message: 'manifest unknown' }, error: 'old text' }, 'manifest unknown'],
    [{ error: 'manifest unknown' }, 'manifest unknown'],
    [{ errorDetail: { code: 1 }, error: 'manifest unknown' }, 'manifest unknown'],
    [{ errorDetail: {}, error: '' }, ''],
  ])('raises the error that the engine reports inside a 200: %j', (line, message) => {
    const tracker = new PullTracker();
    expect(() => tracker.read(line)).toThrow(new PullStreamError(message));
  });

  it.each([5, 'text', null, [], { status: 7 }, { progressDetail: { current: 'much' } }])(
    'passes over a line of another form: %j',
    (line) => {
      const tracker = new PullTracker();
      tracker.read(downloading(A, 1, 2));
      const progress = tracker.read(line);
      expect(progress?.bytesDone ?? 1).toBe(1);
    },
  );
});

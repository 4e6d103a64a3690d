import { expect, it } from 'vitest';
import { Demuxer } from '../../../src/engine/demux.js';
import { frame } from '../../support/fake-engine/frames.js';

it.each([1, 3, 8, 9, 1000])(
  'the end of each frame is told, however they are cut (pieces of %i bytes)',
  (size) => {
    const frames: string[] = [];
    let open = '';
    const demuxer = new Demuxer(
      (_stream, chunk) => (open += Buffer.from(chunk).toString('latin1')),
      (stream) => {
        frames.push(`${stream} ${open}`);
        open = '';
      },
    );
    const bytes = Buffer.concat([
      frame('stdout', 'one'),
      frame('stderr', ''),
      frame('stdout', 'a longer one'),
      frame('stderr', 'two'),
      frame('stdout', 'never ends').subarray(0, 12),
    ]);
    for (let at = 0; at < bytes.length; at += size) demuxer.push(bytes.subarray(at, at + size));
    expect(frames).toEqual(['stdout one', 'stderr ', 'stdout a longer one', 'stderr two']);
  },
);

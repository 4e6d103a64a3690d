import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WholeLines } from '../../../src/mcp/whole-lines.js';

/** What comes out for what goes in, piece by piece. */
async function piecesFor(...pieces: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const lines = new WholeLines();
  const out: string[] = [];
  lines.on('data', (piece: Buffer) => out.push(piece.toString()));
  for (const piece of pieces) lines.write(piece);
  lines.end();
  await buffer(lines);
  return out;
}

const MIB = 1024 * 1024;

describe('WholeLines', () => {
  it('hands a line on in one piece, in however many it came', async () => {
    const line = `${'x'.repeat(5 * MIB)}\n`;
    const pieces = Array.from({ length: 81 }, (_, at) =>
      line.slice(at * 65_536, (at + 1) * 65_536),
    );
    expect(await piecesFor(...pieces)).toEqual([line]);
  });

  it('hands several lines on at once, and keeps what has not ended', async () => {
    expect(await piecesFor('a\nb\nc', 'd', '\n')).toEqual(['a\nb\n', 'cd\n']);
  });

  it('does not cut a character', async () => {
    const line = Buffer.from('"😀"\n');
    expect(await piecesFor(line.subarray(0, 3), line.subarray(3))).toEqual(['"😀"\n']);
  });

  it('hands on no line that has not ended', async () => {
    expect(await piecesFor('a\n{"half":')).toEqual(['a\n']);
  });

  it('does not collect a line that is too long', async () => {
    const out = await piecesFor(...Array.from({ length: 32 }, () => Buffer.alloc(MIB, 'x')));
    expect(out.map((piece) => piece.length)).toEqual([11 * MIB, 11 * MIB]);
  });
});

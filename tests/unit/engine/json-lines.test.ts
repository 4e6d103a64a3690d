import { describe, expect, it } from 'vitest';
import { jsonLines, JsonLineError } from '../../../src/engine/json-lines.js';
import { generator } from '../../support/random.js';

async function read(chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(asSource(chunks))) values.push(value);
  return values;
}

async function* asSource(
  chunks: readonly (string | Uint8Array)[],
): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe('reading JSON lines', () => {
  it.each<[string, readonly string[], readonly unknown[]]>([
    ['one a line', ['{"a":1}\n{"a":2}\n'], [{ a: 1 }, { a: 2 }]],
    ['with the line ends of the engine', ['{"a":1}\r\n{"a":2}\r\n'], [{ a: 1 }, { a: 2 }]],
    ['the last one without a line end', ['{"a":1}\n{"a":2}'], [{ a: 1 }, { a: 2 }]],
    ['empty lines between them', ['\n\n{"a":1}\r\n\r\n \n'], [{ a: 1 }]],
    ['a line in many chunks', ['{"a"', ':', '1}', '\n'], [{ a: 1 }]],
    ['many lines in one chunk', ['1\n2\n3\n'], [1, 2, 3]],
    ['nothing', [], []],
  ])('takes %s', async (_, chunks, values) => {
    expect(await read(chunks)).toEqual(values);
  });

  it('puts characters together that were cut between chunks, wherever', async () => {
    const value = { text: 'grün 日本 🐳' };
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual([value]);
    }
  });

  it.each([1, 2, 3])('gives the same values however they are cut (seed %i)', async (seed) => {
    const random = generator(seed);
    const values = Array.from({ length: 200 }, (_, id) => ({ id, text: '🐳'.repeat(random(9)) }));
    const bytes = Buffer.from(values.map((value) => JSON.stringify(value)).join('\n'));
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + random(50);
      chunks.push(bytes.subarray(at, end));
      at = end;
    }
    expect(await read(chunks)).toEqual(values);
  });

  it('refuses what is not JSON, and shows its beginning', async () => {
    const page = `<html>${'x'.repeat(1000)}</html>\n`;
    await expect(read(['{"a":1}\n', page])).rejects.toThrow(JsonLineError);
    await expect(read([page])).rejects.toThrow(/^not JSON: "<html>x{194}"$/);
  });

  it('refuses JSON that was cut off', async () => {
    await expect(read(['{"a":1}\n{"a":'])).rejects.toThrow(JsonLineError);
  });

  it('refuses a line without end after 4 MiB, and stops reading there', async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array, void> {
      for (;;) {
        taken += 1;
        yield Buffer.alloc(64 * 1024, 'x');
      }
    }
    const reading = (async () => {
      for await (const value of jsonLines(endless())) expect(value).toBeUndefined();
    })();
    await expect(reading).rejects.toThrow(/over 4194304 characters/);
    expect(taken).toBe(65);
  });

  it('passes the error of its source on, after the lines before it', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('{"a":1}\n{"a"');
      throw new Error('aborted');
    }
    const values: unknown[] = [];
    const reading = (async () => {
      for await (const value of jsonLines(breaking())) values.push(value);
    })();
    await expect(reading).rejects.toThrow('aborted');
    expect(values).toEqual([{ a: 1 }]);
  });
});

import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is not progress. In characters. */
const MAX_LINE = 4 * 1024 * 1024;

/** Raised when a progress stream holds something that is not a JSON object a line. */
export class JsonLineError extends Error {}

/**
 * Reads a stream of JSON values, one a line, as the engine reports progress. The last line needs
 * no newline; a character may be split between chunks. Errors of the source pass through.
 *
 * @throws {JsonLineError} for a line that is not JSON (a proxy's HTML page, say)
 */
export async function* jsonLines(source: AsyncIterable<Uint8Array>): AsyncGenerator {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  for await (const chunk of source) {
    // Only what is new is searched: a long line must not be read again with every chunk.
    const [end = '', ...lines] = decoder.write(Buffer.from(chunk)).split('\n');
    begun += end;
    for (const line of lines) {
      yield* parsed(begun);
      begun = line;
    }
    if (begun.length > MAX_LINE) throw new JsonLineError(`a line is over ${MAX_LINE} characters`);
  }
  yield* parsed(begun + decoder.end());
}

function* parsed(line: string): Generator {
  if (line.trim() === '') return;
  try {
    yield JSON.parse(line);
  } catch (cause) {
    throw new JsonLineError(`not JSON: ${JSON.stringify(line.slice(0, 200))}`, { cause });
  }
}

import { describe, expect, test } from 'vitest';
import { programOf, type ProgramRequest } from '../../../src/probe/talk.js';
import type { ProbeStart } from '../../../src/probe/types.js';

const start = (more: Partial<ProbeStart> = {}): ProbeStart => ({
  start: undefined,
  args: [],
  transport: { kind: 'stdio' },
  environment: {},
  source: 'test',
  ...more,
});

function request(image: ProgramRequest['image'], args: readonly string[] = []): ProgramRequest {
  return { image, environment: { A: 'mine' }, args, timeoutMs: 1000 };
}

const WITH_ENTRYPOINT = { entrypoint: ['node', 'index.js'], command: ['stdio'] };
const WITH_COMMAND = { entrypoint: [], command: ['node', 'index.js'] };

describe("the image's own program", () => {
  test.each([
    ['keeps its command without arguments', WITH_ENTRYPOINT, [], undefined],
    ['gets arguments instead of its command', WITH_ENTRYPOINT, ['/data'], ['/data']],
    ['keeps its command when that is all', WITH_COMMAND, [], undefined],
    ['gets arguments behind its command', WITH_COMMAND, ['/data'], ['node', 'index.js', '/data']],
  ])('%s', (_, image, args, command) => {
    const program = programOf(request(image, args), start(), { network: 'none' });
    expect(program).toMatchObject({ entrypoint: undefined, command });
  });
});

describe('a start of a plan', () => {
  const planned = start({ start: ['node', 'x.js'], args: ['serve'] });

  test.each([
    ['its own arguments', [], ['serve']],
    ["the user's instead", ['/data'], ['/data']],
  ])('gets %s', (_, args, command) => {
    const program = programOf(request(WITH_COMMAND, args), planned, { network: 'none' });
    expect(program).toMatchObject({ entrypoint: ['node', 'x.js'], command });
  });

  test("gets its variables, and the user's win", () => {
    const { environment } = programOf(
      request(WITH_COMMAND),
      start({ environment: { A: 'planned', HOST: '0.0.0.0' } }),
      { network: 'none' },
    );
    expect(environment).toEqual({ A: 'mine', HOST: '0.0.0.0' });
  });
});

test('only a server on HTTP has a network', () => {
  const image = request(WITH_COMMAND);
  expect(programOf(image, start(), { network: 'none' })).toMatchObject({
    networkMode: 'none',
    port: undefined,
  });
  expect(programOf(image, start(), { port: 8000, network: 'bridge' })).toMatchObject({
    networkMode: 'bridge',
    port: 8000,
  });
});

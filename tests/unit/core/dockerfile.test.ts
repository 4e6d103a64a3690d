import { describe, expect, it } from 'vitest';
import { jsonForm, parseDockerfile } from '../../../src/core/dockerfile.js';
import { keyValues, readStages } from '../../../src/core/dockerfile-stages.js';
import { expandVariables } from '../../../src/core/dockerfile-variables.js';

function labels(text: string): readonly string[] {
  return parseDockerfile(text)
    .instructions.filter(({ keyword }) => keyword === 'LABEL')
    .map(({ joined }) => joined.replaceAll(/\s+/g, ' '));
}

// What BuildKit said about the same texts: the labels and commands of the images it built.
describe('parseDockerfile', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'comments and empty lines between continued lines',
      'FROM scratch\nLABEL a=1 \\\n  # comment\n\n  b=2 \\  \n# c\n c=3\n',
      ['a=1 b=2 c=3'],
    ],
    ['a keyword that is continued', 'FROM scratch\nLA\\\nBEL a=1\n', ['a=1']],
    ['another escape character', '# escape=`\nFROM scratch\nLABEL a=1 `\n b=2\n', ['a=1 b=2']],
    [
      'a byte order mark, CRLF and small letters',
      '\uFEFF# escape=`\r\nfrom scratch\r\nlabel a=1 `\r\n b=2\r\n',
      ['a=1 b=2'],
    ],
    ['a last line that ends with a backslash', 'FROM scratch\nLABEL a=1 \\', ['a=1']],
    ['a line of a backslash alone', 'FROM scratch\nLABEL a=1\n\\\nLABEL b=2\n', ['a=1', 'b=2']],
    [
      'an escaped backslash at the end',
      'FROM scratch\nLABEL a=1\\\\\nLABEL b=2',
      ['a=1\\\\', 'b=2'],
    ],
    [
      'a directive behind an empty line, which is a comment',
      '\n# escape=`\nFROM scratch\nLABEL a=1 \\\n b=2',
      ['a=1 b=2'],
    ],
    [
      'a directive behind an unknown one, which is a comment',
      '# foo=bar\n# escape=`\nFROM scratch\nLABEL a=1 \\\n b=2',
      ['a=1 b=2'],
    ],
    [
      'heredocs, whose bodies are no instructions',
      'FROM scratch\nCOPY <<EOF <<-"B" /x/\nLABEL z=1\nEOF\n\tLABEL z=2\n\tB\nLABEL a=1\n',
      ['a=1'],
    ],
    ['a heredoc under ONBUILD', 'FROM scratch\nONBUILD RUN <<E\nLABEL x=1\nE\nLABEL a=1', ['a=1']],
    ['a here-string, which is no heredoc', 'FROM scratch\nRUN cat <<<E\nLABEL a=1', ['a=1']],
    ['an arrow within a word', 'FROM scratch\nRUN echo $((1<<2))\nLABEL a=1', ['a=1']],
  ])('reads %s', (_what, text, expected) => {
    const parsed = parseDockerfile(text);
    expect(parsed.problem).toBeUndefined();
    expect(labels(text)).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /no instructions/],
    ['comments alone', '# only\n', /no instructions/],
    ['ARG without FROM, which crashes old engines', 'ARG A=b\n', /no FROM/],
    ['an instruction before FROM', 'LABEL x=1\nFROM scratch\n', /before the first FROM/],
    ['an unknown instruction', 'FOO x\nFROM scratch\n', /FOO/],
    ['a heredoc without an end', 'FROM scratch\nRUN <<EOF\nx\n', /EOF of line 2 has no end/],
    ['two escape directives', '#escape=`\n#escape=`\nFROM scratch', /more than one escape/],
    ['an impossible escape', '#escape=x\nFROM scratch', /escape directive must be/],
    ['a line above the limit', `FROM scratch\nLABEL a=${'x'.repeat(70_000)}`, /Line 2 is longer/],
  ])('says what is wrong with %s', (_what, text, expected) => {
    expect(parseDockerfile(text).problem).toMatch(expected);
  });

  it('tells flags, text and lines of a RUN', () => {
    const text =
      'FROM a\n\nRUN --mount=type=cache,target="/a b" \\\n  # why\n  --network=none \\\n  npm ci \\\n  && x\nUSER 1';
    expect(parseDockerfile(text).instructions[1]).toEqual({
      keyword: 'RUN',
      flags: ['--mount=type=cache,target="/a b"', '--network=none'],
      rest: 'npm ci \\\n  && x',
      joined: 'npm ci   && x',
      heredocs: [],
      firstLine: 3,
      lastLine: 7,
      flagsAt: { line: 3, column: 3 },
      trigger: null,
    });
  });

  it('keeps heredoc bodies, and counts their lines', () => {
    const run = parseDockerfile('FROM a\nRUN <<A <<-"B"\none\nA\n\ttwo\n\tB\nUSER 1')
      .instructions[1];
    expect(run?.heredocs).toEqual(['one\n', '\ttwo\n']);
    expect([run?.firstLine, run?.lastLine]).toEqual([2, 6]);
  });

  it.each<[string, string, { line: number; column: number }]>([
    ['plain', 'RUN x', { line: 1, column: 3 }],
    ['indented', '  RUN x', { line: 1, column: 5 }],
    ['continued at once', 'RUN \\\n x', { line: 1, column: 3 }],
    ['with a continued keyword', 'RU\\\nN x', { line: 2, column: 1 }],
    ['behind a byte order mark', '\uFEFFRUN x', { line: 1, column: 4 }],
  ])('says where a flag of a RUN goes: %s', (_what, text, expected) => {
    const found = parseDockerfile(text).instructions[0];
    expect(found?.flagsAt).toEqual(expected);
  });

  it('says where a flag goes under ONBUILD', () => {
    const onbuild = parseDockerfile('FROM a\nONBUILD \\\n run --mount=x y').instructions[1];
    expect(onbuild?.trigger).toMatchObject({
      keyword: 'RUN',
      flags: ['--mount=x'],
      joined: 'y',
      flagsAt: { line: 3, column: 4 },
    });
  });

  it('ends in a moment on a hostile megabyte', () => {
    const texts = [
      'RUN \\\n'.repeat(200_000),
      'RUN x\n'.repeat(170_000),
      `RUN <<A\n${'\\\n'.repeat(500_000)}`,
      '\r'.repeat(1e6) + 'x',
      `FROM a\nRUN ${'<<A '.repeat(10_000)}`,
      ' '.repeat(1e6),
      `RUN ${'"'.repeat(60_000)}`,
      `RUN --a${'\\'.repeat(60_000)}`,
      `CMD [${'"'.repeat(60_000)}`,
      `FROM ${'${a:-'.repeat(10_000)}`,
      '#\n'.repeat(500_000),
    ];
    const begin = performance.now();
    for (const text of texts) {
      const { instructions } = parseDockerfile(text);
      readStages(instructions);
      for (const one of instructions.slice(0, 10)) jsonForm(one.joined);
    }
    expect(performance.now() - begin).toBeLessThan(8000);
  }, 20_000);
});

describe('jsonForm', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['["node", "a b.js"]', ['node', 'a b.js']],
    ['["x"] trailing', ['x']],
    ['["a]", "\\"b"]', ['a]', '"b']],
    ['[]', []],
    ['["x",]', undefined],
    ["['x']", undefined],
    ['["x", 1]', undefined],
    ['node index.js', undefined],
  ])('reads %j', (text, expected) => {
    expect(jsonForm(text)).toEqual(expected);
  });
});

describe('expandVariables', () => {
  const values = new Map([
    ['A', 'one'],
    ['E', ''],
  ]);
  it.each<[string, string | undefined]>([
    ['$A-$N-x', 'one--x'],
    ['${A}b', 'oneb'],
    ['${N:-${A}x}', 'onex'],
    ['${E:-y}', 'y'],
    ['${E-y}', ''],
    ['${A:+y}${E:+z}${E+w}', 'yw'],
    ['"${A}atch"', 'oneatch'],
    ["'$A'", '$A'],
    ['\\$A', '$A'],
    ['${A%.*}', undefined],
    ['${N:?text}', undefined],
    ['${A', undefined],
    ['"a', undefined],
  ])('expands %s', (text, expected) => {
    expect(expandVariables(text, values)).toBe(expected);
  });
});

describe('readStages', () => {
  it('resolves bases with the defaults of ARG, and tells stages from images', () => {
    const text =
      'ARG V=22\nARG IMAGE="node:${V}-slim"\nFROM --platform=$BUILDPLATFORM ${IMAGE} AS Build\nRUN x\nFROM build\nFROM ${OTHER:-scratch} as z\n';
    const stages = readStages(parseDockerfile(text).instructions);
    expect(stages.map(({ name, base, parent }) => [name, base, parent?.name ?? null])).toEqual([
      ['build', 'node:22-slim', null],
      [null, 'build', 'build'],
      ['z', 'scratch', null],
    ]);
  });
});

describe('keyValues', () => {
  it.each<[string, string, readonly (readonly [string, string | undefined])[]]>([
    [
      'ENV',
      'A=b C="d e"',
      [
        ['A', 'b'],
        ['C', '"d e"'],
      ],
    ],
    ['ENV', 'A B=c', [['A', 'B=c']]],
    ['ENV', 'A some words', [['A', 'some words']]],
    [
      'ARG',
      'A B=c',
      [
        ['A', undefined],
        ['B', 'c'],
      ],
    ],
  ])('reads %s %s', (keyword, joined, expected) => {
    expect(keyValues({ keyword, joined })).toEqual(expected);
  });
});

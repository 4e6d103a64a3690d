import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { argvSchema, toArgv } from '../../../src/core/argv.js';
import { isSlipwayError } from '../../../src/core/errors.js';
import { parseOptions } from '../../../src/core/options.js';
import { generator } from '../../support/random.js';

function argvOf(command: string): readonly string[] | string {
  const parsed = toArgv(command);
  return parsed.ok ? parsed.argv : parsed.rule;
}

describe('toArgv', () => {
  it('takes an array as it is', () => {
    const argv = ['python', '-c', 'print("$HOME") | x', '', ' '];
    expect(toArgv(argv)).toEqual({ ok: true, argv });
  });

  it.each<[string, readonly string[]]>([
    ['ls', ['ls']],
    ["python -c 'print(1)'", ['python', '-c', 'print(1)']],
    ['python -c "print(1)"', ['python', '-c', 'print(1)']],
    ['  a \t b  ', ['a', 'b']],
    ['\n  a b\n', ['a', 'b']],
    ['a \'\' b ""', ['a', '', 'b', '']],
    ['a"b c"d\'e f\'g', ['ab cde fg']],
    ['a\'b\'"c"\\d', ['abcd']],
    ['a\\ b c', ['a b', 'c']],
    ['a\\ ', ['a ']],
    ["it\\'s", ["it's"]],
    ['a\\\\b', ['a\\b']],
    ['a \\', ['a', '\\']],
    ['echo "a\\"b\\\\c\\$d\\`e\\nf"', ['echo', 'a"b\\c$d`e\\nf']],
    ['echo "a\\\nb"', ['echo', 'ab']],
    ["echo '$HOME `id` | \\n'", ['echo', '$HOME `id` | \\n']],
    ["python -c 'a\nb'", ['python', '-c', 'a\nb']],
    ['echo "a|b;c&d<e>(f)*?[g]{h}#~!"', ['echo', 'a|b;c&d<e>(f)*?[g]{h}#~!']],
    ['echo \\$HOME \\* \\# \\~', ['echo', '$HOME', '*', '#', '~']],
    ['env A=b cmd', ['env', 'A=b', 'cmd']],
    ["'A=b' cmd", ['A=b', 'cmd']],
    ['npm run --flag=value', ['npm', 'run', '--flag=value']],
    ['echo cd', ['echo', 'cd']],
    ['cdrom', ['cdrom']],
    ['-c print', ['-c', 'print']],
    ['git diff HEAD^ a]b', ['git', 'diff', 'HEAD^', 'a]b']],
    ['größe \u00A0x 漢', ['größe', '\u00A0x', '漢']],
    ['a\rb', ['a\rb']],
    ['prog \\\u{1F600}', ['prog', '\u{1F600}']],
  ])('splits %j as a shell does', (command, argv) => {
    expect(argvOf(command)).toEqual(argv);
  });

  it.each([
    'a | b',
    'a|b',
    'a & b',
    'a && b',
    'a; b',
    'a < b',
    'a > b',
    '(a)',
    'echo $HOME',
    'echo `id`',
    'ls *',
    'ls a?',
    'ls [ab]',
    'echo {a,b}',
    'a # b',
    'ls ~',
    '! a',
    'a\nb',
    'a \\\nb',
    'echo "$HOME"',
    'echo "`id`"',
    'echo "a" | b',
    "echo 'a'$b",
    'A=b cmd',
    'A= cmd',
    'A="b" cmd',
    'cd /tmp',
    'exit 3',
    'export A',
    'set',
    'test -f x',
    '. ./env',
    ': nothing',
    'if',
    'until',
    "'cd' /tmp",
    '\\cd /tmp',
    '"e"xit 3',
    'echo \'a\' "b" > c',
  ])('hands %j to the shell as it is', (command) => {
    expect(argvOf(command)).toEqual(['/bin/sh', '-c', command]);
  });

  it('does not hand the white space around a command to the shell', () => {
    expect(argvOf('\n  a | b \n')).toEqual(['/bin/sh', '-c', 'a | b']);
    expect(argvOf('a | b\\ \n')).toEqual(['/bin/sh', '-c', 'a | b\\ ']);
  });

  it.each([
    ['', 'must not be empty'],
    [' \t\n ', 'must not be empty'],
    ["echo 'a", 'has a quote that is not closed'],
    ['echo "a', 'has a quote that is not closed'],
    ['echo "a\\"', 'has a quote that is not closed'],
    ['echo "a\\', 'has a quote that is not closed'],
    ["it's", 'has a quote that is not closed'],
    ['-c "$x"', 'starts with "-" and uses shell syntax; quote it, or send an array'],
    [' +x | y', 'starts with "+" and uses shell syntax; quote it, or send an array'],
  ])('refuses %j: %s', (command, rule) => {
    expect(argvOf(command)).toBe(rule);
  });

  it('tells a caller who sends an array inside a string', () => {
    expect(argvOf('["python", "-c", "print(1)"]')).toMatch(/^is a JSON array inside a string; /);
  });

  it('splits random texts exactly as /bin/sh does', () => {
    const pieces = [
      "'",
      '"',
      '\\',
      ' ',
      '\t',
      'a',
      'b',
      '=',
      '-',
      '%',
      '^',
      ']',
      '$',
      '`',
      '\n',
      'é',
      "''",
      '""',
      '\\"',
    ];
    const split = randomTexts(2000, pieces).flatMap((text) => {
      const parsed = toArgv(`x ${text}`);
      return parsed.ok && parsed.argv[0] === 'x' ? [{ text, argv: parsed.argv.slice(1) }] : [];
    });
    const show = `show() { for word; do printf '%s\\001' "$word"; done; printf '\\002'; }`;
    const script = `${show}; for text; do eval "show $text"; done`;
    const texts = split.map(({ text }) => text);
    const shell = spawnSync('/bin/sh', ['-c', script, 'sh', ...texts], { encoding: 'utf8' });
    expect(shell.stderr).toBe('');
    const answers = shell.stdout
      .split('\u0002')
      .slice(0, -1)
      .map((words) => words.split('\u0001').slice(0, -1));
    expect(answers).toEqual(split.map(({ argv }) => argv));
    expect(split.length).toBeGreaterThan(500);
  });

  // With quadratic work these take minutes and run into the time limit of the test.
  it.each(["'", '"', '\\', ' ', "''", '"\\"', 'a ', "a'b'", '\n ', '"a\\'])(
    'needs time in proportion to the text for a long text of %j',
    (unit) => {
      const text = `x ${unit.repeat(300_000 / unit.length)}`;
      expect(toArgv(text)).toHaveProperty('ok');
      expect(toArgv(`${text}|`)).toHaveProperty('ok');
    },
  );
});

describe('argvSchema', () => {
  const config = z.strictObject({ command: argvSchema.optional() });
  const expected =
    'expected an array of strings (argv), e.g. ["python","-c","print(1)"], ' +
    'or one string such as "python -c \'print(1)\'"';

  function refusal(command: unknown): string {
    try {
      parseOptions(config, { command }, 'config');
    } catch (error) {
      if (isSlipwayError(error, 'INVALID_INPUT')) return error.message;
    }
    return 'nothing was refused';
  }

  it.each<[unknown, readonly string[]]>([
    ["python -c 'print(1)'", ['python', '-c', 'print(1)']],
    [
      ['rm', '-rf', '/'],
      ['rm', '-rf', '/'],
    ],
    ['rm -rf /', ['rm', '-rf', '/']],
    ['a | b', ['/bin/sh', '-c', 'a | b']],
  ])('gives %j as an argument vector', (command, argv) => {
    expect(parseOptions(config, { command }, 'config')).toEqual({ command: argv });
  });

  it.each([[[]], [[123]], [[null]], [[['a']]], [5], [null], [{ 0: 'a' }], [true]])(
    'refuses %j and shows both forms',
    (command) => {
      expect(refusal(command)).toContain(`command ${expected}; got `);
    },
  );

  it.each<[string, unknown, string]>([
    ['NUL', ['echo', 'a\0b'], 'command.1 must not contain a NUL character; got "a\\u0000b".'],
    [
      'NUL in a string',
      'echo a\0b',
      'command must not contain a NUL character; got "echo a\\u0000b".',
    ],
    [
      'a lone surrogate',
      ['\uD800'],
      'command.0 must be valid Unicode, without lone surrogates; got "\\ud800".',
    ],
    ['a quote that is not closed', "it's", 'command has a quote that is not closed; got "it\'s".'],
  ])('refuses %s, naming the argument and the rule', (_name, command, message) => {
    expect(refusal(command)).toContain(message);
  });

  it('accepts the longest argument of Linux and refuses one byte more', () => {
    expect(argvSchema.safeParse(['x', 'a'.repeat(131_071)]).success).toBe(true);
    expect(refusal(['x', 'a'.repeat(131_072)])).toContain(
      'command.1 must be at most 131,071 bytes, the limit of Linux for one argument; got ',
    );
    expect(refusal(`x | ${'a'.repeat(131_072)}`)).toContain(
      'command must be at most 131,071 bytes',
    );
  });

  it('measures bytes, not characters', () => {
    expect(argvSchema.safeParse(['é'.repeat(65_535)]).success).toBe(true);
    expect(argvSchema.safeParse(['é'.repeat(65_536)]).success).toBe(false);
  });

  it('accepts 1 MiB of arguments and refuses one byte more', () => {
    const most = Array.from({ length: 16 }, () => 'a'.repeat(65_536));
    expect(argvSchema.safeParse(most).success).toBe(true);
    expect(refusal([...most, 'a'])).toContain('command must be at most 1 MiB in total; got ');
  });

  it('accepts 1000 arguments and refuses one more, in an array and in a string', () => {
    const most = Array.from({ length: 1000 }, () => 'a');
    expect(argvSchema.safeParse(most).success).toBe(true);
    expect(refusal([...most, 'a'])).toContain('command must have at most 1,000 arguments; got ');
    expect(argvSchema.safeParse(most.join(' ')).success).toBe(true);
    expect(refusal(`${most.join(' ')} a`)).toContain(
      'command must have at most 1,000 arguments; got ',
    );
  });

  it('appears in a tool schema as a string or an array of strings', () => {
    expect(z.toJSONSchema(argvSchema, { io: 'input' })).toMatchObject({
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
    });
  });
});

/** Texts of up to twelve pieces, the same in every run. */
function randomTexts(count: number, pieces: readonly string[]): string[] {
  const random = generator(1);
  const text = (): string =>
    Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join('');
  return Array.from({ length: count }, text);
}

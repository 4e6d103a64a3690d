import { z } from 'zod';
import { INPUT_LIMITS } from './limits.js';
import { textRule } from './text.js';
import { formatBytes, formatCount } from './units.js';

/** What {@link toArgv} answers: an argument vector, or the rule that is broken. */
export type ParsedCommand =
  | { readonly ok: true; readonly argv: readonly string[] }
  | { readonly ok: false; readonly rule: string };

/**
 * A command as the argument vector the container gets.
 *
 * An array is that vector, unchanged. A string is split as a POSIX shell splits it (quotes,
 * backslashes, `''` for an empty argument), or handed to `/bin/sh -c` as it is when only a shell
 * can run it. That is decided much as GNU make decides it (`construct_command_argv_internal` in
 * its job.c). A shell is needed
 * - for any of `| & ; < > ( ) $ * ? [ { } # ~ !`, a backquote or a line end outside of quotes,
 *   wherever it stands, so also where it would mean nothing, as in `a#b`;
 * - for `$` and a backquote inside double quotes; single quotes and a backslash make all literal;
 * - when the first word holds an unquoted `=` (an assignment), or is a word or builtin of the
 *   shell that is no program of its own ({@link SHELL_WORDS}).
 *
 * The shell has to be in the image: without one, send an array.
 *
 * White space around the command means nothing. Refused are an empty string, a quote that is not
 * closed, a JSON array inside a string, and shell syntax after a leading `-` or `+`, because the
 * shell would take that for options of its own.
 */
export function toArgv(command: string | readonly string[]): ParsedCommand {
  if (typeof command !== 'string') return { ok: true, argv: [...command] };
  const text = trimBlanks(command);
  if (text === '') return broken('must not be empty');
  if (text.startsWith('["')) return broken(`is a JSON array inside a string; ${EXPECTED}`);
  const words = splitWords(text);
  if (words === 'unbalanced') return broken('has a quote that is not closed');
  if (words !== 'shell') return { ok: true, argv: words };
  if (/^[-+]/.test(text)) {
    return broken(`starts with "${text[0]}" and uses shell syntax; quote it, or send an array`);
  }
  return { ok: true, argv: ['/bin/sh', '-c', text] };
}

const EXPECTED =
  'expected an array of strings (argv), e.g. ["python","-c","print(1)"], ' +
  'or one string such as "python -c \'print(1)\'"';

function broken(rule: string): ParsedCommand {
  return { ok: false, rule };
}

/** Without the white space around it; a blank that is escaped with a backslash stays. */
function trimBlanks(text: string): string {
  let start = 0;
  while (isBlank(text[start]) || text[start] === '\n') start += 1;
  let end = text.length;
  while (end > start && (isBlank(text[end - 1]) || text[end - 1] === '\n')) end -= 1;
  return text.slice(start, text[end - 1] === '\\' ? end + 1 : end);
}

/** Why a text is not split: it needs a shell, or no shell could read it. */
type NotSplit = 'shell' | 'unbalanced';

/**
 * Words and builtins of a POSIX shell that are no programs, or do something else as programs.
 * The list of GNU make with `until`. As there, quoting the word changes nothing.
 */
const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    '. : alias bg break case cd command continue eval exec exit export fc fg for getopts hash if ' +
    'jobs login logout read readonly return set shift test times trap type ulimit umask unalias ' +
    'unset until wait while'
  ).split(' '),
);

function splitWords(text: string): readonly string[] | NotSplit {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const word = readWord(text, at, words.length === 0);
    if (typeof word === 'string') return word;
    words.push(word.value);
    at = word.end;
    while (isBlank(text[at])) at += 1;
  }
  return SHELL_WORDS.has(words[0] ?? '') ? 'shell' : words;
}

/** A part of the text without its quotes, and where it ends. */
interface Reading {
  readonly value: string;
  readonly end: number;
}

function readWord(text: string, from: number, isFirst: boolean): Reading | NotSplit {
  let value = '';
  let at = from;
  while (at < text.length && !isBlank(text[at])) {
    const piece = readPiece(text, at, isFirst);
    if (typeof piece === 'string') return piece;
    value += piece.value;
    at = piece.end;
  }
  return { value, end: at };
}

function readPiece(text: string, at: number, isFirst: boolean): Reading | NotSplit {
  if (text[at] === "'") return readSingleQuoted(text, at + 1);
  if (text[at] === '"') return readDoubleQuoted(text, at + 1);
  if (text[at] === '\\') return readEscaped(text, at + 1);
  return readPlain(text, at, isFirst);
}

function readSingleQuoted(text: string, from: number): Reading | NotSplit {
  const end = text.indexOf("'", from);
  return end === -1 ? 'unbalanced' : { value: text.slice(from, end), end: end + 1 };
}

function readDoubleQuoted(text: string, from: number): Reading | NotSplit {
  let end = from;
  while (end < text.length && text[end] !== '"') {
    if (text[end] === '$' || text[end] === '`') return 'shell';
    end += text[end] === '\\' ? 2 : 1;
  }
  if (end >= text.length) return 'unbalanced';
  return { value: text.slice(from, end).replaceAll(ESCAPED_IN_QUOTES, '$1'), end: end + 1 };
}

/** Before any other character a backslash in double quotes stays; before a line end both go. */
const ESCAPED_IN_QUOTES = /\\(?:([$`"\\])|\n)/g;

function readEscaped(text: string, at: number): Reading | NotSplit {
  if (text[at] === '\n') return 'shell';
  return at === text.length ? { value: '\\', end: at } : { value: text.charAt(at), end: at + 1 };
}

const SYNTAX: ReadonlySet<string> = new Set('|&;<>()$`*?[{}#~!\n');

function readPlain(text: string, from: number, isFirst: boolean): Reading | NotSplit {
  let end = from;
  for (let char = text[end]; char !== undefined && !endsPlain(char); char = text[end]) {
    if (SYNTAX.has(char) || (isFirst && char === '=')) return 'shell';
    end += 1;
  }
  return { value: text.slice(from, end), end };
}

function endsPlain(char: string): boolean {
  return isBlank(char) || char === "'" || char === '"' || char === '\\';
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

/** Schema of a command: takes what {@link toArgv} takes, gives the argument vector. */
export const argvSchema: z.ZodType<readonly string[], string | readonly string[]> = z
  .union([z.string(), z.array(z.string()).min(1, { error: EXPECTED })], { error: EXPECTED })
  .transform((command, context) => {
    const parsed = toArgv(command);
    if (!parsed.ok) {
      context.issues.push({ code: 'custom', message: parsed.rule, input: command });
      return z.NEVER;
    }
    const problem = argvProblem(parsed.argv);
    if (problem === undefined) return parsed.argv;
    const { index, rule } = problem;
    const inArray = typeof command !== 'string' && index !== undefined;
    context.issues.push({
      code: 'custom',
      message: rule,
      input: inArray ? command[index] : command,
      path: inArray ? [index] : [],
    });
    return z.NEVER;
  });

/** The rule an argument vector breaks, with the index of the argument when it is one alone. */
export function argvProblem(
  argv: readonly string[],
): { readonly index: number | undefined; readonly rule: string } | undefined {
  if (argv.length > INPUT_LIMITS.argumentCount) return { index: undefined, rule: TOO_MANY };
  let total = 0;
  for (const [index, argument] of argv.entries()) {
    const bytes = Buffer.byteLength(argument);
    const rule = bytes > INPUT_LIMITS.argumentBytes ? TOO_LONG : textRule(argument);
    if (rule !== undefined) return { index, rule };
    total += bytes;
  }
  return total > INPUT_LIMITS.argumentsBytes ? { index: undefined, rule: TOO_MUCH } : undefined;
}

const TOO_MANY = `must have at most ${formatCount(INPUT_LIMITS.argumentCount)} arguments`;

const TOO_LONG =
  `must be at most ${formatCount(INPUT_LIMITS.argumentBytes)} bytes, ` +
  'the limit of Linux for one argument';

const TOO_MUCH = `must be at most ${formatBytes(INPUT_LIMITS.argumentsBytes)} in total`;

/**
 * Dockerfiles as instructions, read the way BuildKit reads them: continued lines, comments and
 * empty lines between them, parser directives, flags, here-documents. Pure and linear in time.
 *
 * The rules are those of BuildKit's `frontend/dockerfile/parser`.
 */
import { leadingFlags, startOfText } from './dockerfile-flags.js';
import { heredocNames, type HeredocName } from './dockerfile-heredocs.js';

/** A place in the text as it is in the file. */
export interface SourcePlace {
  /** From 1. */
  readonly line: number;
  /** From 0, in UTF-16 units of that line; a byte order mark counts. */
  readonly column: number;
}

export interface Instruction {
  /** In capitals: `RUN`. */
  readonly keyword: string;
  /** `--mount=type=cache,target=/x`, as written. */
  readonly flags: readonly string[];
  /** What follows the flags, with its continued lines as written, without heredoc bodies. */
  readonly rest: string;
  /** `rest` as BuildKit sees it: lines joined, comments and empty lines between them dropped. */
  readonly joined: string;
  /** The bodies, each with its line ends. */
  readonly heredocs: readonly string[];
  /** From 1; both included. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Right behind the keyword: a flag is added by inserting a space and the flag here. */
  readonly flagsAt: SourcePlace;
  /** What an ONBUILD will run; null for every other instruction. Its heredocs are the outer ones. */
  readonly trigger: Instruction | null;
}

export interface ParsedDockerfile {
  /** `syntax`, `escape`, `check`: names in lower case. */
  readonly directives: Readonly<Record<string, string>>;
  readonly instructions: readonly Instruction[];
  /** Why BuildKit will not take the file; undefined when nothing is wrong with its form. */
  readonly problem?: string;
}

/** Reads a Dockerfile. Never throws: what is wrong is in `problem`, with what was read before it. */
export function parseDockerfile(text: string): ParsedDockerfile {
  const reader: Reader = {
    lines: text.split('\n'),
    next: 0,
    directives: new Map(),
    readsDirectives: true,
    escape: '\\',
  };
  const instructions: Instruction[] = [];
  let problem: string | undefined;
  while (reader.next < reader.lines.length && problem === undefined) {
    problem = readOne(reader, instructions);
  }
  problem ??= problemOfAll(instructions);
  const directives = Object.fromEntries(reader.directives);
  return { directives, instructions, ...(problem === undefined ? {} : { problem }) };
}

/**
 * The words of the exec form, `["node", "index.js"]`; undefined when the text is the shell form.
 * Takes `joined` of an instruction. Text behind the bracket is ignored, as BuildKit does.
 */
export function jsonForm(joined: string): readonly string[] | undefined {
  const array = /^\[(?:[^\]"]|"(?:[^"\\]|\\[^])*")*\]/.exec(joined)?.[0];
  if (array === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(array);
    return isStrings(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The longest line BuildKit reads, in bytes. */
const LONGEST_LINE = 65_535;

const KEYWORDS = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL ' +
    'STOPSIGNAL USER VOLUME WORKDIR'
  ).split(' '),
);
const DIRECTIVES = new Set(['syntax', 'escape', 'check']);
const WITH_HEREDOC = new Set(['ADD', 'COPY', 'RUN']);

interface Reader {
  readonly lines: readonly string[];
  /** Index of the line that is read next. */
  next: number;
  readonly directives: Map<string, string>;
  readsDirectives: boolean;
  escape: string;
}

/** A piece of a joined line: where it begins there, and where it is in the file. */
interface Piece extends SourcePlace {
  readonly at: number;
}

interface LogicalLine {
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly firstLine: number;
  /** The last line of the instruction itself, before its heredocs. */
  readonly endLine: number;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Reads one instruction, comment or empty line; returns what is wrong with it. */
function readOne(reader: Reader, instructions: Instruction[]): string | undefined {
  const first = lineAt(reader, reader.next);
  const wrong = tooLong(first, reader.next) ?? readDirective(reader, first);
  if (wrong !== undefined) return wrong;
  const begin = startOfText(first);
  if (begin === first.length || first[begin] === '#') {
    reader.next += 1;
    return undefined;
  }
  const logical = readLogicalLine(reader, begin);
  if (typeof logical === 'string') return logical;
  const bodies: string[] = [];
  const unterminated = readHeredocs(reader, logical, bodies);
  if (unterminated !== undefined) return unterminated;
  const instruction = toInstruction(reader, logical, { offset: 0, bodies });
  if (instruction !== undefined) instructions.push(instruction);
  return undefined;
}

/** A line without its end. The first may begin with a byte order mark, which is no text. */
function lineAt(reader: Reader, index: number): string {
  const line = withoutReturns(reader.lines[index] ?? '');
  return index === 0 && line.startsWith('\uFEFF') ? ` ${line.slice(1)}` : line;
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end -= 1;
  return line.slice(0, end);
}

function tooLong(line: string, index: number): string | undefined {
  if (line.length * 3 <= LONGEST_LINE) return undefined;
  const bytes = new TextEncoder().encode(line).length;
  return bytes > LONGEST_LINE
    ? `Line ${index + 1} is longer than ${LONGEST_LINE} bytes, the most a Dockerfile may have.`
    : undefined;
}

/** Directives are the comments at the very start; anything else, an unknown name too, ends them. */
function readDirective(reader: Reader, line: string): string | undefined {
  if (!reader.readsDirectives) return undefined;
  const found = /^#\s*([a-z][a-z0-9]*)\s*=(.*)$/i.exec(line.slice(startOfText(line)));
  const value = found?.[2]?.trim() ?? '';
  if (found?.[1] === undefined || value === '') {
    reader.readsDirectives = false;
    return undefined;
  }
  return addDirective(reader, found[1].toLowerCase(), value);
}

function addDirective(reader: Reader, name: string, value: string): string | undefined {
  if (!DIRECTIVES.has(name)) {
    reader.readsDirectives = false;
    return undefined;
  }
  if (reader.directives.has(name)) return `There is more than one ${name} directive.`;
  reader.directives.set(name, value);
  if (name !== 'escape') return undefined;
  reader.escape = value;
  return value === '\\' || value === '`' ? undefined : 'The escape directive must be \\ or `.';
}

/** Joins continued lines; comments and empty lines between them are no part of it. */
function readLogicalLine(reader: Reader, begin: number): LogicalLine | string {
  const first = reader.next;
  const parts: string[] = [];
  const pieces: Piece[] = [];
  let at = 0;
  let open = true;
  for (; open && reader.next < reader.lines.length; reader.next += 1) {
    const line = lineAt(reader, reader.next);
    const wrong = tooLong(line, reader.next);
    if (wrong !== undefined) return wrong;
    const isFirst = reader.next === first;
    const textStart = startOfText(line);
    if (!isFirst && (textStart === line.length || line[textStart] === '#')) continue;
    const end = continuation(line, isFirst ? begin : 0, reader.escape);
    open = end !== undefined;
    const part = line.slice(isFirst ? begin : 0, end);
    pieces.push({ at, line: reader.next + 1, column: isFirst ? begin : 0 });
    parts.push(part);
    at += part.length;
  }
  return { text: parts.join(''), pieces, firstLine: first + 1, endLine: reader.next };
}

/** Where a continued line's own text ends: before its last, unescaped escape character. */
function continuation(line: string, begin: number, escape: string): number | undefined {
  let end = line.length;
  while (end > begin && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  if (end === begin || line[end - 1] !== escape) return undefined;
  return end - 1 > begin && line[end - 2] === escape ? undefined : end - 1;
}

function readHeredocs(reader: Reader, logical: LogicalLine, bodies: string[]): string | undefined {
  for (const name of mayHoldHeredocs(logical.text) ? heredocNames(logical.text) : []) {
    const body = readBody(reader, name);
    if (body === undefined) {
      return `The heredoc <<${name.name} of line ${logical.firstLine} has no end.`;
    }
    bodies.push(body);
  }
  return undefined;
}

function mayHoldHeredocs(line: string): boolean {
  const [first = '', second = ''] = line.trimStart().slice(0, 100).toUpperCase().split(/\s+/, 2);
  return line.includes('<<') && WITH_HEREDOC.has(first === 'ONBUILD' ? second : first);
}

function readBody(reader: Reader, { name, stripsTabs }: HeredocName): string | undefined {
  const body: string[] = [];
  while (reader.next < reader.lines.length) {
    const raw = reader.lines[reader.next] ?? '';
    reader.next += 1;
    const line = withoutReturns(raw);
    if ((stripsTabs ? line.replace(/^\t+/, '') : line) === name) return body.join('');
    body.push(`${raw}\n`);
  }
  return undefined;
}

function toInstruction(
  reader: Reader,
  logical: LogicalLine,
  { offset, bodies }: { readonly offset: number; readonly bodies: readonly string[] },
): Instruction | undefined {
  const start = offset + startOfText(logical.text.slice(offset));
  const word = /^[^\t\v\f\r ]*/.exec(logical.text.slice(start))?.[0] ?? '';
  if (word === '') return undefined;
  const keyword = word.toUpperCase();
  const flags = leadingFlags(logical.text, start + word.length);
  const joined = logical.text.slice(flags.end).trim();
  const nested = keyword === 'ONBUILD' && offset === 0;
  return {
    keyword,
    flags: flags.words,
    rest: asWritten(reader, logical, flags.end),
    joined,
    heredocs: bodies,
    firstLine: logical.firstLine,
    lastLine: reader.next,
    flagsAt: behind(logical, start + word.length),
    trigger: nested
      ? (toInstruction(reader, logical, { offset: flags.end, bodies }) ?? null)
      : null,
  };
}

/** The text of the file from a place in a joined line to the end of its last line. */
function asWritten(reader: Reader, logical: LogicalLine, at: number): string {
  const from = place(logical, at, (piece) => piece.at <= at);
  const lines = [lineAt(reader, from.line - 1).slice(from.column)];
  for (let index = from.line; index < logical.endLine; index += 1) {
    lines.push(lineAt(reader, index));
  }
  return lines.join('\n').trim();
}

/** The place right behind a word that ends at `at`: on the line of its last character. */
function behind(logical: LogicalLine, at: number): SourcePlace {
  return place(logical, at, (piece) => piece.at < at);
}

function place(logical: LogicalLine, at: number, holds: (piece: Piece) => boolean): SourcePlace {
  const piece = logical.pieces.findLast(holds) ?? { at: 0, line: logical.firstLine, column: 0 };
  return { line: piece.line, column: piece.column + at - piece.at };
}

/** What BuildKit says about the instructions as a whole. */
function problemOfAll(instructions: readonly Instruction[]): string | undefined {
  if (instructions.length === 0) return 'The file has no instructions.';
  const unknown = instructions.find(({ keyword }) => !KEYWORDS.has(keyword));
  if (unknown !== undefined) {
    return `Line ${unknown.firstLine} begins with ${unknown.keyword.slice(0, 40)}, which is no instruction.`;
  }
  const first = instructions.find(({ keyword }) => keyword !== 'ARG');
  if (first === undefined) return 'The file has no FROM.';
  return first.keyword === 'FROM'
    ? undefined
    : `${first.keyword} of line ${first.firstLine} comes before the first FROM.`;
}

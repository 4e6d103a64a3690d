/**
 * Names of inputs that a program says it lacks, read from what it wrote before it ended. Patterns
 * of argument parsers (argparse, Click, clap, cobra, commander, yargs), of validators (pydantic,
 * zod), of tracebacks, and of plain sentences. Each is linear in the length of the text.
 */
import type { DeclaredInput } from '../core/build-plan.js';
import { environmentNames, isAmbient } from './named-variables.js';

export interface NamedInputs {
  /** `API_KEY` */
  readonly variables: readonly string[];
  /** `--token` */
  readonly options: readonly string[];
  /** Words for positional arguments: `directory`. */
  readonly arguments: readonly string[];
}

/** The text is bounded by the caller and free of control characters. */
export function namedInputs(text: string, declared: readonly DeclaredInput[]): NamedInputs {
  const lines = text.split('\n').map((line) => line.slice(0, MAX_LINE_CHARACTERS));
  const required = [...parserComplaints(lines), ...optionComplaints(lines)];
  const usage = required.length > 0 ? [] : usageArguments(lines);
  const words = [...required, ...usage];
  return {
    variables: unique([
      ...environmentNames(lines, declared),
      ...words.filter((word) => /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(word) && isVariable(word)),
    ]),
    options: unique(words.filter((word) => word.startsWith('-'))),
    arguments: unique(words.filter((word) => !word.startsWith('-') && !isVariable(word))),
  };

  /** A parser's placeholder such as `ALLOWED_DIRECTORIES` is no variable, unless it is declared. */
  function isVariable(word: string): boolean {
    return declared.some(({ kind, name }) => kind === 'environment' && name === word);
  }
}

const MAX_LINE_CHARACTERS = 2000;

/** `the following arguments are required: --token, directory` and its relatives. */
const COMPLAINTS: readonly RegExp[] = [
  // argparse
  /the following arguments are required: (?<names>.+)/i,
  // Click, Typer
  /Missing (?:option|argument|parameter):? '?"?(?<names>-{0,2}[\w-]+(?:['"]? ?\/ ?['"]?-{1,2}[\w-]+)*)/,
  // cobra
  /required flag\(s\) (?<names>.+?) not set/i,
  // commander
  /missing required argument '(?<names>[^']+)'/i,
  /required option '(?<names>[^']+)' not specified/i,
  // yargs
  /Missing required arguments?: (?<names>.+)/i,
  // yargs, for positional arguments
  /requires at least \d+ arg.*?: (?<names>[\w-]+)/i,
];

function parserComplaints(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) => {
    if (CLAP.test(line)) return clapNames(lines.slice(index + 1));
    const names = COMPLAINTS.flatMap((pattern) => pattern.exec(line)?.groups?.['names'] ?? [])[0];
    return names === undefined ? [] : names.split(/[,/|]/).flatMap((name) => inputName(name) ?? []);
  });
}

const CLAP = /the following required arguments? (?:was|were) not provided:?/i;

/** clap writes one name a line, indented: `  <DIRECTORIES>...`, `  --token <TOKEN>`. */
function clapNames(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line) => !/^\s+\S/.test(line));
  return lines.slice(0, end === -1 ? lines.length : end).flatMap((line) => inputName(line) ?? []);
}

/** `--token is required`, `please provide --api-key`. */
const OPTION_FIRST =
  /(?<![\w-])(?<name>--?[a-z][\w-]+)\b[^.\n]{0,60}?\b(?:is|are|must be|not) (?:required|missing|set|provided|specified)/i;
const OPTION_LAST =
  /\b(?:missing|requires?d?|provide|specify|need(?:s|ed)?|set|pass)\b[^.\n]{0,60}?(?<![\w-])(?<name>--[a-z][\w-]+)/i;

function optionComplaints(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    if (/^\s*usage:|^\s+-/i.test(line)) return [];
    const name = (OPTION_FIRST.exec(line) ?? OPTION_LAST.exec(line))?.groups?.['name'];
    return name === undefined ? [] : [name];
  });
}

/** Of `Usage: name [--debug] <directory> [more...]`: what is not in square brackets. */
function usageArguments(lines: readonly string[]): readonly string[] {
  const usage = lines.find((line) => /\busage:?\s+\S/i.test(line)) ?? '';
  const [, ...words] = usage.replace(/^.*?\busage:?\s+/i, '').split(/\s+/);
  let rest = ` ${words.join(' ')}`;
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = rest.replaceAll(/\[[^[\]]*\]/g, '');
  }
  const options = [...rest.matchAll(/\s(--?[a-z][\w-]*)[= ]<[^>]+>/gi)].map(([, name]) => name);
  const positional = rest.replaceAll(/\s--?[a-z][\w-]*[= ]<[^>]+>/gi, '');
  const named = [...positional.matchAll(/<([a-z][\w -]{0,40})>/gi)].map(([, name]) => name);
  return [...options, ...named].flatMap((name) =>
    name === undefined ? [] : (inputName(name) ?? []),
  );
}

/** `'--token <TOKEN>'` is `--token`, `<DIRECTORIES>...` is `directories`. */
function inputName(text: string): string | undefined {
  const option = /(?<![\w-])--?[a-z][\w-]*/i.exec(text)?.[0];
  if (option !== undefined) return option;
  const name = /[a-z][\w-]*(?: [a-z][\w-]*)?/i.exec(text.trim())?.[0];
  if (name === undefined || isAmbient(name)) return undefined;
  return name;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].slice(0, MAX_NAMES);
}

const MAX_NAMES = 20;

import { formatCount } from './units.js';

/** The rule a text breaks that no engine or program could take as it is, or undefined. */
export function textRule(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain a NUL character';
  if (LONE_SURROGATE.test(text)) return 'must be valid Unicode, without lone surrogates';
  return undefined;
}

/** As {@link textRule}, for text of one line that a person has to read: names and paths. */
export function visibleTextRule(text: string): string | undefined {
  if (HIDDEN.test(text)) return 'must not contain control characters or bidirectional overrides';
  return textRule(text);
}

const HIDDEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;

/** With the `u` flag, paired surrogates are one character and do not match. */
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Program output as a person would see it on a terminal, without what steers the terminal:
 * escape sequences (ECMA-48, 7-bit and C1 forms), control characters except line feed and tab,
 * and bidirectional overrides and isolates are gone; `\r\n` is `\n`; of a line that was redrawn
 * after `\r` the last state stays; a lone surrogate is U+FFFD. Linear in the length of the text.
 */
export function stripControl(text: string): string {
  return collapseRedraws(removeSequences(text));
}

const SPECIAL = /(?![\n\r\t])[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu;

function removeSequences(text: string): string {
  const special = new RegExp(SPECIAL);
  let kept = '';
  let from = 0;
  for (let found = special.exec(text); found !== null; found = special.exec(text)) {
    kept += text.slice(from, found.index);
    if (LONE_SURROGATE.test(found[0])) kept += '\uFFFD';
    // Hostile output is full of them: one search for each run, not for each character.
    from = controlsEnd(text, sequenceEnd(text, found.index));
    special.lastIndex = from;
  }
  return kept + text.slice(from);
}

/** Skips what comes right behind, as long as it is control characters too. */
function controlsEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); isControl(code) && !KEPT.has(code);) {
    at = sequenceEnd(text, at);
    code = text.charCodeAt(at);
  }
  return at;
}

const KEPT: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d]);

const ESC = 0x1b;
const BEL = 0x07;
const STRING_TERMINATOR = 0x9c;
/** A C1 control is ESC and the character this much below it. */
const C1_OFFSET = 0x40;
const CSI = 0x5b;
/** DCS, SOS, OSC, PM, APC: all carry a string that ends with ST. */
const STRING_STARTS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f]);

/** Where the control character or sequence that starts at `at` ends. Always after `at`. */
function sequenceEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const escaped = code === ESC;
  const kind = escaped ? text.charCodeAt(at + 1) : code - C1_OFFSET;
  const body = escaped ? at + 2 : at + 1;
  if (kind === CSI) return finalEnd(text, skip(text, body, 0x30, 0x3f), 0x40);
  if (STRING_STARTS.has(kind)) return stringEnd(text, body);
  if (escaped) return finalEnd(text, at + 1, 0x30);
  // Binary output holds long runs of NUL: one step for each run, not for each character.
  return code === 0 ? skip(text, at, 0, 0) : at + 1;
}

/** Skips intermediate characters and the final one, if it is a final one. */
function finalEnd(text: string, from: number, lowestFinal: number): number {
  const at = skip(text, from, 0x20, 0x2f);
  const code = text.charCodeAt(at);
  return code >= lowestFinal && code <= 0x7e ? at + 1 : at;
}

function skip(text: string, from: number, lowest: number, highest: number): number {
  let at = from;
  while (text.charCodeAt(at) >= lowest && text.charCodeAt(at) <= highest) at += 1;
  return at;
}

/**
 * A string must end before the next control character, so that an unterminated one cannot hide
 * the rest of the output: of such a one only the start is removed. This also keeps the search
 * linear, because no character is looked at for two starts.
 */
function stringEnd(text: string, body: number): number {
  let at = body;
  while (at < text.length && !isControl(text.charCodeAt(at))) at += 1;
  const code = text.charCodeAt(at);
  if (code === BEL || code === STRING_TERMINATOR) return at + 1;
  return code === ESC && text[at + 1] === '\\' ? at + 2 : body;
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

function collapseRedraws(text: string): string {
  return text.includes('\r') ? text.split('\n').map(lastState).join('\n') : text;
}

function lastState(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}

/** Both streams, cut to their budget. */
export interface ShortenedOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** At least one of them was cut. */
  readonly truncated: boolean;
}

/** Of the characters that stay of a cut text, how many are its beginning. */
const HEAD_SHARE = 0.3;

/** Of the budget, what stderr may use however long stdout is. */
const STDERR_SHARE = 0.3;

/**
 * Cuts two outputs to `budget` characters (UTF-16 units) together. What one does not need the
 * other may use; when both are too long, stderr gets 30 %. Of a cut output the first 30 % and the
 * last 70 % stay, cut at line ends where one is near, with one line between them that counts what
 * is missing. That line is part of the budget, and is there even when the budget is smaller.
 *
 * @param fullOutput says where the whole output is; the line names it.
 */
export function shorten(
  stdout: string,
  stderr: string,
  budget: number,
  fullOutput?: (stream: 'stdout' | 'stderr') => string,
): ShortenedOutput {
  if (stdout.length + stderr.length <= budget) return { stdout, stderr, truncated: false };
  const reserved = Math.max(Math.floor(budget * STDERR_SHARE), budget - stdout.length);
  const forStderr = Math.min(stderr.length, reserved);
  return {
    stdout: cut(stdout, budget - forStderr, fullOutput?.('stdout')),
    stderr: cut(stderr, forStderr, fullOutput?.('stderr')),
    truncated: true,
  };
}

function cut(text: string, allowed: number, where: string | undefined): string {
  if (text.length <= allowed) return text;
  const longestMarker = marker(text.length, text.length, where).length + '\n\n'.length;
  const room = Math.max(0, allowed - longestMarker);
  const headRoom = Math.floor(room * HEAD_SHARE);
  const head = text.slice(0, headEnd(text, headRoom));
  const tail = text.slice(tailStart(text, text.length - (room - headRoom)));
  const omitted = text.slice(head.length, text.length - tail.length);
  const lineEnd = head === '' || head.endsWith('\n') ? '' : '\n';
  return `${head}${lineEnd}${marker(omitted.length, lineCount(omitted), where)}\n${tail}`;
}

function marker(characters: number, lines: number, where: string | undefined): string {
  const lineText = `${formatCount(lines)} ${lines === 1 ? 'line' : 'lines'}`;
  const source = where === undefined ? '' : `; full output: ${where}`;
  return `[… ${formatCount(characters)} characters (${lineText}) omitted${source} …]`;
}

/** The last line end in the second half of the head, or the exact length without one. */
function headEnd(text: string, length: number): number {
  if (length === 0) return 0;
  const lineEnd = text.lastIndexOf('\n', length - 1) + 1;
  if (lineEnd >= length / 2) return lineEnd;
  return splitsPair(text, length) ? length - 1 : length;
}

/** The first line start in the first half of the tail, or the exact place without one. */
function tailStart(text: string, from: number): number {
  const lineStart = text.indexOf('\n', from - 1) + 1;
  if (lineStart > 0 && lineStart - from <= (text.length - from) / 2) return lineStart;
  return splitsPair(text, from) ? from + 1 : from;
}

function splitsPair(text: string, at: number): boolean {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

function lineCount(text: string): number {
  let count = text.endsWith('\n') || text === '' ? 0 : 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

import Handlebars from 'handlebars';
import { z } from 'zod';
import { invalidInput } from '../core/options.js';
import { BLOCK_HELPERS, WRITER_NAMES } from './helpers.js';

/** Characters. Ours have some hundreds. */
const LONGEST = 64 * 1024;

/** Handlebars reads a template in a time that grows with the square of them. */
const MOST_EXPRESSIONS = 1000;

/** Blocks in blocks, and helpers in arguments of helpers. */
const DEEPEST = 8;

/**
 * A template of the operator, checked before it is compiled: text, values, the block helpers
 * `each`, `if`, `unless` and ours. No partials, no decorators: both reach beyond the data.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for `template`
 */
export function checkTemplate(template: unknown): string {
  // A string only: Handlebars takes a syntax tree too and would run code that is in it.
  if (typeof template !== 'string') throw invalidInput('template', 'must be a text', template);
  if (template.length > LONGEST) {
    throw invalidInput('template', `must have at most ${LONGEST} characters`, template);
  }
  if (template.split('{{').length > MOST_EXPRESSIONS) {
    throw invalidInput('template', `must have at most ${MOST_EXPRESSIONS} expressions`, template);
  }
  checkProgram(parse(template), 0);
  return template;
}

function parse(template: string): unknown {
  try {
    return Handlebars.parse(template);
  } catch (error) {
    // The parser's own words, or a full stack for blocks nested by the thousand.
    const reason = error instanceof Error ? error.message.split('\n', 1).join('') : 'unknown';
    throw invalidInput('template', `is not a Handlebars template (${reason})`, template);
  }
}

const programSchema = z.object({ body: z.array(z.looseObject({ type: z.string() })) });

const callSchema = z.object({
  path: z.looseObject({ type: z.string() }),
  params: z.array(z.unknown()),
  hash: z.unknown(),
});

const blockSchema = callSchema.extend({
  program: programSchema.optional(),
  inverse: programSchema.optional(),
});

function checkProgram(program: unknown, depth: number): void {
  if (depth > DEEPEST) {
    throw invalidInput('template', `must nest at most ${DEEPEST} blocks`, undefined);
  }
  for (const statement of programSchema.parse(program).body) checkStatement(statement, depth);
}

function checkStatement(statement: { readonly type: string }, depth: number): void {
  switch (statement.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      return;
    case 'MustacheStatement':
      checkCall(statement, WRITER_NAMES, 0);
      return;
    case 'BlockStatement': {
      const block = blockSchema.parse(statement);
      checkCall(statement, BLOCK_HELPERS, 0);
      if (block.program !== undefined) checkProgram(block.program, depth + 1);
      if (block.inverse !== undefined) checkProgram(block.inverse, depth + 1);
      return;
    }
    default:
      throw invalidInput('template', 'must not use partials or decorators', statement.type);
  }
}

/** A helper with arguments, or (in a mustache) a plain value. */
function checkCall(statement: unknown, helpers: readonly string[], depth: number): void {
  const call = callSchema.parse(statement);
  const name = String(call.path['original']);
  checkPath(call.path);
  const isValue = call.params.length === 0 && helpers === WRITER_NAMES;
  if (!isValue && !helpers.includes(name)) {
    throw invalidInput('template', `can use ${helpers.join(', ')} here`, name);
  }
  const pairs = z.object({ pairs: z.array(z.unknown()) }).safeParse(call.hash);
  if (pairs.success && pairs.data.pairs.length > 0) {
    throw invalidInput('template', 'gives a helper named arguments, which none takes', name);
  }
  for (const parameter of call.params) checkParameter(parameter, depth + 1);
}

function checkParameter(parameter: unknown, depth: number): void {
  const { type, ...rest } = z.looseObject({ type: z.string() }).parse(parameter);
  if (type === 'SubExpression') {
    if (depth > DEEPEST) throw invalidInput('template', 'nests helpers too deeply', undefined);
    checkCall(rest, WRITER_NAMES, depth);
  } else if (type === 'PathExpression') {
    checkPath(rest);
  }
}

function checkPath(path: Readonly<Record<string, unknown>>): void {
  const parts = z.array(z.unknown()).safeParse(path['parts']);
  const forbidden = (parts.success ? parts.data : []).find(
    (part) => typeof part !== 'string' || INHERITED.has(part),
  );
  if (forbidden !== undefined) {
    throw invalidInput('template', 'must read values of the plan only', forbidden);
  }
}

/** What every object has without holding it. */
const INHERITED: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]);

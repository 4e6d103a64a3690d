import { describe, expect, test } from 'vitest';
import type { DeclaredInput } from '../../../src/core/build-plan.js';
import { verdict, type VerdictFacts } from '../../../src/probe/verdict.js';

const input = (name: string, more: Partial<DeclaredInput> = {}): DeclaredInput => ({
  kind: 'environment',
  name,
  required: true,
  secret: false,
  defaultValue: null,
  description: null,
  source: 'README.md',
  ...more,
});

function judge(facts: Partial<VerdictFacts> & { readonly code?: number }) {
  const { code, ...more } = facts;
  const end =
    code === undefined ? undefined : { exitCode: code, outOfMemory: false, failure: undefined };
  return verdict({
    course: { kind: 'ended' },
    end,
    output: '',
    inputs: [],
    given: { variables: new Set(), args: [] },
    timeoutMs: 60_000,
    ...more,
  });
}

const tools = (...names: readonly string[]): VerdictFacts['course'] => ({
  kind: 'tools',
  era: 'initialize',
  protocolVersion: '2025-11-25',
  serverInfo: null,
  tools: names.map((name) => ({ name, description: null })),
});

describe('a server that lists tools', () => {
  test('works, whatever it is said to need and complains about', () => {
    const facts = { course: tools('a'), inputs: [input('A_KEY')], output: 'A_KEY is missing' };
    expect(judge(facts)).toEqual({ status: 'works', missing: [], reason: null });
  });

  test('lacks its secrets when it lists none and was given nothing', () => {
    const inputs = [input('A_TOKEN', { required: false, secret: true })];
    expect(judge({ course: tools(), inputs })).toMatchObject({
      status: 'needs_config',
      missing: ['A_TOKEN'],
    });
    const given = { variables: new Set(['A_URL']), args: [] };
    expect(judge({ course: tools(), inputs, given })).toMatchObject({ status: 'works' });
  });
});

describe('a program that ended', () => {
  test.each([
    ["ModuleNotFoundError: No module named 'mcp'", 1],
    ["Error: Cannot find module '/app/index.js'", 1],
    ["SyntaxError: Unexpected token 'export'", 1],
    ["AttributeError: 'Server' object has no attribute 'list_tools'", 1],
    ['sh: 1: uv: not found', 127],
  ])('is broken, whatever is declared: %s', (line, code) => {
    const output = `Traceback:\n${line}\n    at x (y.js:1)\nNode.js v24.1.0`;
    expect(judge({ output, code, inputs: [input('A_KEY')] })).toEqual({
      status: 'broken',
      missing: [],
      reason: `It ended with exit code ${code} before it answered: ${line}`,
    });
  });

  test('lacks what is declared when it failed over nothing', () => {
    const output = "AttributeError: 'NoneType' object has no attribute 'split'";
    expect(judge({ output, code: 1, inputs: [input('A_KEY')] }).missing).toEqual(['A_KEY']);
  });

  test('lacks what it names, and what else is declared as required', () => {
    const inputs = [input('A_KEY'), input('B_KEY'), input('C_KEY', { defaultValue: 'c' })];
    expect(judge({ output: 'A_KEY is not set', code: 1, inputs })).toEqual({
      status: 'needs_config',
      missing: ['A_KEY', 'B_KEY'],
      reason:
        'A_KEY and B_KEY are missing: it ended with exit code 1 before it answered: A_KEY is not set',
    });
  });

  test('lacks nothing that it was given', () => {
    const given = { variables: new Set(['A_KEY']), args: ['--url=x', '/data'] };
    const inputs = [
      input('A_KEY'),
      input('--url', { kind: 'argument' }),
      input('directory', { kind: 'argument' }),
    ];
    const output = 'A_KEY is required, --url is required\nUsage: tiny <directory>';
    expect(judge({ output, code: 1, inputs, given })).toMatchObject({
      status: 'broken',
      missing: [],
    });
  });

  test('names a positional argument once, in its own word', () => {
    const inputs = [input('directory', { kind: 'argument' })];
    const output = 'Usage: tiny <allowed-directory>';
    expect(judge({ output, code: 1, inputs }).missing).toEqual(['allowed-directory']);
  });

  test.each([
    ['printed a notice', 'Coming soon', 0, 'unsupported'],
    ['said nothing, with 0', '', 0, 'broken'],
    ['said nothing, with 2', '', 2, 'broken'],
    ['failed with words', 'Boom', 2, 'broken'],
  ])('and %s', (_, output, code, status) => {
    expect(judge({ output, code })).toMatchObject({ status, missing: [] });
  });

  test('ran out of memory', () => {
    const end = { exitCode: 137, outOfMemory: true, failure: undefined };
    expect(judge({ end, inputs: [input('A_KEY')] })).toMatchObject({
      status: 'broken',
      reason: 'It ran out of memory.',
    });
  });
});

describe('an answer over HTTP', () => {
  const answered = (status: number) => judge({ course: { kind: 'foreign', status, text: 'x' } });

  test.each([
    [401, 'needs_config'],
    [403, 'needs_config'],
    [500, 'broken'],
    [404, 'unsupported'],
    [200, 'unsupported'],
  ])('with status %i', (status, expected) => {
    expect(answered(status).status).toBe(expected);
  });
});

test('a refusal is told in its own words, on one line', () => {
  const course = { kind: 'refused', method: 'tools/list', message: 'no\n\u001b[31mway' } as const;
  expect(judge({ course }).reason).toBe('It answered tools/list with the error "no way".');
});

test('a refusal can name what is missing', () => {
  const course = { kind: 'refused', method: 'initialize', message: 'API_KEY is not set' } as const;
  expect(judge({ course })).toMatchObject({ status: 'needs_config', missing: ['API_KEY'] });
});

describe('a program that something outside does not answer', () => {
  test.each([
    ['Error: connect ECONNREFUSED 127.0.0.1:5432'],
    ['redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379.'],
    ['getaddrinfo ENOTFOUND api.example.com'],
    ['Error: could not connect to the database'],
  ])('needs that, and the variables that say where it is: %s', (output) => {
    const inputs = [
      input('DB_HOST', { required: false }),
      input('LOG_LEVEL', { required: false }),
      input('DB_PASSWORD', { required: false, secret: true }),
    ];
    const judged = judge({ code: 1, output, inputs });
    expect(judged).toMatchObject({ status: 'needs_config', missing: ['DB_HOST', 'DB_PASSWORD'] });
    expect(judged.reason).toContain('cannot reach');
  });

  test('says so in its answer to a request, too', () => {
    const message = 'No working IDE endpoint available.';
    const course = { kind: 'refused', method: 'tools/list', message } as const;
    expect(judge({ course })).toMatchObject({ status: 'needs_config', missing: [] });
  });

  test('is broken when a module is missing, whatever else it says', () => {
    const output = "Error: Cannot find module 'pg'\nconnect ECONNREFUSED";
    expect(judge({ code: 1, output })).toMatchObject({ status: 'broken' });
  });
});

describe('a program that uses a variable nobody set', () => {
  test.each([
    ["TypeError: Cannot read properties of undefined (reading 'trim')"],
    [
      "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
    ],
    ['TypeError [ERR_INVALID_URL]: Invalid URL'],
  ])('lacks what it declares without a default: %s', (output) => {
    const inputs = [
      input('DATABASE_URL', { required: false }),
      input('LOG_LEVEL', { required: false, defaultValue: 'info' }),
    ];
    expect(judge({ code: 1, output, inputs })).toMatchObject({
      status: 'needs_config',
      missing: ['DATABASE_URL'],
    });
    const given = { variables: new Set(['DATABASE_URL']), args: [] };
    expect(judge({ code: 1, output, inputs, given })).toMatchObject({ status: 'broken' });
  });
});

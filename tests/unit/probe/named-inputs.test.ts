import { describe, expect, test } from 'vitest';
import type { DeclaredInput } from '../../../src/core/build-plan.js';
import { namedInputs } from '../../../src/probe/named-inputs.js';

const declared = (name: string, required: boolean, defaultValue: string | null = null) =>
  ({
    kind: 'environment',
    name,
    required,
    secret: true,
    defaultValue,
    description: null,
    source: 'README.md',
  }) satisfies DeclaredInput;

const variables = (text: string, inputs: readonly DeclaredInput[] = []) =>
  namedInputs(text, inputs).variables;

describe('variables that a program lacks are read from', () => {
  test.each([
    ['a plain sentence', 'Error: NOTION_TOKEN is required', ['NOTION_TOKEN']],
    ['its other order', 'Missing required env: FIGMA_API_KEY', ['FIGMA_API_KEY']],
    ['a polite one', 'Please set the AIRTABLE_API_KEY first.', ['AIRTABLE_API_KEY']],
    ['must be set', 'BASE_URL and BASE_TOKEN must be set', ['BASE_URL', 'BASE_TOKEN']],
    ['not set', '[error] DISCORD_TOKEN environment variable not set', ['DISCORD_TOKEN']],
    ['one word', 'TOKEN environment variable is missing', ['TOKEN']],
    [
      'a list below a sentence',
      'The following variables are required:\n  - API_KEY\n  - API_SECRET\n',
      ['API_KEY', 'API_SECRET'],
    ],
    ['a KeyError', "KeyError: 'TELEGRAM_API_ID'", ['TELEGRAM_API_ID']],
    [
      'a frame of Python',
      `  File "/app/main.py", line 9, in <module>
    API_ID = int(os.getenv("TELEGRAM_API_ID"))
TypeError: int() argument must be a string, not 'NoneType'`,
      ['TELEGRAM_API_ID'],
    ],
    [
      'a frame of Node',
      'const u = new URL(process.env.HUB_URL);\nTypeError: Invalid URL',
      ['HUB_URL'],
    ],
    [
      'pydantic',
      `pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
api_key
  Field required [type=missing, input_value={}, input_type=dict]`,
      ['API_KEY'],
    ],
    [
      'the issues of zod',
      '[\n  {\n    "code": "invalid_type",\n    "path": [\n      "SLACK_TOKEN"\n    ],\n    "message": "Required"\n  }\n]',
      ['SLACK_TOKEN'],
    ],
    [
      'the sentences of zod',
      '✖ Invalid input: expected string, received undefined\n  → at SLACK_TOKEN',
      ['SLACK_TOKEN'],
    ],
    ['Go', 'panic: os.Getenv("MYSQL_DSN") is empty', ['MYSQL_DSN']],
  ])('%s', (_, text, names) => {
    expect(variables(text)).toEqual(names);
  });

  test('a field of pydantic whose prefix the repository declares', () => {
    const text = '1 validation error for Settings\ntoken\n  Field required [type=missing]';
    expect(variables(text, [declared('JIRA_TOKEN', true)])).toEqual(['JIRA_TOKEN']);
  });

  test('the mere mention of a declared one that is required', () => {
    const inputs = [declared('APIKEY', true), declared('REGION', false)];
    expect(variables('cannot start, see APIKEY in the manual (REGION)', inputs)).toEqual([
      'APIKEY',
    ]);
  });
});

describe('what is no missing variable', () => {
  test.each([
    ['ambient ones', 'PATH must be set; HOME is not set; NODE_ENV is required; LC_ALL not set'],
    [
      'codes of errors',
      'Error: ERR_INVALID_ARG_TYPE required; SELF_SIGNED_CERT_IN_CHAIN not found',
    ],
    ['codes of the protocol', 'expected METHOD_NOT_FOUND, INVALID_PARAMS not found'],
    ['a setting that is shown', 'API_REGION=eu-west-1\nMAX_ROWS: 100'],
    ['an entry of information', 'INFO: CACHE_DIR not set, using the default'],
    ['part of a longer word', 'the option aAPI_KEYb is required'],
  ])('%s', (_, text) => {
    expect(variables(text)).toEqual([]);
  });

  test('an optional one that is only mentioned, or has a default', () => {
    const inputs = [declared('API_REGION', false), declared('API_PORT', true, '80')];
    expect(variables('API_REGION eu, API_PORT=80', inputs)).toEqual([]);
  });
});

describe('options and arguments that a program lacks are read from', () => {
  test.each([
    [
      'argparse',
      'usage: main.py [-h] --token TOKEN folder\nmain.py: error: the following arguments are required: --token, folder',
      ['--token'],
      ['folder'],
    ],
    ['Click', "Error: Missing option '--api-key'.", ['--api-key'], []],
    ['Click, in a box', "│ Missing argument 'DIRECTORY'.   │", [], ['DIRECTORY']],
    [
      'clap',
      'error: the following required arguments were not provided:\n  <ALLOWED_DIRECTORIES>...\n  --token <TOKEN>\n\nUsage: fs <ALLOWED_DIRECTORIES>...',
      ['--token'],
      ['ALLOWED_DIRECTORIES'],
    ],
    ['cobra', 'Error: required flag(s) "dsn", "url" not set', [], ['dsn', 'url']],
    ['commander', "error: missing required argument 'dir'", [], ['dir']],
    ['commander', "error: required option '--token <token>' not specified", ['--token'], []],
    ['yargs', 'Missing required arguments: figma, key', [], ['figma', 'key']],
    ['a sentence', 'Error: --dsn is required', ['--dsn'], []],
    ['a request', 'Please provide --fb-token <value>', ['--fb-token'], []],
    [
      'a usage',
      'Usage: mcp-server-filesystem <allowed-directory> [more...]',
      [],
      ['allowed-directory'],
    ],
    ['a usage with options', 'usage: x [--debug] [--log <file>] --db <path>', ['--db'], []],
    ['a usage without needs', 'Usage: tiny [options] [command]', [], []],
  ])('%s: %s', (_, text, options, positional) => {
    expect(namedInputs(text, [])).toMatchObject({ options, arguments: positional });
  });
});

test('the search takes no time that grows with the square of a hostile text', () => {
  const began = performance.now();
  for (const part of ['A_', 'missing --a', '"path": [', 'usage: <', '[', 'KeyError: ', 'env ']) {
    namedInputs(part.repeat(100_000 / part.length), [declared('A_B', true)]);
    namedInputs(`${part}\n`.repeat(100_000 / part.length), [declared('A_B', true)]);
  }
  expect(performance.now() - began).toBeLessThan(5000);
});

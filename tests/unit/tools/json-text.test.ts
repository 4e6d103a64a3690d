import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { portableSchema } from '../../../src/mcp/wire-schema.js';
import { TOOLS } from '../../../src/tools/registry.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { call, contextOf } from './tool-context.js';

/** Calls the tool with one more argument; gives what the library was asked for, or the refusal. */
async function asked(
  field: string,
  value: unknown,
  tool = 'execute_with_payload',
): Promise<{ readonly config: Record<string, unknown>; readonly refusal: string | null }> {
  let config: Record<string, unknown> = {};
  const take = (given: object) => {
    config = { ...given };
    return Promise.resolve(runResultOf());
  };
  const context = contextOf({ executeWithPayload: take, buildAndExecuteGitHubRepo: take });
  const needed =
    tool === 'execute_with_payload'
      ? { image: 'busybox', payload: 'x' }
      : { repo_url: 'https://github.com/org/repo' };
  const { output, isError } = await call(tool, { ...needed, [field]: value }, context);
  return { config, refusal: isError ? String(output['error_message']) : null };
}

const takesNoText = (field: z.ZodType): boolean =>
  ['object', 'array'].includes(String(portableSchema(field, 'input')['type']));

describe('an array or object sent as JSON text', () => {
  it.each([
    ['["ls","-l"]', ['ls', '-l']],
    [' ["ls", "-l"]\n', ['ls', '-l']],
    ['[\n  "ls",\n  "-l"\n]', ['ls', '-l']],
    ['["echo","a \\"b\\" [c]"]', ['echo', 'a "b" [c]']],
  ])('is the argument vector it says: %j', async (text, argv) => {
    expect((await asked('command', text)).config['command']).toEqual(argv);
    expect((await asked('entrypoint', text)).config['entrypoint']).toEqual(argv);
  });

  it.each([
    'ls -l',
    '[ -f /etc/passwd ] && echo yes',
    '[ "x" ]',
    '[ "a", "b" ]',
    '[]',
    '[1,2]',
    '{"a":1}',
    '"ls"',
    '5',
    'null',
    '[[ -n "$X" ]]',
  ])('is not read into a command that a shell could mean: %j', async (text) => {
    expect(await asked('command', text)).toMatchObject({
      config: { command: text },
      refusal: null,
    });
  });

  it('is left to the rule for commands when it is not JSON', async () => {
    const text = '["ls", -l]';
    expect((await asked('command', text)).config['command']).toBe(text);
  });

  it('of other things than text is no argument vector', async () => {
    const { config, refusal } = await asked('command', '["sleep",5]');
    expect(config).toEqual({});
    expect(refusal).toContain('command: expected an array of strings (argv)');
  });

  it.each([
    ['environment', 'execute_with_payload', 'environment'],
    ['environment', 'build_and_execute_github_repo', 'environment'],
    ['build_args', 'build_and_execute_github_repo', 'buildArgs'],
  ])('is the object it says: %s of %s', async (field, tool, option) => {
    const { config } = await asked(field, ' {"A":"1","B":"{}"}', tool);
    expect(config[option]).toEqual({ A: '1', B: '{}' });
  });

  it.each(['', 'A=1', '{"A":"1"', '["A"]', 'null', '"{}"', '{"A":1}'])(
    'is refused as any other wrong value, and not repeated: %j',
    async (text) => {
      const { config, refusal } = await asked('environment', text);
      expect(config).toEqual({});
      expect(refusal).toMatch(/^Input validation error: environment/);
      expect(refusal).not.toContain('got');
    },
  );

  it('survives any depth', async () => {
    const deep = `["a",${'['.repeat(200_000)}${']'.repeat(200_000)}]`;
    expect((await asked('command', deep)).refusal).toContain('command: expected an array');
    expect((await asked('environment', deep)).refusal).toContain('environment');
  });

  it.each([
    ['stdin', '["a"]', 'stdin'],
    ['stdin', '{"a":1}', 'stdin'],
    ['payload', '["a"]', 'payload'],
    ['payload', '{"a":1}', 'payload'],
  ])('stays text where text is meant: %s %s', async (field, text, option) => {
    expect((await asked(field, text)).config[option]).toBe(text);
  });

  it('is the list or the object it says, for files and artifacts', async () => {
    expect((await asked('artifacts', '["/a","/b/*"]')).config['artifacts']).toEqual(['/a', '/b/*']);
    expect((await asked('files', '{"/a":"x"}')).config['files']).toEqual([
      { path: '/a', content: 'x' },
    ]);
  });

  it('is taken by every field that takes no text', () => {
    const wanting = TOOLS.flatMap((tool) => Object.entries<unknown>(tool.input.shape)).flatMap(
      ([name, field]) =>
        field instanceof z.ZodType && takesNoText(field) ? [{ name, field }] : [],
    );
    expect(new Set(wanting.map(({ name }) => name))).toEqual(
      new Set(['environment', 'build_args', 'files', 'artifacts']),
    );
    const unread = wanting.filter(
      ({ field }) => !['{}', '[]'].some((text) => field.safeParse(text).success),
    );
    expect(unread).toEqual([]);
  });
});

describe('a number sent as text', () => {
  it.each([
    ['timeout', '30', 'timeoutMs', 30_000],
    ['timeout', ' 1.5 ', 'timeoutMs', 1500],
    ['cpu_limit', '2', 'cpus', 2],
    ['cpu_limit', '0.5', 'cpus', 0.5],
  ])('is the number it says: %s %j', async (field, text, option, value) => {
    expect((await asked(field, text)).config[option]).toBe(value);
  });

  it.each(['', ' ', '30s', '1e3', '0x10', 'NaN', 'Infinity', '1,5', '9'.repeat(400), '30 40'])(
    'is refused when it is none: %j',
    async (text) => {
      const { config, refusal } = await asked('timeout', text);
      expect(config).toEqual({});
      expect(refusal).toContain('timeout: expected number');
    },
  );

  it('is held to the bounds of its field', async () => {
    expect((await asked('timeout', '3601')).refusal).toContain('timeout');
    expect((await asked('cpu_limit', '-1')).refusal).toContain('cpu_limit: expected 0.01 to 64');
  });
});

describe('a size sent as a number', () => {
  it.each([
    [67_108_864, '67108864'],
    ['64m', '64m'],
  ])('is that number of bytes: %j', async (value, memory) => {
    expect((await asked('memory_limit', value)).config['memoryBytes']).toBe(memory);
  });

  it.each([-1, 1e21, Number.NaN, true, null, {}])('is refused otherwise: %j', async (value) => {
    expect((await asked('memory_limit', value)).refusal).toContain('memory_limit: expected');
  });
});

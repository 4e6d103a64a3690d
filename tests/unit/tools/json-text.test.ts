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

  it('is taken by every field that takes no text', () => {
    const wanting = TOOLS.flatMap((tool) => Object.entries<unknown>(tool.input.shape)).flatMap(
      ([name, field]) =>
        field instanceof z.ZodType && takesNoText(field) ? [{ name, field }] : [],
    );
    expect(new Set(wanting.map(({ name }) => name))).toEqual(
      new Set(['environment', 'build_args']),
    );
    const unread = wanting.filter(
      ({ field }) => !['{}', '[]'].some((text) => field.safeParse(text).success),
    );
    expect(unread).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PRESETS } from '../../../src/policy/policy.js';
import { TOOLS } from '../../../src/tools/registry.js';
import { servedOptions } from '../cli/served-options.js';
import { packageFacts, readJson } from './package-facts.js';

/** From MCPB's schemas/mcpb-manifest-v0.3.schema.json, the parts that are used. */
const manifestSchema = z.strictObject({
  manifest_version: z.literal('0.3'),
  name: z.string(),
  display_name: z.string(),
  version: z.string(),
  description: z.string(),
  long_description: z.string(),
  author: z.strictObject({ name: z.string() }),
  license: z.string(),
  keywords: z.array(z.string()),
  server: z.strictObject({
    type: z.literal('node'),
    entry_point: z.string(),
    mcp_config: z.strictObject({
      command: z.literal('node'),
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
    }),
  }),
  tools: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  user_config: z.record(
    z.string(),
    z.strictObject({
      type: z.enum(['string', 'number', 'boolean', 'directory', 'file']),
      title: z.string(),
      description: z.string(),
      required: z.boolean(),
      default: z.union([z.string(), z.boolean()]),
    }),
  ),
  compatibility: z.strictObject({
    platforms: z.array(z.enum(['darwin', 'win32', 'linux'])),
    runtimes: z.strictObject({ node: z.string() }),
  }),
});

const manifest = manifestSchema.parse(readJson('packaging/manifest.json'));
const { args, env } = manifest.server.mcp_config;

type Answers = Readonly<Record<string, string | boolean>>;

/** The variables that the application sets for these answers of the user. */
function variables(answers: Answers = {}): Record<string, string> {
  const defaults = Object.entries(manifest.user_config).map(
    ([name, option]) => [name, option.default] as const,
  );
  const values = new Map<string, string | boolean>([...defaults, ...Object.entries(answers)]);
  const entries = Object.entries(env).map(([name, text]) => {
    const filled = text.replaceAll(/\$\{user_config\.(\w+)\}/g, (whole, key: string) =>
      String(values.get(key) ?? whole),
    );
    return [name, filled] as const;
  });
  return Object.fromEntries(entries);
}

const offered = async (answers?: Answers): Promise<readonly string[]> =>
  (await servedOptions(args.slice(1), variables(answers))).tools.map((tool) => tool.name);

describe('packaging/manifest.json', () => {
  it('is about this package, in this version', () => {
    const { name, version, license, engines } = packageFacts;
    expect(manifest).toMatchObject({ name, version, license });
    expect(manifest.compatibility.runtimes.node).toBe(engines.node);
    expect(`./${manifest.server.entry_point}`).toBe(packageFacts.bin.slipway);
    expect(args[0]).toBe(`\${__dirname}/${manifest.server.entry_point}`);
  });

  it('leaves nothing of a variable unfilled when the user answers nothing', () => {
    for (const value of Object.values(variables())) expect(value).not.toContain('${');
  });

  it('starts a server that offers what the manifest says, when the user answers nothing', async () => {
    const options = await servedOptions(args.slice(1), variables());
    expect(options).toMatchObject({ network: true, preset: 'standard' });
    expect(options.tools.map(({ name, title }) => ({ name, description: title }))).toEqual(
      manifest.tools,
    );
  });

  it.each(Object.keys(PRESETS))('takes the policy %s', async (preset) => {
    expect(await servedOptions(args.slice(1), variables({ preset }))).toMatchObject({ preset });
    expect(manifest.user_config['preset']?.description).toContain(preset);
  });

  it('turns the switches on that the user turns on', async () => {
    expect(await offered({ read_only: true })).toEqual(
      TOOLS.filter((tool) => tool.effect.readOnly).map((tool) => tool.name),
    );
    expect(await offered({ no_build: true })).not.toContain('build_and_execute_github_repo');
    const options = await servedOptions(args.slice(1), variables({ no_network: true }));
    expect(options.network).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOG_LEVELS } from '../../../src/logging/log-line.js';
import { PRESETS } from '../../../src/policy/policy.js';
import { TOOLSETS } from '../../../src/tools/registry.js';
import { commandLine } from '../cli/command-line.js';
import { servedOptions } from '../cli/served-options.js';
import { packageFacts, readJson } from './package-facts.js';

const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

/** The parts of that schema that a package on stdio uses. */
const input = {
  description: z.string().optional(),
  isRequired: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  value: z.string().optional(),
  isSecret: z.boolean().optional(),
  default: z.string().optional(),
  placeholder: z.string().optional(),
  choices: z.array(z.string()).optional(),
};
const variable = z.strictObject({ name: z.string(), ...input });
const serverSchema = z.strictObject({
  $schema: z.literal(SCHEMA),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z.string().max(255),
  packages: z.tuple([
    z.strictObject({
      registryType: z.literal('npm'),
      identifier: z.string(),
      version: z.string().min(1),
      runtimeHint: z.string(),
      transport: z.strictObject({ type: z.literal('stdio') }),
      packageArguments: z.array(
        z.strictObject({ type: z.literal('positional'), ...input, value: z.string() }),
      ),
      environmentVariables: z.array(variable),
    }),
  ]),
});

const server = serverSchema.parse(readJson('packaging/server.json'));
const [entry] = server.packages;
const named = (name: string): z.output<typeof variable> | undefined =>
  entry.environmentVariables.find((one) => one.name === name);

const FOR_HTTP = ['SLIPWAY_HTTP', 'SLIPWAY_ALLOWED_HOSTS'];

describe('packaging/server.json', () => {
  it('is about this package, in this version, under the name that the package claims', () => {
    expect(server).toMatchObject({ name: packageFacts.mcpName, version: packageFacts.version });
    expect(entry).toMatchObject({ identifier: packageFacts.name, version: packageFacts.version });
  });

  it('starts a server with its arguments and defaults', async () => {
    const words = entry.packageArguments.map((argument) => argument.value);
    const defaults = entry.environmentVariables.flatMap((one) =>
      one.default === undefined ? [] : [[one.name, one.default] as const],
    );
    const options = await servedOptions(words, Object.fromEntries(defaults));
    expect(options).toMatchObject({ network: true, logLevel: 'info' });
    expect(options.tools).toHaveLength(6);
  });

  it('names every variable that the program reads for a server on stdio', async () => {
    const { stdout } = await commandLine(['mcp', '--help']);
    const read = [...stdout.matchAll(/\benv:\s+(?<name>[A-Z_]+)/g)].map(
      (match) => match.groups?.['name'] ?? '',
    );
    const forStdio = read.filter((name) => !FOR_HTTP.includes(name));
    expect(forStdio).toHaveLength(read.length - FOR_HTTP.length);
    expect(new Set(entry.environmentVariables.map((one) => one.name))).toEqual(
      new Set(['DOCKER_HOST', ...forStdio]),
    );
  });

  it('says of the output folder what the program does with it', async () => {
    const { stdout } = await commandLine(['mcp', '--help']);
    const help = stdout.replaceAll(/\s+/g, ' ');
    expect(help).toContain('write the output and files of every run there as well');
    expect(named('SLIPWAY_OUTPUT_DIR')?.description).toBe(
      'Folder to write the output and files of every run to as well.',
    );
  });

  it('offers the choices there are', () => {
    expect(named('SLIPWAY_PRESET')?.choices).toEqual(Object.keys(PRESETS));
    for (const toolset of Object.keys(TOOLSETS)) {
      expect(named('SLIPWAY_TOOLSETS')?.description).toContain(toolset);
    }
    expect(named('SLIPWAY_LOG_LEVEL')?.choices).toEqual(LOG_LEVELS);
  });
});

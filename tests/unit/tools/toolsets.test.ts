import { describe, expect, it } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import { portableSchema } from '../../../src/mcp/wire-schema.js';
import { ALL_TOOLS } from '../../../src/tools/all-tools.js';
import { TOOL_NAMES, TOOLS } from '../../../src/tools/registry.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';
import { call, contextOf } from './tool-context.js';

const ADDED = ALL_TOOLS.filter((tool) => !TOOLS.includes(tool));

const unreachable = new SlipwayError('ENGINE_UNREACHABLE', {
  message: 'Docker is not reachable.',
  hint: 'Start Docker, then try again.',
  context: { tried: [] },
});

/** Of the tools that ask somebody else. */
const ASKING: Readonly<Record<string, Record<string, unknown>>> = {
  container_logs: { container_id: 'abc' },
  container_stats: { container_id: 'abc' },
  list_images: {},
  detect_repository: { repo_url: 'https://github.com/org/repo' },
  build_mcp_server: { repo_url: 'https://github.com/org/repo' },
};

describe('the tools of the toolsets', () => {
  it('follow the six that are always there, and no name is there twice', () => {
    const names = ALL_TOOLS.map(({ name }) => name);
    expect(ALL_TOOLS.slice(0, 6)).toEqual(TOOLS);
    expect(names.slice(6)).toEqual([
      'container_logs',
      'container_stats',
      'list_images',
      'read_output',
      'start_job',
      'job_status',
      'job_result',
      'cancel_job',
      'detect_repository',
      'build_mcp_server',
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(TOOL_NAMES);
  });

  it.each(ADDED.map((tool) => [tool.name, tool] as const))(
    '%s answers bad arguments with a complete result that names them',
    async (name, tool) => {
      const { output, isError } = await call(name, { imagee: 'busybox' });
      expect(isError).toBe(true);
      expect(output['error_message']).toContain('Unrecognized key: "imagee"');
      expect(tool.output.strict().safeParse(output).error).toBeUndefined();
      expect(Object.keys(output).slice(0, 2)).toEqual(['success', 'error_message']);
    },
  );

  it.each(ADDED.map((tool) => [tool.name, tool] as const))(
    '%s is described in what clients show, and in a schema that they all take',
    (_name, tool) => {
      expect(tool.description.length).toBeLessThanOrEqual(600);
      for (const io of ['input', 'output'] as const) {
        const schema = JSON.stringify(portableSchema(tool[io], io));
        expect(schema).not.toMatch(/\$schema|"type":\[|propertyNames|9007199254740991/);
      }
    },
  );

  it.each(Object.entries(ASKING))('%s tells why it could not', async (name, args) => {
    const fail = () => Promise.reject(unreachable);
    const logs = async function* () {
      yield await Promise.reject(unreachable);
    };
    const builder = scriptedBuilder({ checkout: fail, deployFromGitHub: fail });
    const context = contextOf({ logs, stats: fail, listImages: fail }, { builder });
    const { output, isError } = await call(name, args, context);
    expect(isError).toBe(true);
    expect(output).toMatchObject({
      success: false,
      error_message: 'Docker is not reachable. Start Docker, then try again.',
    });
    const tool = ALL_TOOLS.find((one) => one.name === name);
    expect(tool?.output.strict().safeParse(output).error).toBeUndefined();
  });

  it.each(Object.entries(ASKING))('%s hides the text of an error not ours', async (name, args) => {
    const { output, isError } = await call(name, args);
    expect(isError).toBe(true);
    expect(output['error_message']).toContain('Slipway failed unexpectedly');
  });
});

import { describe, expect, it } from 'vitest';
import type { Detection } from '../../../src/core/build-plan.js';
import type { Builder } from '../../../src/tools/builder.js';
import { buildPlan } from '../../support/build-plan.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';
import { call, contextOf } from './tool-context.js';

const URL = 'https://github.com/org/repo';
const COMMIT = 'c'.repeat(40);

const EVIDENCE = { field: 'start', value: 'index.js', source: 'package.json', reason: 'bin' };

const OWN = {
  path: 'Dockerfile',
  context: '.',
  bases: ['node:18'],
  transport: { kind: 'stdio' as const },
  defects: ['It copies what is not there.'],
};

const withBuilder = (script: Partial<Builder>) =>
  contextOf({}, { builder: scriptedBuilder(script) });

describe('detect_repository', () => {
  function detecting(detection: Detection) {
    const seen: unknown[] = [];
    const builder: Partial<Builder> = {
      checkout: async ({ url, ref }) => {
        seen.push(['checkout', url, ref]);
        return {
          folder: '/clone',
          commit: COMMIT,
          remove: async () => void seen.push(['removed']),
        };
      },
      detect: async (folder, options) => {
        seen.push(['detect', folder, options?.subdir]);
        return detection;
      },
      generateDockerfile: async (type, folder, id, options) => {
        seen.push(['generate', type, folder, id, options?.subdir]);
        return { text: 'FROM node:24-slim\n', plan: buildPlan() };
      },
    };
    return { seen, builder };
  }

  it('tells the plan, what says so, and the Dockerfile, and removes the clone', async () => {
    const plan = buildPlan({
      evidence: [EVIDENCE],
      confidence: 0.9,
      inputs: [
        {
          kind: 'environment',
          name: 'API_KEY',
          required: true,
          secret: true,
          defaultValue: 'never shown',
          description: 'A key.',
          source: 'README.md',
        },
      ],
    });
    const { seen, builder } = detecting({ kind: 'server', plan, dockerfile: OWN, others: [] });
    const args = { repo_url: URL, branch: 'v1', subdir: 'server' };
    const { output, isError } = await call('detect_repository', args, withBuilder(builder));
    expect(isError).toBe(false);
    expect(output).toEqual({
      success: true,
      error_message: null,
      kind: 'server',
      name: 'small',
      confidence: 0.9,
      commit: COMMIT,
      plan: {
        language: 'node',
        language_version: '24',
        package_manager: 'npm',
        folder: '.',
        transport: 'stdio',
        port: null,
        start: ['node', '/app/index.js'],
        base_image: 'node:24-slim',
        install: ['npm ci'],
        build: [],
      },
      own_dockerfile: { path: 'Dockerfile', context: '.', defects: OWN.defects },
      servers: [],
      inputs: [
        {
          name: 'API_KEY',
          kind: 'environment',
          required: true,
          secret: true,
          description: 'A key.',
        },
      ],
      evidence: [EVIDENCE],
      dockerfile: 'FROM node:24-slim\n',
    });
    expect(seen).toEqual([
      ['checkout', URL, 'v1'],
      ['detect', '/clone', 'server'],
      ['generate', 'auto', '/clone', undefined, 'server'],
      ['removed'],
    ]);
  });

  it.each<readonly [string, Detection, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'no server',
      { kind: 'unsupported', reason: 'It is a library.', evidence: [EVIDENCE] },
      { success: false, kind: 'unsupported', evidence: [EVIDENCE], dockerfile: null },
      /^No MCP server was found: It is a library\. .*subdir/,
    ],
    [
      'several servers',
      { kind: 'several', servers: [{ subdir: 'a', language: 'go', name: 'x' }] },
      { success: false, servers: [{ subdir: 'a', language: 'go', name: 'x' }] },
      /Call again with subdir/,
    ],
  ])('says what to do about %s: a result, not an error', async (_name, detection, fields, text) => {
    const { builder, seen } = detecting(detection);
    const context = withBuilder(builder);
    const { output, isError } = await call('detect_repository', { repo_url: URL }, context);
    expect(isError).toBe(false);
    expect(output).toMatchObject({ ...fields, commit: COMMIT });
    expect(output['error_message']).toMatch(text);
    expect(seen.at(-1)).toEqual(['removed']);
  });

  it('is content with a Dockerfile of the repository', async () => {
    const { metadata } = buildPlan();
    const detection: Detection = {
      kind: 'dockerfile',
      dockerfile: OWN,
      inputs: [],
      metadata,
      evidence: [],
    };
    const context = withBuilder(detecting(detection).builder);
    const { output } = await call('detect_repository', { repo_url: URL }, context);
    expect(output).toMatchObject({
      success: true,
      kind: 'dockerfile',
      name: 'small',
      plan: null,
      dockerfile: null,
      own_dockerfile: { path: 'Dockerfile' },
    });
  });

  it('removes the clone when something fails', async () => {
    const { seen, builder } = detecting({ kind: 'several', servers: [] });
    const detect = () => Promise.reject(new Error('surprise'));
    const context = withBuilder({ ...builder, detect });
    const { isError } = await call('detect_repository', { repo_url: URL }, context);
    expect(isError).toBe(true);
    expect(seen.at(-1)).toEqual(['removed']);
  });

  it('bounds and cleans what a repository says', async () => {
    const hostile = `\u001B]0;title\u0007${'x'.repeat(10_000)}`;
    const many = Array.from({ length: 1000 }, () => ({ ...EVIDENCE, value: hostile }));
    const plan = buildPlan({
      evidence: many,
      start: Array.from({ length: 1000 }, () => hostile),
      metadata: { ...buildPlan().metadata, name: hostile },
    });
    const { builder } = detecting({ kind: 'server', plan, dockerfile: null, others: [] });
    const context = withBuilder({
      ...builder,
      generateDockerfile: async () => ({ text: hostile.repeat(10), plan }),
    });
    const { output } = await call('detect_repository', { repo_url: URL }, context);
    const text = JSON.stringify(output);
    expect(text.length).toBeLessThan(60_000);
    expect(text).not.toContain(String.raw`\u001b`);
  });
});

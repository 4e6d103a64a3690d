import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BuildPlan, Language } from '../../../src/core/build-plan.js';
import { isSlipwayError } from '../../../src/core/errors.js';
import { createDetector, type DetectOptions } from '../../../src/detection/detect.js';
import type { DetectLanguage } from '../../../src/detection/source-tree.js';
import { memoryTree } from '../../support/memory-tree.js';

const saidSchema = z.object({
  confidence: z.number().default(0.9),
  dependencies: z.record(z.string(), z.string()).default({ mcp: '1' }),
  refuses: z.string().optional(),
  start: z.string().default('x'),
});
type Said = z.output<typeof saidSchema>;

/** A language whose manifest says what its detector answers. */
function language(name: Language, manifest: string): DetectLanguage {
  return async ({ tree, folder }) => {
    const text = await tree.read(folder === '.' ? manifest : `${folder}/${manifest}`);
    if (text === undefined) return undefined;
    const said = saidSchema.parse(JSON.parse(text));
    if (said.refuses !== undefined) {
      return { kind: 'not_a_server', reason: said.refuses, evidence: [] };
    }
    return { kind: 'server', plan: planOf(name, folder, said) };
  };
}

function planOf(name: Language, folder: string, said: Said): BuildPlan {
  return {
    language: name,
    languageVersion: { value: '1', constraint: null, source: 'default' },
    bases: [{ build: 'b', run: 'r' }],
    packageManager: { name: 'npm', version: null },
    lockfile: null,
    workspaceRoot: folder,
    target: folder,
    aptPackages: { build: [], run: [] },
    tools: [],
    manifests: [],
    install: [],
    build: [],
    prune: [],
    buildEnvironment: {},
    runEnvironment: {},
    caches: [],
    outputs: [],
    workingDirectory: '/app',
    alternatives: [],
    inputs: [],
    metadata: {
      name: folder,
      version: null,
      description: null,
      author: null,
      license: null,
      dependencies: said.dependencies,
    },
    confidence: said.confidence,
    evidence: [],
    rejected: [],
    start: [said.start],
    args: [],
    transport: { kind: 'stdio' },
    environment: {},
    source: 'x',
  };
}

const LANGUAGES = [
  language('node', 'package.json'),
  language('python', 'pyproject.toml'),
  language('go', 'go.mod'),
];
const detect = createDetector(LANGUAGES);
const OPTIONS: DetectOptions = { commitDate: null, gitVersion: null, repositoryName: 'repo' };
const YES = '{}';
const NO = '{"refuses":"It is a library."}';

async function summary(
  files: Record<string, string>,
  subdir?: string,
  detector = detect,
): Promise<string> {
  const found = await detector(memoryTree(files), { ...OPTIONS, subdir });
  if (found.kind === 'server') {
    const others = found.others.map((one) => one.subdir).join(',');
    return `${found.plan.language} ${found.plan.target}${others === '' ? '' : ` others ${others}`}`;
  }
  if (found.kind === 'several') {
    return `several ${found.servers.map((one) => one.subdir).join(',')}`;
  }
  return found.kind === 'dockerfile'
    ? `dockerfile ${found.dockerfile.path}`
    : `unsupported: ${found.reason}`;
}

describe('createDetector', () => {
  it.each<[string, Record<string, string>, string]>([
    ['the root', { 'package.json': YES }, 'node .'],
    [
      'the root, with servers below for subdir',
      { 'package.json': YES, 'p/b/package.json': YES, 'p/a/go.mod': YES },
      'node . others p/a,p/b',
    ],
    [
      'the only member of a workspace',
      { 'package.json': NO, 'p/lib/package.json': NO, 'p/srv/package.json': YES },
      'node p/srv',
    ],
    [
      'a list of several members',
      { 'package.json': NO, 'p/b/package.json': YES, 'p/a/package.json': YES },
      'several p/a,p/b',
    ],
    [
      'members, when the root only starts one of them',
      {
        'package.json': '{"start":"/app/p/a/i.js"}',
        'p/a/package.json': YES,
        'p/b/package.json': YES,
      },
      'several p/a,p/b',
    ],
    ['a doubtful root, when nothing is better', { 'package.json': '{"confidence":0.3}' }, 'node .'],
    [
      'a certain member before a doubtful root',
      { 'package.json': '{"confidence":0.3}', 'a/package.json': YES },
      'node a',
    ],
    [
      'no tests, examples or documents',
      {
        'package.json': YES,
        'tests/a/package.json': YES,
        'examples/x/go.mod': YES,
        'docs/package.json': YES,
      },
      'node .',
    ],
    ['an example, when there is nothing else', { 'examples/x/go.mod': YES }, 'go examples/x'],
    [
      'the language with the highest confidence',
      { 'package.json': '{"confidence":0.6}', 'go.mod': '{"confidence":0.8}' },
      'go .',
    ],
    [
      'the source, not its npm wrapper',
      {
        'package.json': '{"confidence":0.99,"dependencies":{"tar":"1"}}',
        'go.mod': '{"confidence":0.7}',
        'npm/package.json': '{"dependencies":{}}',
      },
      'go .',
    ],
    [
      'the reason of the root, when there is none',
      { 'package.json': NO, 'a/package.json': '{"refuses":"No."}' },
      'unsupported: It is a library.',
    ],
    [
      'its Dockerfile, when no language is known',
      { Dockerfile: 'FROM x\nCMD ["mcp-server"]', 'README.md': 'An MCP server' },
      'dockerfile Dockerfile',
    ],
    [
      'nothing in an image that has nothing to do with MCP',
      { Dockerfile: 'FROM x', 'README.md': 'A database' },
      'unsupported: There is no package.json, pyproject.toml, requirements.txt, go.mod, Cargo.toml, pom.xml, build.gradle or .csproj of an MCP server.',
    ],
    [
      'nothing in an empty repository',
      {},
      'unsupported: There is no package.json, pyproject.toml, requirements.txt, go.mod, Cargo.toml, pom.xml, build.gradle or .csproj of an MCP server.',
    ],
  ])('finds %s', async (_what, files, expected) => {
    expect(await summary(files)).toBe(expected);
    // The order in which languages are asked changes nothing.
    const other = createDetector(LANGUAGES.toReversed());
    expect(await summary(files, undefined, other)).toBe(expected);
  });

  it('looks where subdir says, and nowhere else', async () => {
    const files = { 'package.json': YES, 'a/b/package.json': YES, 'c/package.json': NO };
    expect(await summary(files, './a/b/')).toBe('node a/b');
    expect(await summary(files, '.')).toBe('node .');
    expect(await summary(files, 'c')).toBe('unsupported: It is a library.');
  });

  it.each(['nothing', '../x', '/etc', 'a/../../x', 'a/package.json'])(
    'refuses the subdir %s and names folders with servers',
    async (subdir) => {
      const tree = memoryTree({ 'a/package.json': YES });
      const failure: unknown = await detect(tree, { ...OPTIONS, subdir }).catch(
        (error: unknown) => error,
      );
      if (!isSlipwayError(failure, 'INVALID_INPUT')) throw failure;
      expect(failure.context.field).toBe('subdir');
      expect(failure.hint).toContain('"a"');
    },
  );

  it('says which languages were not taken, and why', async () => {
    const found = await detect(
      memoryTree({ 'package.json': '{"dependencies":{}}', 'go.mod': YES }),
      OPTIONS,
    );
    expect(found.kind === 'server' ? found.plan.rejected : []).toEqual([
      {
        field: 'language',
        value: 'node',
        reason: 'Its package.json names no MCP library: it wraps the go server.',
      },
    ]);
  });

  it('looks at a bounded number of folders, and says so', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`p/${index}/package.json`, NO]),
    );
    const found = await detect(memoryTree({ ...files, 'go.mod': YES }), OPTIONS);
    const evidence = found.kind === 'server' ? found.plan.evidence : [];
    expect(evidence.map(({ reason }) => reason).join(' ')).toContain('40 more folders');
  });

  it('takes the Dockerfile of the root for the only server, wherever that is', async () => {
    const files = { 'a/go.mod': YES, Dockerfile: 'FROM x\nCOPY . .' };
    const only = await detect(memoryTree(files), OPTIONS);
    expect(only.kind === 'server' ? only.dockerfile?.path : only.kind).toBe('Dockerfile');
    const named = await detect(memoryTree({ ...files, 'b/go.mod': YES }), {
      ...OPTIONS,
      subdir: 'a',
    });
    expect(named.kind === 'server' ? named.dockerfile : named.kind).toBeNull();
  });
});

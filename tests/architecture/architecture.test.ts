import { describe, expect, test } from 'vitest';
import { brokenImports, LAYERS } from './layers.js';
import { importsOf, sourceFiles } from './source.js';

const files = sourceFiles();
const imports = files.flatMap(({ file, text }) => importsOf(file, text));

describe('layers', () => {
  test('the walk finds the source and its imports', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports).toContainEqual({
      file: 'engine/ports.ts',
      specifier: '../policy/resources.js',
    });
    expect(imports.length).toBeGreaterThan(files.length);
  });

  test('no import breaks the table', () => {
    expect(brokenImports(imports)).toEqual([]);
  });

  test('the table has no package that nobody imports any more', () => {
    const used = new Set(imports.map(({ specifier }) => specifier));
    const named = Object.entries(LAYERS).filter(([layer]) =>
      files.some(({ file }) => file.startsWith(layer)),
    );
    const stale = named
      .flatMap(([, layer]) => layer.packages)
      .filter((name) => ![...used].some((one) => one === name || one.startsWith(`${name}/`)));
    expect(stale).toEqual([]);
  });

  test.each([
    ['an upward arrow', 'core/units.ts', '../engine/ports.js', 'core must not import engine'],
    ['a sibling', 'execution/a.ts', '../build/b.js', 'execution must not import build'],
    ['a sibling below', 'git/a.ts', '../engine/ports.js', 'git must not import engine'],
    ['a foreign package', 'tools/a.ts', 'dockerode', 'dockerode belongs to engine, not to tools'],
    [
      'a scoped package',
      'cli/a.ts',
      '@modelcontextprotocol/server/stdio',
      '@modelcontextprotocol/server belongs to mcp, not to cli',
    ],
    [
      'an unknown package',
      'engine/a.ts',
      'left-pad',
      'left-pad belongs to no layer, not to engine',
    ],
    ['I/O in core', 'core/a.ts', 'node:fs', 'core does no I/O'],
    ['a way out of src', 'core/a.ts', '../../package.json', 'outside of src'],
    ['a folder that is no layer', 'misc/a.ts', 'zod', 'src/misc is not a layer of the table'],
    [
      'the engine from the bottom of the tools',
      'policy/a.ts',
      '../execution/types.js',
      'policy must not import execution',
    ],
  ])('%s is named with file and import', (_name, file, specifier, rule) => {
    expect(brokenImports([{ file, specifier }])).toEqual([`${file} imports ${specifier}: ${rule}`]);
  });

  test.each([
    ['downward', 'engine/a.ts', '../core/errors.js'],
    ['within a layer', 'engine/endpoint/a.ts', '../ports.js'],
    ['zod anywhere', 'tools/a.ts', 'zod'],
    ['Node outside of core', 'engine/a.ts', 'node:http'],
    ['the joiner', 'create.ts', './git/clone.js'],
  ])('%s is permitted', (_name, file, specifier) => {
    expect(brokenImports([{ file, specifier }])).toEqual([]);
  });

  test('every form of import is seen', () => {
    const text = [
      "import a from 'a';",
      "import type { B } from './b.js';",
      "import {\n  c,\n  d,\n} from 'c';",
      "export { e } from './e.js';",
      "import 'f';",
      "const g = await import('g');",
    ].join('\n');
    expect(importsOf('x.ts', text).map(({ specifier }) => specifier)).toEqual([
      'a',
      './b.js',
      'c',
      './e.js',
      'f',
      'g',
    ]);
  });
});

describe('habits that a linter does not see', () => {
  test.each([
    [
      'a lint rule is switched off',
      /(?:eslint|oxlint)-disable|@ts-(?:ignore|expect-error|nocheck)/,
    ],
    ['a process is started through a shell', /shell:\s*true|\bexecSync?\(\s*`/],
    ['work is left for later', /\b(?:TODO|FIXME|XXX)\b/],
    ['signals are joined in the way that keeps memory on Node 20', /AbortSignal\.any\(/],
    ["a caller's object is spread into engine options", /HostConfig:\s*\{\s*\.\.\./],
  ])('nowhere in src: %s', (_name, pattern) => {
    expect(files.filter(({ text }) => pattern.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

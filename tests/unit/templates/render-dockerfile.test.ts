import { describe, expect, it } from 'vitest';
import type { BuildPlan, Language } from '../../../src/core/build-plan.js';
import { parseDockerfile } from '../../../src/core/dockerfile.js';
import { renderDockerfile } from '../../../src/templates/render-dockerfile.js';
import { buildPlan } from '../../support/build-plan.js';
import { failureOf } from '../../support/failure.js';

function render(changes: Partial<BuildPlan> = {}, labels: Record<string, string> = {}): string {
  return renderDockerfile(buildPlan(changes), { labels });
}

function instructions(text: string): readonly string[] {
  const parsed = parseDockerfile(text);
  expect(parsed.problem).toBeUndefined();
  return parsed.instructions.map(({ keyword, joined }) => `${keyword} ${joined}`);
}

const LANGUAGES: readonly Language[] = ['node', 'python', 'go', 'rust', 'java', 'dotnet'];

/** Words that mean something to a shell, to a Dockerfile, or to a template. */
const HOSTILE = [
  '"; rm -rf /',
  '$(id)',
  '${HOME}',
  '`id`',
  "it's",
  'a\\',
  '\\',
  '# syntax=evil/frontend',
  '<<EOF',
  '<<-"EOF"',
  '--mount=type=bind,target=/x',
  '{{x}}',
  '{{{start}}}',
  '&& id',
  '|| id',
  '; id',
  '*',
  '~',
  '!',
  '',
  ' ',
  'ü \u2028 😀',
  '-rf',
] as const;

describe('a rendered Dockerfile', () => {
  it('reads from top to bottom as a person would write it', async () => {
    const text = render(
      {
        aptPackages: { build: ['git', 'build-essential', 'git'], run: ['git'] },
        tools: [{ run: ['npm', 'install', '--global', 'pnpm@10.2.0'], folder: '.' }],
        manifests: ['package.json', 'packages/a/package.json', 'pnpm-lock.yaml'],
        install: [
          {
            run: ['pnpm', 'install', '--frozen-lockfile'],
            otherwise: ['pnpm', 'install'],
            folder: '.',
          },
        ],
        build: [
          { run: ['pnpm', 'run', 'build'], folder: 'packages/a', environment: { CI: 'true' } },
        ],
        prune: [{ run: ['pnpm', 'prune', '--prod'], folder: '.' }],
        buildEnvironment: { PUPPETEER_SKIP_DOWNLOAD: '1' },
        runEnvironment: { NODE_ENV: 'production' },
        environment: { HOST: '0.0.0.0' },
        caches: [{ id: 'pnpm', path: '/root/.local/share/pnpm/store' }],
        args: ['--http'],
        transport: { kind: 'http', port: 3000, path: '/mcp' },
      },
      { 'org.opencontainers.image.title': 'Small', 'mcp.server_type': 'node' },
    );
    await expect(text).toMatchFileSnapshot('rendered.Dockerfile');
  });

  it.each(LANGUAGES)('is one for %s that Docker can read', (language) => {
    const lines = instructions(render({ language }));
    expect(lines[0]).toBe('FROM node:24-slim AS build');
    expect(lines.at(-1)).toBe('ENTRYPOINT ["node", "/app/index.js"]');
    expect(lines).toContain('USER 1001:1001');
  });

  it('is the same for the same plan, whatever the order of its tables', () => {
    const one = render({ runEnvironment: { A: '1', B: '2' } }, { 'mcp.a': '1', 'mcp.b': '2' });
    const other = render({ runEnvironment: { B: '2', A: '1' } }, { 'mcp.b': '2', 'mcp.a': '1' });
    expect(other).toBe(one);
    expect(one.endsWith('\n')).toBe(true);
  });

  it('copies everything before an install that needs the sources', () => {
    const lines = instructions(render({ manifests: [] }));
    expect(lines.indexOf('COPY . .')).toBeLessThan(lines.indexOf('RUN npm ci'));
  });

  it('says nothing about ports and health for a server on stdio', () => {
    expect(render()).not.toMatch(/EXPOSE|HEALTHCHECK/);
  });

  it.each([
    ['node', true],
    ['python', true],
    ['go', false],
    ['rust', false],
    ['java', false],
    ['dotnet', false],
  ] as const)('checks the health of an HTTP server in %s: %s', (language, checked) => {
    const text = render({ language, transport: { kind: 'sse', port: 8000, path: '/sse' } });
    expect(text).toContain('EXPOSE 8000');
    expect(text.includes('HEALTHCHECK')).toBe(checked);
  });

  it('puts labels behind everything that is cached', () => {
    const lines = instructions(render({}, { 'mcp.build_date': 'now' }));
    expect(lines.at(-2)).toBe('LABEL mcp.build_date="now"');
  });

  it('writes a label of several lines on one', () => {
    const text = render({}, { 'mcp.about': 'one\n\nFROM evil\ttwo ' });
    expect(text).toContain('LABEL mcp.about="one FROM evil two"\n');
  });
});

describe('hostile text in a plan', () => {
  it('changes no other instruction, wherever it stands', () => {
    const plain = instructions(withWord('word')).map((line) => line.split(' ', 1)[0]);
    for (const word of HOSTILE) {
      const text = withWord(word);
      expect(parseDockerfile(text).directives).toEqual({});
      expect(instructions(text).map((line) => line.split(' ', 1)[0])).toEqual(plain);
      expect(parseDockerfile(text).instructions.flatMap(({ heredocs }) => heredocs)).toEqual([]);
    }
  });

  it('is exactly itself in the exec form', () => {
    for (const word of [...HOSTILE, 'two\nlines\\', '\t']) {
      const lines = instructions(render({ start: ['node', word], args: [word] }));
      const [command, entrypoint] = [lines.at(-1) ?? '', lines.at(-2) ?? ''];
      expect(JSON.parse(command.replace(/^CMD /, ''))).toEqual([word]);
      expect(JSON.parse(entrypoint.replace(/^ENTRYPOINT /, ''))).toEqual(['node', word]);
    }
  });

  it('cannot become a flag of RUN, an assignment or a word of the shell as a program', () => {
    for (const program of ['--mount=type=ssh', 'PATH=/evil', 'if', '-x']) {
      const text = render({ install: [{ run: [program, 'x'], folder: '.' }] });
      expect(text).toContain(`RUN '${program}' x\n`);
    }
  });

  it('cannot become an option of cd as a folder', () => {
    const text = render({ install: [{ run: ['x'], folder: '-P' }] });
    expect(text).toContain('RUN cd ./-P && x\n');
  });

  it.each([
    ['NUL in the entrypoint', { start: ['node', 'a\0'] }, 'start.1'],
    ['a lone surrogate', { start: ['node', '\uD800'] }, 'start.1'],
    ['an empty entrypoint', { start: [] }, 'start.0'],
    [
      'a line end in a step',
      { build: [{ run: ['a', 'b\nRUN id'], folder: '.' }] },
      'build.0.run.1',
    ],
    ['a line end in a variable', { runEnvironment: { A: 'b\nUSER 0' } }, 'runEnvironment.A'],
    ['a variable with a strange name', { environment: { 'A B': '1' } }, 'environment.A B'],
    ['a folder outside', { build: [{ run: ['a'], folder: '../x' }] }, 'build.0.folder'],
    ['a manifest outside', { manifests: ['../x'] }, 'manifests.0'],
    ['an absolute manifest', { manifests: ['/etc/passwd'] }, 'manifests.0'],
    ['a base with a flag', { bases: [{ build: '--x', run: 'b' }] }, 'bases.0.build'],
    ['a base with a variable', { bases: [{ build: 'a', run: '$B' }] }, 'bases.0.run'],
    ['a base of two lines', { bases: [{ build: 'a\nRUN id', run: 'b' }] }, 'bases.0.build'],
    ['no base', { bases: [] }, 'bases.0'],
    [
      'a package that is an option',
      { aptPackages: { build: ['-o'], run: [] } },
      'aptPackages.build.0',
    ],
    [
      'a package that is removed',
      { aptPackages: { build: [], run: ['libc6-'] } },
      'aptPackages.run.0',
    ],
    ['a cache with a comma', { caches: [{ id: 'a', path: '/a,from=x' }] }, 'caches.0.path'],
    ['a cache id with a comma', { caches: [{ id: 'a,b', path: '/a' }] }, 'caches.0.id'],
    ['an output that is relative', { outputs: [{ from: 'app', to: '/app' }] }, 'outputs.0.from'],
    ['a working folder of two lines', { workingDirectory: '/a\nUSER 0' }, 'workingDirectory'],
    ['a port that is none', { transport: { kind: 'http', port: 0, path: '/' } }, 'transport.port'],
  ] satisfies readonly [string, Partial<BuildPlan>, string][])(
    'is refused by the name of its field: %s',
    async (_, changes, field) => {
      const failure = await failureOf(Promise.resolve(changes).then((one) => render(one)));
      expect(failure).toMatchObject({ code: 'INVALID_INPUT', context: { field } });
    },
  );

  it('is refused when it needs a line longer than BuildKit reads', async () => {
    const run: [string, ...string[]] = [
      'a',
      ...Array.from({ length: 5 }, () => 'x'.repeat(16_000)),
    ];
    const failure = await failureOf(
      Promise.resolve({ install: [{ run, folder: '.' }] }).then((one) => render(one)),
    );
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', context: { field: 'plan' } });
  });
});

/** A plan with the word everywhere a text of a repository can be. */
function withWord(word: string): string {
  const file = word.replaceAll(/[\\/]|^\s*$|[\u2028]/g, 'x');
  return render(
    {
      manifests: [`${file}/package.json`, file],
      install: [{ run: ['npm', word], otherwise: ['npm', word], folder: file }],
      build: [{ run: ['npm', word], folder: '.', environment: { WORD: word } }],
      buildEnvironment: { WORD: word },
      environment: { WORD: word },
      workingDirectory: `/app/x${file}x`,
      start: ['node', word],
      args: [word],
    },
    { 'mcp.word': word },
  );
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packContext } from '../../../src/build/context.js';
import { generatedContextRules, withoutIgnored } from '../../../src/build/generated-context.js';
import type { BuildPlan } from '../../../src/core/build-plan.js';
import { buildPlan } from '../../support/build-plan.js';
import { tempFolders, type TempFile } from '../../support/temp-folder.js';
import { untar } from '../../support/untar.js';

const tempFolder = tempFolders();
const LIMITS = { bytes: 1024 * 1024, entries: 100 };

/** The files that are sent, without folders and the Dockerfile. */
async function sent(
  files: Readonly<Record<string, TempFile>>,
  plan: BuildPlan = buildPlan(),
): Promise<{ readonly names: readonly string[]; readonly warnings: readonly string[] }> {
  const folder = await tempFolder(files);
  const { ignore, warnings } = await generatedContextRules(folder, plan);
  const made = { Dockerfile: 'FROM scratch\n' };
  const context = await packContext(folder, {
    dockerfile: 'Dockerfile',
    ignore,
    made,
    limits: LIMITS,
  });
  const entries = await untar(context.stream());
  const names = entries.map(({ header }) => header.name);
  return { names: names.filter((name) => !/\/$|^Dockerfile$/.test(name)), warnings };
}

describe('the context of a generated Dockerfile', () => {
  it.each([
    'node_modules/a/index.js',
    'packages/a/node_modules/b.js',
    '.venv/bin/python',
    'a/__pycache__/b.pyc',
    '.env',
    'packages/a/.env.production',
    '.netrc',
    'a/.pypirc',
    '.git-credentials',
  ])('is without %s', async (path) => {
    expect((await sent({ [path]: 'x', kept: '' })).names).toEqual(['kept']);
  });

  it.each(['.env.example', 'packages/a/.env.sample', 'dist/index.js', 'environment.ts'])(
    'has %s',
    async (path) => {
      expect((await sent({ [path]: 'x' })).names).toEqual([path]);
    },
  );

  it.each([
    ['rust', 'target/debug/a', 'src/target/mod.rs'],
    ['java', 'core/target/a.jar', 'core/src/main/java/org/target/A.java'],
    ['dotnet', 'src/obj/a.json', 'src/Objects/A.cs'],
  ] as const)('of %s is without %s, and has %s', async (language, made, source) => {
    const { names } = await sent({ [made]: '', [source]: '' }, buildPlan({ language }));
    expect(names).toEqual([source]);
  });

  it('does not heed what the repository wrote for its own Dockerfile', async () => {
    const { names } = await sent({ '.dockerignore': '*\n', 'src/a.ts': '' });
    expect(names).toContain('src/a.ts');
  });
});

describe('settings of npm', () => {
  it.each([
    '//registry.npmjs.org/:_authToken=npm_abcdef',
    '_auth = dXNlcjpwYXNz',
    '  //a.example/npm/:_password="c2VjcmV0"',
    'legacy-peer-deps=true\r\n//a.example/:_authToken=abc\r\n',
  ])('with a token are left out, and that is told: %j', async (text) => {
    const { names, warnings } = await sent({ '.npmrc': text, kept: '' });
    expect(names).toEqual(['kept']);
    expect(warnings).toEqual([
      '.npmrc was left out of the build: it holds a token, which can be passed as a secret.',
    ]);
  });

  it.each([
    'legacy-peer-deps=true\n',
    '//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n',
    '//registry.npmjs.org/:_authToken="${NPM_TOKEN}"\n',
    '# //registry.npmjs.org/:_authToken=abc\n',
    'always-auth=true\n',
    '_authToken=\n',
  ])('without one are sent: %j', async (text) => {
    expect(await sent({ '.npmrc': text })).toEqual({ names: ['.npmrc'], warnings: [] });
  });

  it('of the server’s folder are looked at, whatever it is called', async () => {
    const plan = buildPlan({ target: 'packages/[a]!' });
    const files = { 'packages/[a]!/.npmrc': '_auth=x\n', 'packages/a!/.npmrc': 'a=b\n' };
    expect((await sent(files, plan)).names).toEqual(['packages/a!/.npmrc']);
  });

  it.each([
    ['a link', { symlink: '/etc/passwd' }],
    ['no text', Buffer.from([0xff, 0x0a])],
  ])('that are %s are left out: nobody can look into them', async (_what, file) => {
    const { names, warnings } = await sent({ '.npmrc': file, kept: '' });
    expect(names).toEqual(['kept']);
    expect(warnings).toHaveLength(1);
  });

  it('that are a FIFO do not hold the build', async () => {
    const folder = await tempFolder();
    execFileSync('mkfifo', [join(folder, '.npmrc')]);
    expect((await generatedContextRules(folder, buildPlan())).warnings).toHaveLength(1);
  });

  it.each(['\n', 'a', '_auth', '_auth \n'])(
    'made of a megabyte of %j take no time worth mentioning',
    async (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      expect((await sent({ '.npmrc': text })).names).toEqual(['.npmrc']);
    },
  );

  it('of other languages are nobody’s', async () => {
    const { names } = await sent({ '.npmrc': '_auth=x\n' }, buildPlan({ language: 'go' }));
    expect(names).toEqual(['.npmrc']);
  });

  it('that are left out are not copied before an install either', async () => {
    const folder = await tempFolder({ '.npmrc': '_auth=x\n', 'package.json': '{}' });
    const plan = buildPlan({ manifests: ['package.json', '.npmrc'] });
    const { ignore } = await generatedContextRules(folder, plan);
    expect(withoutIgnored(plan, ignore).manifests).toEqual(['package.json']);
  });
});

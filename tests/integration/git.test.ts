import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refRule } from '../../src/git/ref.js';
import { failureOf } from '../support/failure.js';
import { gitFixture } from '../support/git-fixture.js';
import { holdersOf } from '../support/signal-watch.js';
import { tempFolders } from '../support/temp-folder.js';

const { serve, clone, tempRoot } = gitFixture();
const tempFolder = tempFolders();

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a clone', () => {
  it('brings the files of the default branch and names their commit', async () => {
    const server = await serve({
      files: {
        'README.md': 'hello\n',
        'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
        link: { symlink: '/etc/passwd' },
        'two\nlines': 'x',
      },
    });
    const { folder, commit, remove } = await clone(server);
    expect(commit).toBe(server.commits['main']);
    expect(await readdir(folder)).toEqual(['.git', 'README.md', 'bin', 'link', 'two\nlines']);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('hello\n');
    expect((await stat(join(folder, 'bin/run'))).mode & 0o100).toBe(0o100);
    expect(await readlink(join(folder, 'link'))).toBe('/etc/passwd');
    expect((await lstat(dirname(folder))).mode & 0o777).toBe(0o700);
    await remove();
    await remove();
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    ['branch', 'dev', 'new'],
    ['tag', 'v1', 'old'],
  ])('takes a %s by its name', async (_kind, ref, content) => {
    const server = await serve({
      files: { a: 'old' },
      branches: { dev: { a: 'new' } },
      tags: { v1: 'main' },
    });
    const { folder, remove } = await clone(server, { ref });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe(content);
    await remove();
  });

  it('takes a commit by its id', async () => {
    const server = await serve({ files: { a: 'old' }, branches: { dev: { a: 'new' } } });
    const ref = server.commits['dev'];
    const { folder, commit, remove } = await clone(server, { ref });
    expect(commit).toBe(ref);
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new');
    await remove();
  });

  it('leaves nothing on a signal that lives on, whether it succeeds or not', async () => {
    const server = await serve({ files: { a: '1' } });
    const { signal } = new AbortController();
    for (const ref of ['main', 'nowhere', 'main', 'nowhere']) {
      const cloning = clone(server, { ref, signal });
      await vi.waitFor(() => expect(holdersOf(signal)).toBeGreaterThan(0), { interval: 1 });
      await cloning.then(
        ({ remove }) => remove(),
        () => undefined,
      );
    }
    expect(holdersOf(signal)).toBe(0);
  });

  it('leaves submodules alone', async () => {
    const other = await serve({ files: { secret: 'x' } });
    const server = await serve({
      files: {
        '.gitmodules': `[submodule "other"]\n\tpath = other\n\turl = ${other.url}\n`,
        other: { submodule: other.commits['main'] ?? '' },
      },
    });
    const { folder, remove } = await clone(server);
    expect(await readdir(join(folder, 'other'))).toEqual([]);
    expect(other.requests).toEqual([]);
    await remove();
  });

  it('uses no setting of this machine: no filter, no hook, no variable of git', async () => {
    const home = await hostileHome();
    vi.stubEnv('HOME', home);
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'core.fsmonitor');
    vi.stubEnv('GIT_CONFIG_VALUE_0', `touch ${home}/variable`);
    const server = await serve({ files: { '.gitattributes': '* filter=evil\n', a: 'x' } });

    const { remove } = await clone(server);
    expect((await readdir(home)).sort()).toEqual(['.gitconfig', 'template']);
    await remove();

    // The same attack on git as it comes must work, or the lines above prove nothing.
    await promisify(execFile)('git', ['clone', '--quiet', server.url, join(home, 'plain')]);
    await promisify(execFile)('git', ['status'], { cwd: join(home, 'plain') });
    expect(await readdir(home)).toEqual(expect.arrayContaining(['filter', 'hook', 'variable']));
  });
});

/** A home folder whose git settings leave a file for each program that git ran. */
async function hostileHome(): Promise<string> {
  const home = await tempFolder();
  await mkdir(join(home, 'template/hooks'), { recursive: true });
  const hook = `#!/bin/sh\ntouch ${home}/hook\n`;
  await writeFile(join(home, 'template/hooks/post-checkout'), hook, { mode: 0o755 });
  const settings = [
    `[init]\n\ttemplateDir = ${home}/template`,
    `[filter "evil"]\n\tsmudge = touch ${home}/filter && cat`,
  ];
  await writeFile(join(home, '.gitconfig'), settings.join('\n'));
  return home;
}

describe('a clone that cannot succeed', () => {
  it.each([
    [404, 'not_found'],
    [401, 'login_needed'],
    [403, 'login_needed'],
    [503, 'network'],
  ] as const)('says why when the server answers %i', async (status, reason) => {
    const server = await serve({ files: { a: '1' }, fault: { kind: 'status', status } });
    const failure = await failureOf(clone(server));
    expect(failure).toMatchObject({ code: 'CLONE_FAILED', context: { reason } });
  });

  it('does not follow a redirect to another host', async () => {
    const target = await serve({ files: { a: '1' } });
    const fault = { kind: 'redirect', to: target.origin } as const;
    const server = await serve({ files: { a: '1' }, fault });
    const failure = await failureOf(clone(server));
    expect(failure.context).toMatchObject({ reason: 'redirect' });
    expect(failure.message).toContain('redirects are not followed');
    expect(target.requests).toEqual([]);
  });

  it('names the existing branches when one is missing', async () => {
    const branches = { dev: { a: '2' }, v2: { a: '3' } };
    const server = await serve({ files: { a: '1' }, branches });
    const failure = await failureOf(clone(server, { ref: 'mian' }));
    expect(failure.context).toMatchObject({ reason: 'ref_not_found' });
    expect(failure.message).toBe(
      `Branch or tag "mian" does not exist in ${server.url}. Existing branches: dev, main, v2.`,
    );
  });

  it('names at most 20 branches', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `b${String(index).padStart(2, '0')}`);
    const branches = Object.fromEntries(names.map((name) => [name, { a: name }]));
    const server = await serve({ branches });
    const { message } = await failureOf(clone(server, { ref: 'none' }));
    expect(message).toMatch(/Existing branches: (b\d\d, ){19}b19\.$/);
  });

  it('says that a commit is missing', async () => {
    const server = await serve({ files: { a: '1' } });
    const ref = '1234567890'.repeat(4);
    const { message } = await failureOf(clone(server, { ref }));
    expect(message).toContain(`Commit ${ref} does not exist`);
  });

  it('says that a repository is empty', async () => {
    const { message } = await failureOf(clone(await serve({})));
    expect(message).toContain('the repository is empty');
  });

  it('says that the connection broke in the middle', async () => {
    const fault = { kind: 'cut', afterBytes: 50_000 } as const;
    const server = await serve({ files: { a: randomBytes(200_000) }, fault });
    const failure = await failureOf(clone(server));
    expect(failure.context).toMatchObject({ reason: 'network' });
  });

  it('says that git is not installed', async () => {
    const server = await serve({ files: { a: '1' } });
    vi.stubEnv('PATH', tempRoot());
    const failure = await failureOf(clone(server));
    expect(failure.context).toMatchObject({ reason: 'git_missing' });
  });
});

describe('the rule for names of branches', () => {
  it('is the one git has', () => {
    const names = [
      'main a/b a@b @scope/x@1 a#b a{b} a$b a;b a|b a- a! a% a& a= a, a+ a] a{ HEAD refs/heads/x',
      'x.lock x.locked x.lock/y a..b a.b .a a/.b a. /a a/ a//b a~b a^b a:b a?b a*b a[b a\\b a@{b @{',
    ].flatMap((line) => line.split(' '));
    names.push('a b', 'a\tb', 'a\nb', 'a\u007Fb', "a'b", 'a"b');
    const verdicts = names.map((name) => [name, refRule(name) === undefined]);
    expect(verdicts).toEqual(names.map((name) => [name, gitTakesBranch(name)]));
  });
});

function gitTakesBranch(name: string): boolean {
  return spawnSync('git', ['check-ref-format', `refs/heads/${name}`]).status === 0;
}

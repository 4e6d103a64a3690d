import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeCheckout } from '../../../src/git/describe.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();
const COMMITTED = '2025-03-04T05:06:07.000Z';

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_AUTHOR_DATE: '2001-01-01T00:00:00+00:00',
      GIT_COMMITTER_NAME: 'c> 1 +0000',
      GIT_COMMITTER_EMAIL: 'c@example.com',
      // The same moment in a zone that is not UTC.
      GIT_COMMITTER_DATE: '2025-03-04T10:36:07+05:30',
    },
  }).trim();
}

async function checkout(...tags: readonly string[]): Promise<string> {
  const folder = await tempFolder({ 'package.json': '{}\n', 'packages/a/index.js': '' });
  git(folder, 'init', '--quiet', '--template=');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message=one\n\ncommitter x <x> 1 +0000');
  for (const tag of tags) git(folder, 'tag', tag);
  return folder;
}

describe('the commit of a checkout', () => {
  it('is named by its id, with the moment it was committed in UTC', async () => {
    const folder = await checkout();
    const commit = git(folder, 'rev-parse', 'HEAD');
    expect(await describeCheckout(folder)).toEqual({ commit, date: COMMITTED, version: null });
  });

  it.each([
    ['v1.4.2', '1.4.2'],
    ['2.0.0-rc.1', '2.0.0-rc.1'],
    ['release', null],
    ['v1;touch$x', null],
  ])('takes the version of the tag %j for %j', async (tag, version) => {
    expect(await describeCheckout(await checkout(tag))).toMatchObject({ version });
  });

  it('takes the last tag of the commits before it', async () => {
    const folder = await checkout('v1.0.0');
    git(folder, 'commit', '--quiet', '--allow-empty', '--message=two');
    expect(await describeCheckout(folder)).toMatchObject({ version: '1.0.0' });
  });

  it('is the same for a folder inside', async () => {
    const folder = await checkout();
    const { commit } = (await describeCheckout(folder)) ?? {};
    expect(await describeCheckout(join(folder, 'packages/a'))).toMatchObject({ commit });
  });

  it.each<[string, (folder: string) => void]>([
    ['a folder without git', () => undefined],
    ['a repository without a commit', (folder) => void git(folder, 'init', '--quiet')],
  ])('is not known of %s', async (_what, prepare) => {
    const folder = await tempFolder({ a: 'x' });
    prepare(folder);
    expect(await describeCheckout(folder)).toBeUndefined();
  });

  it('is not known where the commit itself is missing', async () => {
    const folder = await checkout();
    const commit = git(folder, 'rev-parse', 'HEAD');
    const object = join(folder, '.git/objects', commit.slice(0, 2), commit.slice(2));
    execFileSync('rm', ['-f', object]);
    expect(await describeCheckout(folder)).toBeUndefined();
  });
});

/** Settings of a checkout that name a program, which leaves a file of that name in `marks`. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  fsmonitor: ['core.fsmonitor'],
  pager: ['core.pager', 'pager.describe', 'pager.cat-file', 'pager.rev-parse'],
  editor: ['core.editor', 'sequence.editor'],
  signature: ['gpg.program', 'gpg.ssh.program', 'gpg.x509.program'],
  difference: ['diff.external', 'diff.evil.textconv', 'diff.evil.command'],
  transport: ['core.sshCommand', 'core.gitProxy', 'core.askPass', 'remote.origin.uploadpack'],
  login: ['credential.helper'],
  filter: ['filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process'],
};

/** A checkout whose settings, hooks and included files all name programs. */
async function hostileCheckout(marks: string): Promise<string> {
  const hook = { content: `#!/bin/sh\ntouch ${marks}/hook\n`, mode: 0o755 };
  const names = ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-auto-gc'];
  const hooks = await tempFolder({
    ...Object.fromEntries(names.map((name) => [name, hook])),
    included: `[core]\n\tfsmonitor = touch ${marks}/included\n`,
  });
  const folder = await checkout('v1.0.0');
  const set = (name: string, value: string): string => git(folder, 'config', name, value);
  for (const [mark, settings] of Object.entries(PROGRAMS)) {
    for (const name of settings) set(name, `touch ${marks}/${mark}; true`);
  }
  for (const name of ['describe', 'cat-file', 'rev-parse', 'status']) {
    set(`alias.${name}`, `!touch ${marks}/alias`);
  }
  set('alias.evil', `!touch ${marks}/alias`);
  set('log.showSignature', 'true');
  set('core.hooksPath', hooks);
  set('includeIf.gitdir:/.path', join(hooks, 'included'));
  // A partial clone fetches what it lacks.
  set('remote.origin.url', `ext::touch ${marks}/remote`);
  set('remote.origin.promisor', 'true');
  set('extensions.partialClone', 'origin');
  set('protocol.ext.allow', 'always');
  return folder;
}

describe('a checkout whose settings name programs', () => {
  it('is described without running one of them', async () => {
    const marks = await tempFolder();
    const folder = await hostileCheckout(marks);
    expect(await describeCheckout(folder)).toMatchObject({ date: COMMITTED, version: '1.0.0' });
    expect(await readdir(marks)).toEqual([]);

    // The same settings must work on git as it comes, or the line above proves nothing.
    try {
      git(folder, '-c', 'core.fsmonitor=', 'evil');
      git(folder, 'status');
    } catch {
      // What they ran counts, not what they answered.
    }
    expect(await readdir(marks)).toEqual(expect.arrayContaining(['alias', 'included']));
  });

  it('fetches nothing that a partial clone lacks', async () => {
    const marks = await tempFolder();
    const folder = await hostileCheckout(marks);
    const commit = git(folder, 'rev-parse', 'HEAD');
    execFileSync('rm', ['-f', join(folder, '.git/objects', commit.slice(0, 2), commit.slice(2))]);
    expect(await describeCheckout(folder)).toBeUndefined();
    expect(await readdir(marks)).toEqual([]);

    try {
      git(folder, 'cat-file', 'commit', commit);
    } catch {
      // It was run, and brought nothing.
    }
    expect(await readdir(marks)).toContain('remote');
  });

  it('asks no server for what a partial clone lacks', async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const folder = await hostileCheckout(await tempFolder());
    git(folder, 'config', 'remote.origin.url', `http://127.0.0.1:${port}/a/b.git`);
    const commit = git(folder, 'rev-parse', 'HEAD');
    execFileSync('rm', ['-f', join(folder, '.git/objects', commit.slice(0, 2), commit.slice(2))]);
    expect(await describeCheckout(folder)).toBeUndefined();
    server.close();
    expect(requests).toBe(0);
  });
});

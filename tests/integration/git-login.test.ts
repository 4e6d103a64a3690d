import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure.js';
import { gitFixture } from '../support/git-fixture.js';
import { processesWith } from '../support/processes.js';

const { serve, clone, gitFor } = gitFixture();
const token = `token-${randomBytes(12).toString('hex')}`;
const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');

function expectNoToken(text: string): void {
  expect(text).not.toContain(token);
  expect(text).not.toContain(encoded);
}

describe('a private repository', () => {
  it('is cloned with its token, by a name and by a commit', async () => {
    const server = await serve({ files: { a: 'private' }, token });
    for (const ref of [undefined, 'main', server.commits['main']]) {
      const { folder, commit, remove } = await clone(server, { token, ref });
      expect(commit).toBe(server.commits['main']);
      expectNoToken(await readFile(`${folder}/.git/config`, 'utf8'));
      expectNoToken(execFileSync('grep', ['-ra', '', `${folder}/.git`], { encoding: 'latin1' }));
      await remove();
    }
  });

  it('says that a login is needed without a token', async () => {
    const server = await serve({ files: { a: 'private' }, token });
    const failure = await failureOf(clone(server));
    expect(failure).toMatchObject({ code: 'CLONE_FAILED', context: { reason: 'login_needed' } });
    expect(failure.hint).toContain('token');
    expect(new Set(server.logins)).toEqual(new Set([undefined]));
  });

  it('does not repeat a wrong token, even when the server does', async () => {
    const server = await serve({ files: { a: 'private' }, token: 'the right one' });
    const logged: unknown[] = [];
    const log = (...words: readonly unknown[]): void => void logged.push(words);
    const logger = { debug: log, info: log, warn: log, error: log };
    const git = gitFor(server, { logger });
    const failure = await failureOf(git.clone({ url: server.url, token, timeoutMs: 30_000 }));
    expect(failure).toMatchObject({ code: 'CLONE_FAILED', context: { reason: 'login_needed' } });
    // It did arrive: what is not repeated was sent.
    expect(server.logins).toContain(`Basic ${encoded}`);
    expectNoToken(inspect([failure, logged], { depth: 20 }) + JSON.stringify(failure));
  });

  it('keeps its token out of every command line while it is cloned', async () => {
    const fault = { kind: 'stall', afterBytes: 1000 } as const;
    const server = await serve({ files: { a: randomBytes(100_000) }, fault, token });
    const stop = new AbortController();
    const cloning = clone(server, { token, signal: stop.signal });
    await Promise.race([server.faultReached, cloning]);
    const lines = processesWith(server.url);
    stop.abort(new Error('seen enough'));
    await expect(cloning).rejects.toThrow('seen enough');
    expect(lines.length).toBeGreaterThan(1);
    expectNoToken(lines.join('\n'));
  });

  it('does not take its token to another host', async () => {
    const other = await serve({ files: { a: '1' } });
    const fault = { kind: 'redirect', to: other.origin } as const;
    const server = await serve({ files: { a: '1' }, fault, token });
    const failure = await failureOf(clone(server, { token }));
    expect(failure.context).toMatchObject({ reason: 'redirect' });
    expect(other.requests).toEqual([]);
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { failureOf } from '../support/failure.js';
import { gitFixture } from '../support/git-fixture.js';
import type { ServedRepository } from '../support/git-server.js';
import { processesWith } from '../support/processes.js';
import { tempFolders } from '../support/temp-folder.js';

const MIB = 1024 * 1024;

const { serve, clone, gitFor, tempRoot } = gitFixture();
const tempFolder = tempFolders();

/** A server that stops in the middle of the objects and keeps the connection open. */
function serveStalled(): Promise<ServedRepository> {
  const fault = { kind: 'stall', afterBytes: 100_000 } as const;
  return serve({ files: { a: randomBytes(300_000) }, fault });
}

describe('the limits of a clone', () => {
  const small = { limits: { bytes: MIB, entries: 100 } };
  const request = (server: ServedRepository) => ({ url: server.url, timeoutMs: 30_000 });

  it('end it while the objects are still coming', async () => {
    const fault = { kind: 'stall', afterBytes: 3 * MIB } as const;
    const server = await serve({ files: { a: randomBytes(4 * MIB) }, fault });
    const failure = await failureOf(gitFor(server, small).clone(request(server)));
    expect(failure.context).toMatchObject({ reason: 'too_large' });
    expect(failure.message).toContain('more than 1 MiB or 100 files on disk');
    expect(processesWith(tempRoot())).toEqual([]);
  });

  it('count files, however small they are', async () => {
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`f${at}`, '']));
    const server = await serve({ files });
    const failure = await failureOf(gitFor(server, small).clone(request(server)));
    expect(failure.context).toMatchObject({ reason: 'too_large' });
  });

  it('count what files hold once they are unpacked', async () => {
    const server = await serve({ files: { zeros: Buffer.alloc(8 * MIB) } });
    const failure = await failureOf(gitFor(server, small).clone(request(server)));
    expect(failure.context).toMatchObject({ reason: 'too_large' });
  });

  it('end it when its time is up, and say the time', async () => {
    const fault = { kind: 'trickle', bytes: 100, everyMs: 20 } as const;
    const server = await serve({ files: { a: randomBytes(MIB) }, fault });
    const failure = await failureOf(clone(server, { timeoutMs: 1500 }));
    expect(failure.context).toMatchObject({ reason: 'timeout' });
    expect(failure.message).toContain('not done after 1.5 s');
    expect(processesWith(tempRoot())).toEqual([]);
  });

  it('end a server that sends messages without end', async () => {
    const server = await serve({ files: { a: '1' }, fault: { kind: 'flood' } });
    const { message } = await failureOf(clone(server));
    expect(message).toContain('messages without end');
    expect(processesWith(tempRoot())).toEqual([]);
  });
});

describe('a clone that is aborted', () => {
  it('rejects with the reason once git, its helpers and its folder are gone', async () => {
    const server = await serveStalled();
    const caller = new AbortController();
    const outcome = clone(server, { signal: caller.signal }).catch((error: unknown) => error);
    await server.faultReached;
    expect(processesWith(server.url).join('\n')).toContain('git-remote-http');
    expect(await readdir(tempRoot())).toHaveLength(1);
    const reason = new Error('changed my mind');
    caller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(processesWith(server.url)).toEqual([]);
    expect(processesWith(tempRoot())).toEqual([]);
    expect(await readdir(tempRoot())).toEqual([]);
  });

  it('ends the same way while it fetches a commit by its id', async () => {
    const server = await serveStalled();
    const caller = new AbortController();
    const request = { ref: server.commits['main'], signal: caller.signal };
    const outcome = clone(server, request).catch((error: unknown) => error);
    await server.faultReached;
    const reason = new Error('changed my mind');
    caller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(processesWith(server.url)).toEqual([]);
  });

  it('touches nothing when it was aborted before', async () => {
    const server = await serve({ files: { a: '1' } });
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(clone(server, { signal })).rejects.toThrow('too late');
    expect(server.requests).toEqual([]);
  });
});

describe('git', () => {
  it('ends with the process that started it, helpers included', async () => {
    const server = await serveStalled();
    const leader = fileURLToPath(new URL('../../src/git/group-leader.js', import.meta.url));
    const target = await tempFolder();
    const argv = [leader, 'clone', '--quiet', server.url, join(target, 'checkout')];
    const started = spawn(process.execPath, argv, { stdio: ['pipe', 'ignore', 'ignore'] });
    await server.faultReached;
    expect(processesWith(server.url).join('\n')).toContain('git-remote-http');
    // A pipe ends like this when the process at its other end is killed.
    started.stdin.destroy();
    await once(started, 'close');
    await vi.waitUntil(() => processesWith(server.url).length === 0);
  });
});

describe('the sweep', () => {
  it('removes old folders of processes that are gone, and nothing else', async () => {
    const server = await serve({ files: { a: '1' } });
    const gone = spawnSync('true').pid;
    const names = {
      abandoned: `slipway-git-${gone}-abcdef`,
      young: `slipway-git-${gone}-ghijkl`,
      alive: `slipway-git-${process.pid}-mnopqr`,
      foreign: 'something-else',
    };
    const longAgo = new Date(Date.now() - 48 * 60 * 60 * 1000);
    for (const name of Object.values(names)) {
      await mkdir(join(tempRoot(), name, 'checkout'), { recursive: true });
      if (name !== names.young) await utimes(join(tempRoot(), name), longAgo, longAgo);
    }
    expect(await gitFor(server).sweep()).toBe(1);
    const left = await readdir(tempRoot());
    expect(left.sort()).toEqual([names.foreign, names.young, names.alive].sort());
    await Promise.all(left.map((name) => rm(join(tempRoot(), name), { recursive: true })));
  });
});

import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { containersWith } from '../support/engine-containers.js';
import {
  serveRepository,
  type ServedRepository,
  type ServeOptions,
} from '../support/git-server.js';
import { processesWith } from '../support/processes.js';
import { callWithProgress, progressSaying, readyServers } from '../support/ready-server.js';
import type { ServerProcess } from '../support/slipway-process.js';

const initialized = readyServers();

const BUSYBOX = 'busybox:1.36';
const RUN = 'execute_docker_container';
const BUILD = 'build_and_execute_github_repo';

/** For everything that a cancelled call started to be gone. */
const WITHIN = { timeout: 2000, interval: 20 };

describe('a cancelled call', () => {
  test.each([0, 5, 'five'])('with the id %j takes its container with it', async (id) => {
    await using server = await initialized();
    const mark = randomBytes(8).toString('hex');
    server.peer.send(callWithProgress(id, RUN, sleeping(mark)));
    await server.peer.next(progressSaying(/of output/));
    expect(await containersWith(mark)).toHaveLength(1);
    await cancel(server, id);
    await expect.poll(() => containersWith(mark), WITHIN).toEqual([]);
    await expectSilence(server, id);
  });

  test('is the only one that ends', async () => {
    await using server = await initialized();
    const mark = randomBytes(8).toString('hex');
    server.peer.send(callWithProgress(1, RUN, sleeping(mark)));
    const other = server.peer.callTool(2, RUN, {
      image: BUSYBOX,
      command: 'read -r line; echo $line; sleep 1; echo still here',
      stdin: 'hello\n',
    });
    await server.peer.next(progressSaying(/of output/));
    await cancel(server, 1);
    await expect.poll(() => containersWith(mark), WITHIN).toEqual([]);
    expect((await other).structuredContent).toMatchObject({ stdout: 'hello\nstill here\n' });
    await expectSilence(server, 1);
  });

  test('takes git with it while it clones', async () => {
    const fault = { kind: 'stall', afterBytes: 100_000 } as const;
    const git = await serve({ files: { a: randomBytes(300_000) }, fault });
    await using server = await initialized({ repositories: { hosts: [git.origin] } });
    server.peer.send(callWithProgress(1, BUILD, { repo_url: git.url }));
    await git.faultReached;
    expect(processesWith(git.url)).not.toEqual([]);
    await cancel(server, 1);
    await expect.poll(() => processesWith(git.url), WITHIN).toEqual([]);
    await expect.poll(() => checkoutsOf(server), WITHIN).toEqual([]);
    await expectSilence(server, 1);
  });

  test('takes the build with it', async () => {
    const mark = randomBytes(8).toString('hex');
    const git = await serve({
      files: { Dockerfile: `FROM ${BUSYBOX}\nRUN sleep 600; : ${mark}\n` },
    });
    await using server = await initialized({ repositories: { hosts: [git.origin] } });
    server.peer.send(callWithProgress(1, BUILD, { repo_url: git.url }));
    await expect.poll(() => processesWith(mark), { timeout: 30_000 }).not.toEqual([]);
    await cancel(server, 1);
    await expect.poll(() => processesWith(mark), WITHIN).toEqual([]);
    await expect.poll(() => checkoutsOf(server), WITHIN).toEqual([]);
    await expectSilence(server, 1);
  });
});

test('a build that is asked for again goes on where the client gave up', async () => {
  const mark = randomBytes(8).toString('hex');
  const steps = [`RUN date +%s > /built; sleep 1.1; : ${mark}`, 'RUN sleep 1.5'];
  const Dockerfile = [`FROM ${BUSYBOX}`, ...steps, 'CMD ["cat", "/built"]', ''].join('\n');
  const git = await serve({ files: { Dockerfile } });
  await using server = await initialized({ repositories: { hosts: [git.origin] } });
  server.peer.send(callWithProgress(1, BUILD, { repo_url: git.url }));
  await server.peer.next(progressSaying(/step 3\/3/));
  await cancel(server, 1);
  const askedAgain = Math.floor(Date.now() / 1000);
  const { structuredContent } = await server.peer.callTool(2, BUILD, { repo_url: git.url });
  expect(structuredContent).toMatchObject({ success: true });
  expect(Number(structuredContent['stdout'])).toBeLessThan(askedAgain);
});

function sleeping(mark: string) {
  return { image: BUSYBOX, command: ['sh', '-c', `echo ${mark}; sleep 600`] };
}

/** Folders that a server clones into. */
async function checkoutsOf({ child: { pid } }: ServerProcess): Promise<readonly string[]> {
  const names = await readdir(tmpdir());
  return names.filter((name) => name.startsWith(`slipway-git-${pid}-`));
}

async function serve(options: ServeOptions): Promise<ServedRepository> {
  const git = await serveRepository(options);
  onTestFinished(() => git.close());
  return git;
}

/** Resolves once the server has seen it. */
async function cancel({ peer }: ServerProcess, requestId: string | number): Promise<void> {
  peer.send({ method: 'notifications/cancelled', params: { requestId, reason: 'timed out' } });
  await peer.request(`cancelled ${requestId}`, 'ping');
}

/** Nothing came about the call since it was cancelled, although it is over. */
async function expectSilence({ peer }: ServerProcess, id: string | number): Promise<void> {
  await peer.request('over', 'ping');
  const from = peer.messages.findIndex((message) => message.id === `cancelled ${id}`);
  const about = peer.messages
    .slice(from)
    .filter((one) => one.id === id || one.params?.['progressToken'] === `progress of ${id}`);
  expect(about).toEqual([]);
  expect(peer.messages.filter((one) => one.id === id)).toEqual([]);
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { filesOf } from '../support/builder.js';
import { serveRepository, type ServedRepository } from '../support/git-server.js';
import { CLIENTS, type Progress } from '../support/mcp-clients.js';
import { startServer } from '../support/slipway-process.js';

const DOCKERFILE = `FROM busybox:1.36
ARG GREETING=hello
RUN echo "$GREETING from the build" > /built.txt
CMD ["cat", "/built.txt"]
`;
const BROKEN = `FROM busybox:1.36
RUN echo almost && no-such-command
`;

let folder = '';
let policy = '';
let git: ServedRepository;

beforeAll(async () => {
  git = await serveRepository({ files: { Dockerfile: DOCKERFILE, 'broken/Dockerfile': BROKEN } });
  folder = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  policy = join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify({ repositories: { hosts: [git.origin] } }), {
    mode: 0o600,
  });
});

afterAll(async () => {
  await git.close();
  await rm(folder, { recursive: true });
});

describe.each(CLIENTS)('build_and_execute_github_repo, for %s', (_name, connect) => {
  test('clones, builds and runs, and tells how far it is', async () => {
    await using client = await connect(['--policy', policy]);
    const progress: Progress[] = [];
    const { structuredContent } = await client.call(
      'build_and_execute_github_repo',
      { repo_url: git.url, branch: 'main', build_args: { GREETING: 'good day' } },
      { onprogress: (update) => progress.push(update) },
    );
    expect(structuredContent).toMatchObject({
      success: true,
      error_message: null,
      stdout: 'good day from the build\n',
    });
    expect(structuredContent['image_id']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(progress[0]?.message).toContain(`Cloning ${git.url}`);
  });

  test('gives the end of the log of a failed build', async () => {
    await using client = await connect(['--policy', policy]);
    const result = await client.call('build_and_execute_github_repo', {
      repo_url: git.url,
      context_path: 'broken',
    });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ success: false, image_id: null });
    expect(result.structuredContent['error_message']).toContain('no-such-command');
    expect(result.structuredContent['stderr']).toContain('almost');
  });

  test('names a branch and a Dockerfile that are not there', async () => {
    await using client = await connect(['--policy', policy]);
    const branch = await client.call('build_and_execute_github_repo', {
      repo_url: git.url,
      branch: 'mian',
    });
    expect(branch.structuredContent['error_message']).toContain('mian');
    const dockerfile = await client.call('build_and_execute_github_repo', {
      repo_url: git.url,
      dockerfile_path: 'docker/Dockerfile',
    });
    expect(dockerfile.structuredContent['error_message']).toContain('docker/Dockerfile');
  });

  test('writes the Dockerfile of a server that has none', { timeout: 400_000 }, async () => {
    const server = await serveRepository({ files: await filesOf('yarn') });
    onTestFinished(() => server.close());
    const permitted = join(folder, 'other-policy.json');
    await writeFile(permitted, JSON.stringify({ repositories: { hosts: [server.origin] } }), {
      mode: 0o600,
    });
    await using client = await connect(['--policy', permitted]);
    const { structuredContent } = await client.call('build_and_execute_github_repo', {
      repo_url: server.url,
    });
    expect(structuredContent).toMatchObject({ success: true, exit_code: 0, error_message: null });
  });

  test('refuses a host that the operator did not permit', async () => {
    await using client = await connect([]);
    const result = await client.call('build_and_execute_github_repo', { repo_url: git.url });
    expect(result.isError).toBe(true);
    expect(result.structuredContent['error_message']).toMatch(/^repo_url /);
  });
});

describe('a policy that is not valid', () => {
  test.each([
    ['unknown key', '{"netwrk":{}}', 'netwrk'],
    ['no JSON', '{', 'JSON'],
  ])('stops the server before it starts: %s', async (_what, text, reason) => {
    const file = join(folder, 'bad.json');
    await writeFile(file, text, { mode: 0o600 });
    await using server = startServer(['--policy', file]);
    expect((await server.exited).code).toBe(2);
    expect(server.stderr()).toMatch(/^slipway: /);
    expect(server.stderr()).toContain(reason);
    expect(server.peer.messages).toEqual([]);
  });
});

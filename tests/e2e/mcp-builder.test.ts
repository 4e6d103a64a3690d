/** The toolset that builds servers: the built program, the real engine, a real Git server. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { filesOf } from '../support/builder.js';
import { askEngine } from '../support/engine-view.js';
import { serveRepository, type ServedRepository } from '../support/git-server.js';
import { CLIENTS, type Progress } from '../support/mcp-clients.js';
import { type ServerProcess, startServer } from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const tempFolder = tempFolders();

const BUILD_MS = 400_000;
const marker = (): string => randomBytes(8).toString('hex');

/** Switches of a server that may clone from there. */
async function permitting(git: ServedRepository, toolsets = 'builder'): Promise<readonly string[]> {
  const content = JSON.stringify({ repositories: { hosts: [git.origin] } });
  const folder = await tempFolder({ 'policy.json': { content, mode: 0o600 } });
  return ['--toolsets', toolsets, '--policy', join(folder, 'policy.json')];
}

let git: ServedRepository;

beforeAll(async () => {
  git = await serveRepository({ files: await filesOf('yarn') });
});

afterAll(() => git.close());

/** A name of an image that is removed at the end of the test. */
function deploymentId(): string {
  const id = `e2e-${marker()}`;
  onTestFinished(async () => void (await askEngine('DELETE', `/images/mcp-${id}:latest`)));
  return id;
}

describe('detect_repository', () => {
  test.each(CLIENTS)('tells what it would build, and what says so, for %s', async (_, connect) => {
    await using client = await connect([...(await permitting(git)), '--read-only']);
    const { structuredContent } = await client.call('detect_repository', { repo_url: git.url });
    expect(structuredContent).toMatchObject({
      success: true,
      error_message: null,
      kind: 'server',
      commit: git.commits['main'],
      plan: { language: 'node', package_manager: 'yarn', transport: 'stdio', folder: '.' },
      own_dockerfile: null,
    });
    expect(structuredContent['confidence']).toBeGreaterThan(0);
    expect(structuredContent['dockerfile']).toMatch(/^FROM /m);
    expect(structuredContent['evidence']).not.toEqual([]);
  });

  test('needs no engine, and leaves no clone', async () => {
    const clones = await tempFolder();
    vi.stubEnv('TMPDIR', clones);
    vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/docker.sock');
    await using server = startServer(await permitting(git));
    await server.peer.initialize();
    const args = { repo_url: git.url };
    const { structuredContent } = await server.peer.callTool(1, 'detect_repository', args);
    expect(structuredContent).toMatchObject({ success: true, kind: 'server' });
    expect(await clonesIn(clones)).toEqual([]);
  });
});

test.each(['detect_repository', 'build_mcp_server'])(
  '%s refuses a host that the operator did not permit',
  async (tool) => {
    await using server = startServer(['--toolsets', 'builder']);
    await server.peer.initialize();
    const { isError, structuredContent } = await server.peer.callTool(1, tool, {
      repo_url: git.url,
    });
    expect(isError).toBe(true);
    expect(structuredContent['error_message']).toMatch(/^repo_url /);
  },
);

describe.each(CLIENTS.slice(1, 2))('build_mcp_server, for %s', (_name, connect) => {
  test('builds a server and proves it, as a call and as a job', { timeout: BUILD_MS }, async () => {
    const deployment_id = deploymentId();
    await using client = await connect(await permitting(git, 'builder,jobs'));
    const progress: Progress[] = [];
    const args = { repo_url: git.url, branch: 'main', deployment_id };
    const onprogress = (update: Progress): void => void progress.push(update);
    const { structuredContent } = await client.call('build_mcp_server', args, { onprogress });
    expect(structuredContent).toMatchObject({
      success: true,
      error_message: null,
      status: 'works',
      image: `mcp-${deployment_id}:latest`,
      commit: git.commits['main'],
      tools: ['greet'],
      transport: 'stdio',
      dockerfile_source: 'generated',
      plan: { language: 'node' },
      needs_config: [],
    });
    expect(structuredContent['image_id']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(structuredContent['evidence']).not.toEqual([]);
    expect(progress[0]?.message).toContain(`Cloning ${git.url}`);
    const started = await client.call('start_job', { tool: 'build_mcp_server', arguments: args });
    const { job_id } = started.structuredContent;
    const again = await client.call('job_result', { job_id, wait: 50 });
    expect(again.structuredContent).toMatchObject({
      success: true,
      state: 'finished',
      result: { status: 'works', cached: true, tools: ['greet'] },
    });
  });

  test('names what a server asks for', { timeout: BUILD_MS }, async () => {
    const asking = await serveRepository({ files: await filesOf('needs-config') });
    onTestFinished(() => asking.close());
    await using client = await connect(await permitting(asking));
    const args = { repo_url: asking.url, deployment_id: deploymentId() };
    const without = await client.call('build_mcp_server', args);
    expect(without.isError ?? false).toBe(false);
    expect(without.structuredContent).toMatchObject({
      success: false,
      status: 'needs_config',
      needs_config: ['GREET_TOKEN'],
    });
    const environment = { GREET_TOKEN: 'a secret' };
    const { structuredContent } = await client.call('build_mcp_server', { ...args, environment });
    expect(structuredContent).toMatchObject({ success: true, status: 'works' });
    expect(JSON.stringify(structuredContent)).not.toContain('a secret');
  });
});

const ENDINGS: readonly (readonly [string, (server: ServerProcess) => void])[] = [
  [
    'its caller cancels it',
    ({ peer }) => peer.send({ method: 'notifications/cancelled', params: { requestId: 1 } }),
  ],
  ['its client goes away', ({ child }) => child.stdin.end()],
];

test.each(ENDINGS)('a build leaves no clone and no image when %s', async (_when, end) => {
  const mark = marker();
  const dockerfile = `FROM busybox:1.36\nRUN echo ${mark} && sleep 300\n`;
  const slow = await serveRepository({ files: { Dockerfile: dockerfile } });
  onTestFinished(() => slow.close());
  const clones = await tempFolder();
  vi.stubEnv('TMPDIR', clones);
  await using server = startServer(await permitting(slow));
  await server.peer.initialize();
  const deployment_id = deploymentId();
  const args = { repo_url: slow.url, dockerfile_path: 'Dockerfile', deployment_id };
  const _meta = { progressToken: 'steps' };
  const params = { name: 'build_mcp_server', arguments: args, _meta };
  server.peer.send({ id: 1, method: 'tools/call', params });
  await server.peer.next((message) => String(message.params?.['message']).includes(mark));
  expect(await clonesIn(clones)).toHaveLength(1);
  end(server);
  await expect.poll(() => clonesIn(clones), { timeout: 2000 }).toEqual([]);
  expect(await askEngine('GET', `/images/mcp-${deployment_id}:latest/json`)).toBeUndefined();
  server.child.stdin.end();
  expect((await server.exited).code).toBe(0);
  expect(server.peer.messages.filter(({ id }) => id === 1)).toEqual([]);
});

async function clonesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('slipway-git-'));
}

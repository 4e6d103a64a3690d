/** The toolsets of the built server, on the real engine, through the clients that hosts use. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { containersWith } from '../support/engine-containers.js';
import { textWith } from '../support/matchers.js';
import { CLIENTS, type McpClient } from '../support/mcp-clients.js';
import { type ServerProcess, startServer } from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const tempFolder = tempFolders();

const BUSYBOX = 'busybox:1.36';

const imageList = z.object({
  images: z.array(
    z.object({
      names: z.array(z.string()),
      image_id: z.string(),
      size_bytes: z.number(),
      created: z.iso.datetime(),
    }),
  ),
});

const SOON = { timeout: 20_000, interval: 100 } as const;

const marker = (): string => randomBytes(8).toString('hex');

/** What starts a job that does not end by itself. */
const sleeping = (mark: string) => ({
  tool: 'execute_docker_container',
  arguments: { image: BUSYBOX, command: ['sh', '-c', `echo ${mark}; sleep 600`] },
});

/** Starts a shell script in a container that is left running until the end of the test. */
async function startDetached(client: McpClient, script: string): Promise<string> {
  const { structuredContent } = await client.call('execute_docker_container', {
    image: BUSYBOX,
    command: ['sh', '-c', script],
    detach: true,
    timeout: 120,
  });
  expect(structuredContent).toMatchObject({ success: true });
  return String(structuredContent['container_id']);
}

describe.each(CLIENTS)('the toolset inspect, for %s', (_name, connect) => {
  test('reads the log of a container while it runs, and what it uses', async () => {
    await using client = await connect(['--toolsets', 'inspect']);
    const container_id = await startDetached(
      client,
      'echo one; echo two >&2; echo three; exec sleep 100',
    );
    const read = async (more = {}) =>
      (await client.call('container_logs', { container_id, ...more })).structuredContent;
    await expect.poll(read, SOON).toMatchObject({ stdout: 'one\nthree\n', stderr: 'two\n' });
    // Which of the two streams the engine reads last is for the engine to say.
    const last = await read({ tail: 1 });
    expect(`${String(last['stderr'])}${String(last['stdout'])}`).toMatch(/^(?:two|three)\n$/);
    const used = await client.call('container_stats', { container_id });
    expect(used.structuredContent).toMatchObject({ success: true, error_message: null });
    expect(used.structuredContent['memory_bytes']).toBeGreaterThan(0);
    expect(used.structuredContent['processes']).toBeGreaterThanOrEqual(1);
    await client.call('stop_container', { container_id, force: true });
    const gone = await client.call('container_stats', { container_id });
    expect(gone.isError).toBe(true);
    expect(gone.structuredContent['error_message']).toContain('no container started by Slipway');
  });

  test('lists the images that may be run', async () => {
    await using client = await connect(['--toolsets', 'inspect']);
    const { structuredContent } = await client.call('list_images', { name: 'busybox:1.36' });
    expect(structuredContent).toMatchObject({ success: true, error_message: null });
    const { images } = imageList.parse(structuredContent);
    const busybox = images.find(({ names }) => names.includes(BUSYBOX));
    expect(busybox?.image_id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(busybox?.size_bytes).toBeGreaterThan(1_000_000);
  });

  test('searches and pages the output of a run that was shown shortened', async () => {
    await using client = await connect(['--toolsets', 'inspect']);
    const { structuredContent: run } = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: 'seq 1 20000 | sed s/^/line-/',
    });
    expect(run).toMatchObject({ success: true, truncated: true });
    const run_id = run['full_output'];
    const found = await client.call('read_output', { run_id, pattern: 'LINE-1234' });
    expect(found.structuredContent).toMatchObject({
      success: true,
      matches: 11,
      next_offset: null,
    });
    expect(found.structuredContent['text']).toMatch(/^1234: line-1234\n12340: line-12340\n/);
    const page = await client.call('read_output', { run_id, offset: 7, limit: 7 });
    expect(page.structuredContent).toMatchObject({ text: 'line-2\n', next_offset: 14 });
  });
});

test('a policy decides which images are listed', async () => {
  const content = JSON.stringify({ images: { deny: ['docker.io/library/busybox:*'] } });
  const folder = await tempFolder({ 'policy.json': { content, mode: 0o600 } });
  const policy = join(folder, 'policy.json');
  await using server = startServer(['--toolsets', 'inspect', '--policy', policy]);
  await server.peer.initialize();
  const listed = await server.peer.callTool(1, 'list_images', { name: 'busybox:1.36' });
  expect(listed.structuredContent).toMatchObject({ success: true, total: 0, images: [] });
});

describe.each(CLIENTS)('the toolset jobs, for %s', (_name, connect) => {
  test('a job outlives its call, tells how far it is, and gives the whole result', async () => {
    await using client = await connect(['--toolsets', 'jobs']);
    const started = await client.call('start_job', {
      tool: 'execute_docker_container',
      arguments: { image: BUSYBOX, command: 'sleep 2; echo done' },
    });
    const { job_id } = started.structuredContent;
    expect(started.structuredContent).toMatchObject({ success: true, state: 'running' });
    const status = async () => (await client.call('job_status', { job_id })).structuredContent;
    const running = { state: 'running', progress: textWith(`Running ${BUSYBOX}`) };
    await expect.poll(status, SOON).toMatchObject(running);
    const { structuredContent } = await client.call('job_result', { job_id, wait: 50 });
    expect(structuredContent).toMatchObject({
      success: true,
      state: 'finished',
      result: { success: true, exit_code: 0, stdout: 'done\n', stderr: '' },
    });
    expect(structuredContent['execution_time']).toBeGreaterThanOrEqual(2);
  });

  test('a cancelled job leaves no container', async () => {
    await using client = await connect(['--toolsets', 'jobs']);
    const mark = marker();
    const started = await client.call('start_job', sleeping(mark));
    const { job_id } = started.structuredContent;
    await expect.poll(() => containersWith(mark, 'running'), SOON).toHaveLength(1);
    const cancelled = await client.call('cancel_job', { job_id });
    expect(cancelled.structuredContent).toMatchObject({ success: true, state: 'cancelled' });
    expect(await containersWith(mark)).toEqual([]);
    const result = await client.call('job_result', { job_id });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ state: 'cancelled', result: null });
  });

  test('bad arguments are refused before anything starts, and so is a handle of nobody', async () => {
    await using client = await connect(['--toolsets', 'jobs']);
    const started = await client.call('start_job', {
      tool: 'execute_docker_container',
      arguments: { imagee: BUSYBOX },
    });
    expect(started.isError).toBe(true);
    expect(started.structuredContent['error_message']).toContain('imagee');
    const unknown = await client.call('job_result', { job_id: marker() });
    expect(unknown.isError).toBe(true);
    expect(unknown.structuredContent['error_message']).toContain('start_job');
  });
});

test.each<readonly [string, (server: ServerProcess) => void]>([
  ['its client goes away', ({ child }) => child.stdin.end()],
  ['it is told to end', ({ child }) => child.kill('SIGTERM')],
])('nothing of a job is left when the server ends because %s', async (_why, end) => {
  const mark = marker();
  await using server = startServer(['--toolsets', 'jobs']);
  await server.peer.initialize();
  const { structuredContent } = await server.peer.callTool(1, 'start_job', sleeping(mark));
  expect(structuredContent).toMatchObject({ success: true });
  await expect.poll(() => containersWith(mark, 'running'), SOON).toHaveLength(1);
  const began = performance.now();
  end(server);
  const { code, at } = await server.exited;
  expect(code).toBe(0);
  expect(at - began).toBeLessThan(2000);
  expect(await containersWith(mark)).toEqual([]);
});

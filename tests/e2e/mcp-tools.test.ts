import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { containersWith } from '../support/engine-containers.js';
import { CLIENTS, type Progress } from '../support/mcp-clients.js';

const BUSYBOX = 'busybox:1.36';

const listSchema = z.object({
  containers: z.array(
    z.looseObject({ container_id: z.string(), image: z.string(), managed: z.boolean() }),
  ),
});

describe.each(CLIENTS)('on a real engine, for %s', (_name, connect) => {
  test('a shell command runs', async () => {
    await using client = await connect([]);
    const result = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: 'echo one | tr a-z A-Z && echo two >&2',
    });
    expect(result.structuredContent).toMatchObject({
      success: true,
      exit_code: 0,
      stdout: 'ONE\n',
      stderr: 'two\n',
      error_message: null,
    });
    expect(result.isError ?? false).toBe(false);
  });

  test('a Python script runs as a payload', async () => {
    await using client = await connect([]);
    const { structuredContent } = await client.call('execute_with_payload', {
      image: 'python:3.13-slim',
      payload: 'import os, sys\nprint(6 * 7, os.environ["PAYLOAD_PATH"], sys.stdin.read())\n',
      payload_path: '/payload/main.py',
      command: ['python3', '/payload/main.py'],
      stdin: 'from stdin',
    });
    expect(structuredContent).toMatchObject({
      success: true,
      stdout: '42 /payload/main.py from stdin\n',
    });
  });

  test('a failing program is a result, and an impossible one an error', async () => {
    await using client = await connect([]);
    const failed = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: ['sh', '-c', 'exit 3'],
    });
    expect(failed.isError ?? false).toBe(false);
    expect(failed.structuredContent).toMatchObject({ success: false, exit_code: 3 });
    const impossible = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: ['no-such-program'],
    });
    expect(impossible.isError).toBe(true);
    expect(impossible.structuredContent['error_message']).toContain('"no-such-program"');
  });

  test('a run that takes too long is ended, with its output so far', async () => {
    await using client = await connect([]);
    const result = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: 'echo early; sleep 600',
      timeout: 1,
    });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({
      timed_out: true,
      exit_code: null,
      stdout: 'early\n',
      error_message: expectedTimeout,
    });
  });

  test('long output is shortened, and the rest can be read', async () => {
    await using client = await connect([]);
    const { structuredContent } = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: ['seq', '1', '100000'],
    });
    expect(structuredContent['truncated']).toBe(true);
    expect(String(structuredContent['stdout']).length).toBeLessThanOrEqual(20_000);
    const whole = await client.readText(String(structuredContent['full_output']));
    expect(whole).toBe(Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join(''));
  });

  test('a running container is listed and can be stopped', async () => {
    const mark = randomBytes(8).toString('hex');
    await using client = await connect([]);
    const running = client.call('execute_docker_container', {
      image: BUSYBOX,
      command: ['sh', '-c', `echo ${mark}; sleep 600`],
    });
    const id = await containerOf(mark);
    const listed = await client.call('list_running_containers', {});
    const { containers } = listSchema.parse(listed.structuredContent);
    expect(containers.find((one) => one.container_id === id.slice(0, 12))).toMatchObject({
      image: BUSYBOX,
      managed: true,
    });
    const stopped = await client.call('stop_container', {
      container_id: id.slice(0, 12),
      timeout: 0,
    });
    expect(stopped.structuredContent).toMatchObject({ success: true, already_stopped: false });
    const result = await running;
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ success: false, stdout: `${mark}\n` });
    expect(await containersWith(mark)).toEqual([]);
  });

  test('a container that nobody knows is named, with the next step', async () => {
    await using client = await connect([]);
    const result = await client.call('stop_container', { container_id: 'no-such-container' });
    expect(result.isError).toBe(true);
    expect(result.structuredContent['error_message']).toContain('no-such-container');
  });

  test('a cancelled call takes its container with it', async () => {
    const mark = randomBytes(8).toString('hex');
    await using client = await connect([]);
    const cancel = new AbortController();
    const call = client.call(
      'execute_docker_container',
      { image: BUSYBOX, command: ['sh', '-c', `echo ${mark}; sleep 600`] },
      { signal: cancel.signal },
    );
    await containerOf(mark);
    cancel.abort('enough');
    await expect(call).rejects.toThrow('enough');
    await expect.poll(() => containersWith(mark), { timeout: 2000 }).toEqual([]);
  });

  test('an image is pulled, with progress that only grows', async () => {
    await using client = await connect([]);
    const progress: Progress[] = [];
    const { structuredContent } = await client.call(
      'pull_docker_image',
      { image: BUSYBOX },
      { onprogress: (update) => progress.push(update) },
    );
    expect(structuredContent).toMatchObject({ success: true, image: BUSYBOX, error_message: null });
    const values = progress.map((update) => update.progress);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
  });
});

const expectedTimeout =
  'Stopped after 1 s (timeout). The output so far is included. Raise timeout (max 3600) or do less work per call.';

async function containerOf(mark: string): Promise<string> {
  const running = () => containersWith(mark, 'running');
  await expect.poll(running, { timeout: 30_000 }).toHaveLength(1);
  const [id = ''] = await running();
  return id;
}

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

const artifactsSchema = z.object({
  artifacts: z.array(
    z.object({
      path: z.string(),
      bytes: z.number(),
      mime_type: z.string().nullable(),
      location: z.string().nullable(),
      omitted: z.string().nullable(),
    }),
  ),
});

/** One pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

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

  test('files go in, and what the program makes of them comes back', async () => {
    await using client = await connect([]);
    const result = await client.call('execute_docker_container', {
      image: BUSYBOX,
      files: { '/in/a.txt': 'one\n', '/in/deep/run.sh': '#!/bin/sh\ncat /in/a.txt -\n' },
      stdin: 'two\n',
      command: `mkdir /out && /in/deep/run.sh | tee /out/log.txt && printf %s ${PNG} | base64 -d > /out/x.bin && head -c 100000 /dev/zero | tr '\\0' '\\377' > /out/rest && head -c 100000 /dev/zero | tr '\\0' x > /out/long.csv`,
      artifacts: ['/out', '/none'],
    });
    expect(result.structuredContent).toMatchObject({ success: true, stdout: 'one\ntwo\n' });
    const { artifacts } = artifactsSchema.parse(result.structuredContent);
    const told = artifacts.map(({ path, bytes, mime_type, omitted }) => ({
      path,
      bytes,
      mime_type,
      omitted,
    }));
    expect(told.toSorted((one, other) => one.path.localeCompare(other.path))).toEqual([
      { path: '/none', bytes: 0, mime_type: null, omitted: 'not_found' },
      { path: '/out/log.txt', bytes: 8, mime_type: 'text/plain', omitted: null },
      { path: '/out/long.csv', bytes: 100_000, mime_type: 'text/csv', omitted: null },
      { path: '/out/rest', bytes: 100_000, mime_type: 'application/octet-stream', omitted: null },
      { path: '/out/x.bin', bytes: 70, mime_type: 'image/png', omitted: null },
    ]);
    expect(result.content.map(({ type }) => type).toSorted()).toEqual([
      'image',
      'resource',
      'resource',
      'text',
    ]);
    expect(result.content).toContainEqual(
      expect.objectContaining({ type: 'image', mimeType: 'image/png', data: PNG }),
    );
    const csv = artifacts.find(({ path }) => path === '/out/long.csv');
    expect(await client.readText(`${csv?.location}?offset=99990`)).toBe('x'.repeat(10));
  });

  test('user and root file system are as asked for', async () => {
    await using client = await connect([]);
    const { structuredContent } = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: 'id -u; touch /x 2>&1',
      user: '1234:5678',
      read_only: true,
      pull: 'never',
      timeout: '30',
      cpu_limit: '0.5',
    });
    expect(structuredContent).toMatchObject({
      success: false,
      stdout: '1234\ntouch: /x: Read-only file system\n',
    });
  });

  test('a detached container is answered at once, found by filters, and killed', async () => {
    const mark = randomBytes(8).toString('hex');
    await using client = await connect([]);
    const { structuredContent: started } = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: ['sh', '-c', `trap '' TERM; echo ${mark}; while :; do sleep 1; done`],
      timeout: 120,
      detach: true,
    });
    expect(started).toMatchObject({ success: true, exit_code: null, stdout: '' });
    const id = String(started['container_id']);
    expect(await containersWith(mark, 'running')).toEqual([id]);
    const deadline = Date.parse(String(started['deadline']));
    expect(Math.abs(deadline - Date.now() - 120_000)).toBeLessThan(30_000);
    const found = async (filters: Record<string, unknown>): Promise<readonly string[]> => {
      const { structuredContent } = await client.call('list_running_containers', filters);
      return listSchema.parse(structuredContent).containers.map((one) => one.container_id);
    };
    expect(await found({ managed_only: true, image: 'busybox' })).toContain(id.slice(0, 12));
    expect(await found({ managed_only: true, image: 'no-such-image' })).toEqual([]);
    const asked = performance.now();
    const { structuredContent } = await client.call('stop_container', {
      container_id: id,
      force: true,
    });
    expect(structuredContent).toMatchObject({ success: true, already_stopped: false });
    // Without force, the program that ignores TERM would live for another 10 s.
    expect(performance.now() - asked).toBeLessThan(8000);
    expect(await containersWith(mark)).toEqual([]);
  });

  test('lines of long output can be searched', async () => {
    await using client = await connect([]);
    const { structuredContent } = await client.call('execute_docker_container', {
      image: BUSYBOX,
      command: ['seq', '1', '100000'],
    });
    const found = await client.readText(
      `${String(structuredContent['full_output'])}?pattern=99999`,
    );
    expect(found).toBe('99999: 99999\n');
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

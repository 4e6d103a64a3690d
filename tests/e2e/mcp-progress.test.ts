import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { FaultyRegistry } from '../support/faulty-registry.js';
import { serveRepository } from '../support/git-server.js';
import type { JsonRpcMessage } from '../support/json-rpc-peer.js';
import { callWithProgress, progressSaying, readyServers } from '../support/ready-server.js';
import type { ServerProcess } from '../support/slipway-process.js';
import { tinyImage } from '../support/tiny-image.js';

const initialized = readyServers();

const BUSYBOX = 'busybox:1.36';

const update = z.object({
  progressToken: z.union([z.string(), z.number()]),
  progress: z.number(),
  total: z.number().optional(),
  message: z.string().max(120),
});

type Update = z.output<typeof update>;

/** Forty lines in two seconds. */
const TALKS = 'i=0; while [ $i -lt 40 ]; do echo $i; usleep 50000; i=$((i+1)); done';

describe('progress of a run', () => {
  test.each([0, 7, '', 'token'])(
    'for the token %j grows, and ends before the answer',
    async (token) => {
      await using server = await initialized();
      await server.peer.callTool(1, 'execute_docker_container', echo('hello'), meta(token));
      await server.peer.request(2, 'ping');
      const updates = updatesOf(server);
      expect(updates.length).toBeGreaterThan(0);
      expect(updates.map((one) => one.progressToken)).toEqual(updates.map(() => token));
      expectGrowth(updates);
      const { messages } = server.peer;
      expect(messages.findLastIndex(isProgress)).toBeLessThan(
        messages.findIndex((message) => message.id === 1),
      );
    },
  );

  test('is not sent to a client that sent no token', async () => {
    await using server = await initialized();
    await server.peer.callTool(1, 'execute_docker_container', echo('hello'));
    await server.peer.request(2, 'ping');
    expect(updatesOf(server)).toEqual([]);
  });

  test('is told at most twice a second, however much happens', async () => {
    await using server = await initialized();
    const began = performance.now();
    const args = { image: BUSYBOX, command: ['sh', '-c', TALKS] };
    await server.peer.callTool(1, 'execute_docker_container', args, meta(1));
    const seconds = (performance.now() - began) / 1000;
    const updates = updatesOf(server);
    expect(updates.length).toBeGreaterThanOrEqual(3);
    expect(updates.length).toBeLessThanOrEqual(2 * seconds + 1);
    expectGrowth(updates);
    expect(updates.at(-1)?.message).toMatch(/^Running busybox:1\.36 as \S+ \(.*of output\)$/);
  });

  test('is told every five seconds although nothing happens', async () => {
    await using server = await initialized();
    const args = { image: BUSYBOX, command: ['sleep', '600'] };
    server.peer.send(callWithProgress(1, 'execute_docker_container', args));
    await server.peer.next(progressSaying(/^Running .*\(5 s\)$/));
    const updates = updatesOf(server);
    expect(updates.length).toBeLessThanOrEqual(5);
    expectGrowth(updates);
    server.child.stdin.end();
    await server.exited;
  });
});

test('progress of a pull counts the bytes of the image', async () => {
  const image = await tinyImage(8 * 1024 * 1024);
  const fault = { kind: 'layer', change: 'stalled' } as const;
  await using registry = await FaultyRegistry.start(image, fault);
  await using server = await initialized({
    images: { allow: ['*', `${registry.address}/team/*`] },
  });
  const args = { image: `${registry.address}/team/tiny:1` };
  server.peer.send(callWithProgress(1, 'pull_docker_image', args));
  await server.peer.next(
    (message) =>
      message.id === 1 || (isProgress(message) && message.params?.['total'] !== undefined),
  );
  const updates = updatesOf(server);
  expectGrowth(updates);
  const { progress, total, message } = updates.at(-1) ?? {};
  expect(total).toBe(image.layer.bytes.length);
  expect(progress).toBeLessThanOrEqual(image.layer.bytes.length / 2);
  expect(message).toMatch(/^Pulling .* \(.* of 8(\.\d)? MiB\)$/);
});

test('progress of a build counts its steps', async () => {
  const id = randomBytes(8).toString('hex');
  const steps = ['one', 'two', 'three'].map((step) => `RUN echo ${step} ${id}; sleep 0.7`);
  const Dockerfile = [`FROM ${BUSYBOX}`, ...steps, 'CMD ["true"]', ''].join('\n');
  const git = await serveRepository({ files: { Dockerfile } });
  onTestFinished(() => git.close());
  await using server = await initialized({ repositories: { hosts: [git.origin] } });
  const args = { repo_url: git.url };
  const tool = 'build_and_execute_github_repo';
  const { structuredContent } = await server.peer.callTool(1, tool, args, meta(1));
  expect(structuredContent).toMatchObject({ success: true });
  const updates = updatesOf(server);
  expectGrowth(updates);
  expect(updates[0]?.message).toBe(`Cloning ${git.url}`);
  const numbers = updates.flatMap(({ message }) => {
    const [, step, all] = /^Building \(.*step (\d+)\/(\d+) /.exec(message) ?? [];
    return step === undefined ? [] : [[Number(step), Number(all)]];
  });
  expect(new Set(numbers.map(([step]) => step)).size).toBeGreaterThanOrEqual(2);
  expect(numbers.map(([, all]) => all)).toEqual(numbers.map(() => 4));
  const totals = updates
    .filter((one) => one.message.startsWith('Building ('))
    .map((one) => one.total);
  expect(new Set(totals)).toEqual(new Set([4000]));
});

function echo(text: string) {
  return { image: BUSYBOX, command: ['echo', text] };
}

function meta(progressToken: string | number) {
  return { progressToken };
}

function isProgress({ method }: JsonRpcMessage): boolean {
  return method === 'notifications/progress';
}

function updatesOf({ peer }: ServerProcess): readonly Update[] {
  return peer.messages.filter(isProgress).map(({ params }) => update.parse(params));
}

function expectGrowth(updates: readonly Update[]): void {
  const values = updates.map(({ progress }) => progress);
  expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
  for (const { progress, total = progress } of updates) {
    expect(progress).toBeLessThanOrEqual(total);
  }
}

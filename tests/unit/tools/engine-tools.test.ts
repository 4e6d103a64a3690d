import { describe, expect, it } from 'vitest';
import { call, contextOf } from './tool-context.js';

describe('list_running_containers', () => {
  const container = {
    id: 'd'.repeat(64),
    name: 'web',
    image: 'nginx:1',
    state: 'running',
    status: 'Up 3 minutes',
    createdAt: new Date('2026-01-02T03:04:05Z'),
    ports: [
      { containerPort: 80, protocol: 'tcp', hostPort: 8080, hostAddress: '127.0.0.1' },
      { containerPort: 80, protocol: 'tcp', hostPort: 8080, hostAddress: '::1' },
      { containerPort: 53, protocol: 'udp', hostPort: null, hostAddress: null },
    ],
    managed: true,
  };

  it('shows what is needed to choose one', async () => {
    const context = contextOf({ listRunningContainers: () => Promise.resolve([container]) });
    const { output } = await call('list_running_containers', {}, context);
    expect(output).toEqual({
      success: true,
      error_message: null,
      total: 1,
      containers: [
        {
          container_id: 'dddddddddddd',
          name: 'web',
          image: 'nginx:1',
          status: 'Up 3 minutes',
          created: '2026-01-02T03:04:05.000Z',
          ports: ['127.0.0.1:8080->80/tcp', '[::1]:8080->80/tcp', '53/udp'],
          managed: true,
        },
      ],
    });
  });

  it('stays small however many containers and ports there are', async () => {
    const port = { containerPort: 1, protocol: 'tcp', hostPort: 40_000, hostAddress: '0.0.0.0' };
    const busy = { ...container, ports: Array.from({ length: 30_000 }, () => port) };
    const many = Array.from({ length: 250 }, () => busy);
    const context = contextOf({ listRunningContainers: () => Promise.resolve(many) });
    const { output } = await call('list_running_containers', {}, context);
    expect(output['total']).toBe(250);
    expect(output['containers']).toHaveLength(100);
    expect(JSON.stringify(output)).toContain('and 29980 more');
    expect(JSON.stringify(output).length).toBeLessThan(100_000);
  });

  it.each([
    [{}, ['web', 'web-2', 'db']],
    [{ managed_only: true }, ['web', 'db']],
    [{ managed_only: 'true' }, ['web', 'db']],
    [{ managed_only: false }, ['web', 'web-2', 'db']],
    [{ name: 'web' }, ['web', 'web-2']],
    [{ image: 'postgres' }, ['db']],
    [{ name: 'web', managed_only: true }, ['web']],
    [{ name: 'web', image: 'postgres' }, []],
  ])('lists those that every filter leaves: %j', async (filters, names) => {
    const running = [
      container,
      { ...container, name: 'web-2', managed: false },
      { ...container, name: 'db', image: 'postgres:17' },
    ];
    const context = contextOf({ listRunningContainers: () => Promise.resolve(running) });
    const { output } = await call('list_running_containers', filters, context);
    expect(output).toMatchObject({
      total: names.length,
      containers: names.map((name) => ({ name })),
    });
  });

  it('takes no arguments, and a call without any', async () => {
    const context = contextOf({ listRunningContainers: () => Promise.resolve([]) });
    expect((await call('list_running_containers', undefined, context)).isError).toBe(false);
  });
});

describe('stop_container', () => {
  it('gives the grace in seconds and says when there was nothing to stop', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      stopContainer: (container, options) => {
        seen.push(container, options?.graceMs);
        return Promise.resolve({ containerId: 'e'.repeat(64), alreadyStopped: true });
      },
    });
    const { output } = await call('stop_container', { container_id: 'web', timeout: 0 }, context);
    expect(seen).toEqual(['web', 0]);
    expect(output).toEqual({
      success: true,
      error_message: null,
      container_id: 'e'.repeat(64),
      already_stopped: true,
    });
  });
});

describe('stop_container with force', () => {
  it.each([
    [{ force: true }, 0],
    [{ force: true, timeout: 30 }, 0],
    [{ force: false, timeout: 30 }, 30_000],
    [{ timeout: '1.5' }, 1500],
    [{}, undefined],
  ])('gives no grace, whatever the timeout: %j', async (args, graceMs) => {
    const seen: unknown[] = [];
    const context = contextOf({
      stopContainer: (_container, options) => {
        seen.push(options?.graceMs);
        return Promise.resolve({ containerId: 'e'.repeat(64), alreadyStopped: false });
      },
    });
    await call('stop_container', { container_id: 'web', ...args }, context);
    expect(seen).toEqual([graceMs]);
  });
});

describe('pull_docker_image', () => {
  it('tells digest, size and whether anything was downloaded', async () => {
    const seen: unknown[] = [];
    const context = contextOf({
      pullImage: (image, options) => {
        seen.push(options?.platform);
        return Promise.resolve({
          image,
          id: 'sha256:1',
          digest: 'busybox@sha256:2',
          sizeBytes: 4_000_000,
          alreadyUpToDate: false,
          durationMs: 2500,
        });
      },
    });
    const { output } = await call(
      'pull_docker_image',
      { image: 'busybox', platform: 'linux/arm64' },
      context,
    );
    expect(seen).toEqual(['linux/arm64']);
    expect(output).toEqual({
      success: true,
      error_message: null,
      image: 'busybox',
      digest: 'busybox@sha256:2',
      size_bytes: 4_000_000,
      already_up_to_date: false,
      execution_time: 2.5,
    });
  });
});

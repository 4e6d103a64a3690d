/** What an image says of itself changes nothing about the box that its program runs in. */
import { afterAll, describe, expect, test } from 'vitest';
import { createDockerExecutor } from '../../src/index.js';
import { inspect } from '../support/engine-view.js';
import { testImage } from '../support/test-image.js';

const executor = createDockerExecutor({ policy: 'strict' });
afterAll(async () => executor.close());

const HOSTILE = {
  USER: '0',
  EXPOSE: '22 80/udp',
  VOLUME: '/data',
  HEALTHCHECK: '--interval=1s CMD touch /tmp/checked',
  STOPSIGNAL: 'SIGCONT',
  ONBUILD: 'ADD https://192.0.2.1/x /x',
  SHELL: '["/bin/false"]',
  LABEL: 'io.slipway.kind=run io.slipway.name=another io.slipway.signature=none',
  ENV: 'LD_PRELOAD=/data/evil.so',
};

describe('an image with instructions of its own', () => {
  test('runs as the policy says: no port, no check, no disk, no labels of another', async () => {
    await using image = await testImage(HOSTILE);
    const container = await executor.executeContainer({
      image: image.reference,
      command: ['sleep', '30'],
      detach: true,
      timeoutMs: 30_000,
    });
    const facts = await inspect(container.containerId);
    expect(facts).toMatchObject({
      Config: { User: '65534:65534', Healthcheck: { Test: ['NONE'] } },
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        PublishAllPorts: false,
        CapDrop: ['ALL'],
        Binds: null,
      },
      Mounts: [],
    });
    expect(JSON.stringify(facts['HostConfig'])).toContain('"/data":"');
    const running = await executor.listRunningContainers();
    expect(running.find(({ id }) => id === container.containerId)?.managed).toBe(true);
    await executor.stopContainer(container.containerId);
  });

  test('is ended after its time although its signal to stop stops nothing', async () => {
    await using image = await testImage(HOSTILE);
    const result = await executor.executeContainer({
      image: image.reference,
      command: ['sleep', '60'],
      timeoutMs: 1000,
    });
    expect(result.status).toBe('timed_out');
    expect(result.executionTime).toBeLessThan(6000);
  });
});

import { describe, expect, it } from 'vitest';
import type { InspectedContainer } from '../support/engine-http.js';
import { realEngine } from './real-engine.js';
import { Scene } from './scene.js';

const WAITING = ['sh', '-c', 'echo ready; sleep 60'];
const MIB = 1024 * 1024;

describe("the engine's own record of a running container", () => {
  const scene = Scene.use(realEngine);

  async function inspected(
    differences: Parameters<Scene['start']>[0] = {},
  ): Promise<InspectedContainer> {
    const run = scene.start({ command: WAITING, ...differences });
    await run.wrote('ready');
    return scene.http.inspect(run.spec.name);
  }

  it('has every limit and none of what a container could break out with', async () => {
    const { HostConfig: host, Mounts: mounts } = await inspected();
    expect(host).toMatchObject({
      Memory: 64 * MIB,
      MemorySwap: 64 * MIB,
      NanoCpus: 500_000_000,
      PidsLimit: 32,
      ShmSize: MIB,
      NetworkMode: 'none',
      IpcMode: 'private',
      PidMode: '',
      UTSMode: '',
      UsernsMode: '',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      Init: true,
      AutoRemove: false,
      PublishAllPorts: false,
      ReadonlyRootfs: false,
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      LogConfig: {
        Type: 'local',
        Config: { 'max-size': String(MIB / 2), 'max-file': '2', compress: 'false' },
      },
    });
    expect(host['Ulimits']).toEqual([
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'cpu', Soft: 30, Hard: 35 },
    ]);
    const none = ['CapAdd', 'Binds', 'Devices', 'DeviceRequests', 'GroupAdd', 'VolumesFrom'];
    expect(none.map((key) => [key, host[key] ?? []])).toEqual(none.map((key) => [key, []]));
    expect(host['OomKillDisable'] ?? false).toBe(false);
    expect(host['PortBindings'] ?? {}).toEqual({});
    expect(mounts).toEqual([]);
  });

  it('has no health check, no terminal and no open input', async () => {
    const { Config: config } = await inspected();
    expect(config).toMatchObject({
      Healthcheck: { Test: ['NONE'] },
      Tty: false,
      OpenStdin: false,
      AttachStdin: false,
    });
  });

  it('has input that closes with its only client when there is input', async () => {
    const { Config: config } = await inspected({ stdin: Buffer.from('x') });
    expect(config).toMatchObject({ OpenStdin: true, StdinOnce: true, AttachStdin: true });
  });

  it('has a read-only root and sized scratch space when asked', async () => {
    const { HostConfig: host } = await inspected({
      readOnlyRoot: true,
      tmpfs: [{ path: '/tmp', sizeBytes: 4 * MIB }],
      user: '65534:65534',
    });
    expect(host).toMatchObject({
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,size=${4 * MIB},mode=1777` },
    });
  });

  it('has anonymous volumes, which go away with the container', async () => {
    const run = scene.start({
      command: WAITING,
      volumes: ['/payload'],
      files: [{ path: '/payload/a', content: Buffer.from('a'), mode: 0o644 }],
    });
    await run.wrote('ready');
    const { Mounts: mounts } = await scene.http.inspect(run.spec.name);
    expect(mounts).toMatchObject([{ Type: 'volume', Destination: '/payload', RW: true }]);
    const volume = `/volumes/${mounts[0]?.Name ?? ''}`;
    expect(await scene.http.exists(volume)).toBe(true);
    await scene.engine.containers.stop(run.seen.containerId, { graceMs: 0 });
    await run.outcome;
    expect(await scene.http.exists(volume)).toBe(false);
  });

  it("has the caller's labels, and ours where they are in the way of ours", async () => {
    const { Config: config } = await inspected({
      labels: { 'com.example.job': '7', 'io.slipway.kind': 'image', 'io.slipway.name': 'other' },
    });
    const labels: unknown = config['Labels'];
    expect(labels).toMatchObject({ 'com.example.job': '7', 'io.slipway.kind': 'run' });
    expect(labels).not.toMatchObject({ 'io.slipway.name': 'other' });
  });
});

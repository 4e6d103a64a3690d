import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createBody } from '../../../src/engine/create-body.js';
import type { ContainerSpec } from '../../../src/engine/ports.js';
import { specOf } from '../../support/container-spec.js';

const IMAGE_ID = `sha256:${'a'.repeat(64)}`;

/** As the engine gets it: what is undefined is not sent. */
function sent(
  differences: Partial<ContainerSpec> = {},
  ownership: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const body = createBody(specOf(IMAGE_ID, differences), ownership, 'docker');
  return z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(body)));
}

function hostConfig(differences: Partial<ContainerSpec> = {}): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(sent(differences)['HostConfig']);
}

describe('the body of a create request', () => {
  it('has these keys and no others, whatever the spec is', () => {
    expect(Object.keys(sent()).sort()).toEqual([
      'AttachStderr',
      'AttachStdin',
      'AttachStdout',
      'Cmd',
      'Env',
      'ExposedPorts',
      'Healthcheck',
      'HostConfig',
      'Image',
      'Labels',
      'OpenStdin',
      'StdinOnce',
      'Tty',
    ]);
    expect(Object.keys(hostConfig()).sort()).toEqual([
      'AutoRemove',
      'CapAdd',
      'CapDrop',
      'ExtraHosts',
      'Init',
      'IpcMode',
      'LogConfig',
      'Memory',
      'MemorySwap',
      'Mounts',
      'NanoCpus',
      'NetworkMode',
      'PidsLimit',
      'PortBindings',
      'ReadonlyRootfs',
      'RestartPolicy',
      'SecurityOpt',
      'ShmSize',
      'Tmpfs',
      'Ulimits',
    ]);
  });

  it('opens nothing that was not asked for', () => {
    expect(sent()).toMatchObject({ ExposedPorts: {}, Healthcheck: { Test: ['NONE'] }, Tty: false });
    expect(hostConfig()).toMatchObject({
      AutoRemove: false,
      CapAdd: [],
      CapDrop: ['ALL'],
      ExtraHosts: [],
      IpcMode: 'private',
      Mounts: [],
      PortBindings: {},
      SecurityOpt: ['no-new-privileges:true'],
    });
  });

  it.each(['docker', 'podman'] as const)('has a log of bounded size on %s', (flavor) => {
    const body = createBody(specOf(IMAGE_ID), {}, flavor);
    expect(body).toMatchObject({
      HostConfig: {
        LogConfig: {
          Type: flavor === 'docker' ? 'local' : 'json-file',
          Config: { 'max-file': '2', 'max-size': '524288' },
        },
      },
    });
  });

  it('takes nothing from keys that a caller smuggled into the spec', () => {
    const smuggled = { HostConfig: { Privileged: true }, hostconfig: { Binds: ['/:/host'] } };
    const body = createBody({ ...specOf(IMAGE_ID), ...smuggled }, {}, 'docker');
    expect(JSON.stringify(body)).not.toMatch(/privileged|binds/i);
  });

  it('names the image by its id, so that a moved tag changes nothing', () => {
    expect(sent({ imageName: 'busybox:latest' })['Image']).toBe(IMAGE_ID);
  });

  it("keeps the image's own program, folder and user when nothing else is asked", () => {
    const body = sent({ command: undefined });
    for (const key of ['Cmd', 'Entrypoint', 'WorkingDir', 'User']) {
      expect(body).not.toHaveProperty(key);
    }
  });

  it('replaces them when asked, without a shell in between', () => {
    const asked = {
      entrypoint: ['/bin/tool', '--'],
      command: ['a b', '$(id)', ''],
      workingDir: '/srv',
      user: '1000:1000',
    };
    expect(sent(asked)).toMatchObject({
      Entrypoint: ['/bin/tool', '--'],
      Cmd: ['a b', '$(id)', ''],
      WorkingDir: '/srv',
      User: '1000:1000',
    });
  });

  it('writes the environment as the engine reads it', () => {
    const environment = { A: '1', EMPTY: '', WITH: 'a=b\nc' };
    expect(sent({ environment })['Env']).toEqual(['A=1', 'EMPTY=', 'WITH=a=b\nc']);
  });

  it("puts our labels over the caller's", () => {
    const labels = { 'io.slipway.kind': 'forged', job: '7' };
    expect(sent({ labels }, { 'io.slipway.kind': 'run' })['Labels']).toEqual({
      'io.slipway.kind': 'run',
      job: '7',
    });
  });

  it('opens an input that ends with its only client, and only when there is one', () => {
    expect(sent({ stdin: Buffer.alloc(0) })).toMatchObject({
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
    });
    expect(sent()).toMatchObject({ OpenStdin: false, StdinOnce: false, AttachStdin: false });
  });

  it('sets memory without swap', () => {
    const limits = { ...specOf(IMAGE_ID).limits, memoryBytes: 123_456_789 };
    expect(hostConfig({ limits })).toMatchObject({ Memory: 123_456_789, MemorySwap: 123_456_789 });
  });

  it.each([
    [0.01, 10_000_000],
    [0.1, 100_000_000],
    [0.29, 290_000_000],
    [1.5, 1_500_000_000],
    [8, 8_000_000_000],
  ])('writes %d CPUs as a whole number of billionths', (cpus, nano) => {
    const limits = { ...specOf(IMAGE_ID).limits, cpus };
    expect(hostConfig({ limits })['NanoCpus']).toBe(nano);
  });

  it('rounds CPU seconds up, with room between the warning and the kill', () => {
    const limits = { ...specOf(IMAGE_ID).limits, cpuSeconds: 10.2 };
    expect(hostConfig({ limits })['Ulimits']).toContainEqual({ Name: 'cpu', Soft: 11, Hard: 16 });
  });

  it('sizes its scratch space and makes volumes without a host path', () => {
    const host = hostConfig({
      tmpfs: [{ path: '/tmp', sizeBytes: 4096 }],
      volumes: ['/payload'],
      readOnlyRoot: true,
    });
    expect(host).toMatchObject({
      Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,size=4096,mode=1777' },
      Mounts: [{ Type: 'volume', Target: '/payload', VolumeOptions: { Labels: {} } }],
      ReadonlyRootfs: true,
    });
  });
});

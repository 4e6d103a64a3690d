import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/policy/decide.js';
import { resolvePolicy, type PolicyOptions } from '../../../src/policy/policy.js';
import { NO_RESOURCES, type RequestedResources } from '../../../src/policy/resources.js';
import type { RequestedImage, RunRequest } from '../../../src/policy/request.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
function image(canonical: string): RequestedImage {
  return { canonical, registry: canonical.slice(0, canonical.indexOf('/')), familiar: canonical };
}

function request(parts: Partial<RunRequest> = {}): RunRequest {
  return {
    image: image('docker.io/library/python:3.13'),
    memoryBytes: undefined,
    cpus: undefined,
    pids: undefined,
    shmBytes: undefined,
    timeoutMs: undefined,
    networkMode: undefined,
    readOnly: undefined,
    user: undefined,
    tmpfs: [],
    resources: NO_RESOURCES,
    variables: [],
    ...parts,
  };
}

function denial(
  parts: Partial<RunRequest>,
  policy: PolicyOptions | 'standard' | 'strict' = 'standard',
) {
  const decision = decide(resolvePolicy(policy), request(parts));
  return decision.permitted ? undefined : decision.denial;
}

function plan(
  parts: Partial<RunRequest> = {},
  policy: PolicyOptions | 'standard' | 'strict' = 'standard',
) {
  const decision = decide(resolvePolicy(policy), request(parts));
  return decision.permitted ? decision.plan : undefined;
}

describe('defaults', () => {
  test('standard runs without network, with every limit set, as the user of the image', () => {
    expect(plan()).toEqual({
      memoryBytes: 2 * GIB,
      cpus: 2,
      cpusAsked: false,
      pids: 512,
      shmBytes: 64 * MIB,
      timeoutMs: 300_000,
      networkMode: 'none',
      readOnlyRoot: false,
      user: undefined,
      tmpfs: [],
      volumeBytes: 256 * MIB,
      producedBytes: 4 * GIB,
      resources: { ...NO_RESOURCES, runtime: undefined, capabilities: [] },
    });
  });

  test('strict runs as nobody on a read-only root with a writable /tmp of 64 MiB', () => {
    expect(plan({}, 'strict')).toMatchObject({
      memoryBytes: 512 * MIB,
      cpus: 1,
      pids: 128,
      timeoutMs: 30_000,
      readOnlyRoot: true,
      user: '65534:65534',
      tmpfs: [{ path: '/tmp', sizeBytes: 64 * MIB }],
    });
  });

  test('an image that Slipway built itself needs no permission by name', () => {
    expect(denial({ image: undefined }, { images: { allow: [] } })).toBeUndefined();
  });
});

describe('maximums are refused by name, never lowered', () => {
  test.each<[string, Partial<RunRequest>, string, string]>([
    [
      'memory',
      { memoryBytes: 8 * GIB },
      'limits.memoryBytes.max',
      "memory 8 GiB is above this server's maximum of 2 GiB",
    ],
    ['cpus', { cpus: 2.5 }, 'limits.cpus.max', "cpus 2.5 is above this server's maximum of 2"],
    ['pids', { pids: 513 }, 'limits.pids.max', "pids 513 is above this server's maximum of 512"],
    [
      'shm',
      { shmBytes: GIB },
      'limits.shmBytes.max',
      "/dev/shm of 1 GiB is above this server's maximum of 512 MiB",
    ],
    ['timeout', { timeoutMs: 3_600_001 }, 'limits.timeoutMs.max', 'a timeout of 3600 s is above'],
    [
      'tmpfs',
      { tmpfs: [{ path: '/a', sizeBytes: 2 * GIB }] },
      'limits.tmpfsBytes',
      'a tmpfs of 2 GiB is above',
    ],
  ])('%s', (_name, parts, rule, text) => {
    const refused = denial(parts);
    expect(refused?.code).toBe('LIMIT_EXCEEDED');
    expect(refused?.context.rule).toBe(rule);
    expect(refused?.message).toContain(text);
  });

  test.each<[string, Partial<RunRequest>]>([
    ['memory', { memoryBytes: 2 * GIB }],
    ['cpus', { cpus: 2 }],
    ['pids', { pids: 512 }],
    ['timeout', { timeoutMs: 3_600_000 }],
    ['tmpfs', { tmpfs: [{ path: '/a', sizeBytes: GIB }] }],
  ])('%s at the maximum is permitted', (_name, parts) => {
    expect(denial(parts)).toBeUndefined();
  });
});

describe('network', () => {
  test('host is refused with the permitted modes and who can change it', () => {
    const refused = denial({ networkMode: 'host' }, 'strict');
    expect(refused?.code).toBe('POLICY_DENIED');
    expect(`${refused?.message} ${refused?.hint}`).toBe(
      'Refused: network mode "host" is not permitted on this server; permitted: none. ' +
        "Only the operator can change this, in the server's policy (network.modes). " +
        'The same request will be refused again; run without network instead.',
    );
  });

  test('bridge is permitted by standard and refused by strict', () => {
    expect(plan({ networkMode: 'bridge' })?.networkMode).toBe('bridge');
    expect(denial({ networkMode: 'bridge' }, 'strict')?.context.rule).toBe('network.modes');
  });
});

describe('user and root file system', () => {
  test('a policy with a user refuses another one and permits its own', () => {
    expect(denial({ user: '0:0' }, 'strict')?.context.rule).toBe('run.user');
    expect(denial({ user: '65534:65534' }, 'strict')).toBeUndefined();
  });

  test('a writable root is refused where the policy wants it read-only', () => {
    expect(denial({ readOnly: false }, 'strict')?.context.rule).toBe('run.readOnlyRoot');
    expect(plan({ readOnly: true })?.readOnlyRoot).toBe(true);
  });

  test('a /tmp that the caller sizes is not mounted twice', () => {
    const tmp = { path: '/tmp', sizeBytes: MIB };
    expect(plan({ tmpfs: [tmp] }, 'strict')?.tmpfs).toEqual([tmp]);
  });
});

describe('images', () => {
  const policy = {
    images: { allow: ['docker.io/library/python:3.1*', 'ghcr.io/acme/*'], deny: ['*/*/*:latest'] },
  };

  test.each([
    ['docker.io/library/python:3.13', undefined],
    ['docker.io/library/python:2.7', 'images.allow'],
    ['docker.io/library/python:latest', 'images.deny'],
    ['ghcr.io/acme/tool:1', undefined],
    ['ghcr.io/acme/deep/tool:1', 'images.allow'],
    ['ghcr.io/evil/tool:1', 'images.allow'],
  ])('%s', (canonical, rule) => {
    expect(denial({ image: image(canonical) }, policy)?.context.rule).toBe(rule);
  });

  test.each([
    '127.0.0.1:5000/x:1',
    '169.254.169.254/x:1',
    'localhost:5000/x:1',
    '[::1]:5000/x:1',
    'registry:5000/x:1',
  ])('a wildcard does not cover the private registry of %s', (canonical) => {
    expect(denial({ image: image(canonical) })?.context.rule).toBe('images.allow');
  });

  test('a private registry that is written out is permitted', () => {
    const allowed = { images: { allow: ['127.0.0.1:5000/*'] } };
    expect(denial({ image: image('127.0.0.1:5000/x:1') }, allowed)).toBeUndefined();
  });
});

describe('resources', () => {
  const wanted = (parts: Partial<RequestedResources>) => ({
    resources: { ...NO_RESOURCES, ...parts },
  });
  const port = { containerPort: 80, hostPort: 0, protocol: 'tcp' as const };
  const mount = (source: string, readOnly = true) =>
    wanted({ mounts: [{ source, path: '/mnt', readOnly }] });
  const roots = { resources: { mountRoots: ['/srv/data'] } };

  test('a port is published on loopback, and elsewhere only where the policy says so', () => {
    expect(denial(wanted({ ports: [{ ...port, hostAddress: '127.0.0.1' }] }))).toBeUndefined();
    const open = wanted({ ports: [{ ...port, hostAddress: '0.0.0.0' }] });
    expect(denial(open)?.context.rule).toBe('resources.publishAddresses');
    expect(denial(open, { resources: { publishAddresses: ['0.0.0.0'] } })).toBeUndefined();
  });

  test('named volumes are permitted by standard and refused by strict', () => {
    const volumes = wanted({ volumes: [{ path: '/data', name: 'x' }] });
    expect(denial(volumes)).toBeUndefined();
    expect(denial(volumes, 'strict')?.context.rule).toBe('resources.namedVolumes');
  });

  test.each([
    ['/srv/data', undefined],
    ['/srv/data/deep/er', undefined],
    ['/srv', 'resources.mountRoots'],
    ['/srv/database', 'resources.mountRoots'],
    ['/etc', 'resources.mountRoots'],
  ])('a mount of %s below /srv/data', (source, rule) => {
    expect(denial(mount(source), roots)?.context.rule).toBe(rule);
  });

  test('a writable mount needs a permission of its own', () => {
    expect(denial(mount('/srv/data', false), roots)?.context.rule).toBe('resources.writableMounts');
  });

  test('no mount is permitted by a preset, and the refusal does not tell what a link points to', () => {
    const refused = denial(mount('/root/.ssh'));
    expect(refused?.context.rule).toBe('resources.mountRoots');
    expect(refused?.message).not.toContain('.ssh');
  });

  test('GPUs need the permission of the operator', () => {
    expect(denial(wanted({ gpus: 'all' }))?.context.rule).toBe('resources.gpus');
    expect(denial(wanted({ gpus: 'all' }), { resources: { gpus: true } })).toBeUndefined();
  });

  test('strict refuses variables that change which program runs', () => {
    const parts = { variables: ['GREETING', 'LD_PRELOAD'] };
    expect(denial(parts)).toBeUndefined();
    expect(denial(parts, 'strict')?.message).toContain('LD_PRELOAD is not permitted');
  });

  test('runtime and capabilities come from the operator alone', () => {
    const run = { runtime: 'runsc', capabilities: ['NET_BIND_SERVICE'] };
    expect(plan({}, { run })?.resources).toMatchObject(run);
  });
});

describe('the operator can be wrong', () => {
  test.each<[string, unknown, string]>([
    ['an unknown key', { limts: {} }, 'limts is not an option of policy'],
    [
      'an unknown nested key',
      { limits: { memory: {} } },
      'limits.memory is not an option of policy',
    ],
    [
      'a bad unit',
      { limits: { memoryBytes: { max: 'lots' } } },
      'limits.memoryBytes.max must be a size',
    ],
    [
      'a maximum below the default',
      { limits: { pids: { max: 16 } } },
      'policy.limits.pids.max must not be below its default',
    ],
    [
      'a default network that is not permitted',
      { network: { default: 'host' } },
      'policy.network.default must be one of',
    ],
    ['an unknown preset', { preset: 'lax' }, 'preset'],
    ['a user that is a name', { run: { user: 'root' } }, 'run.user must be "uid:gid"'],
  ])('%s refuses to start', (_name, policy, text) => {
    expect((): unknown => Reflect.apply(resolvePolicy, undefined, [policy])).toThrow(text);
  });

  test('sizes may be written with a unit', () => {
    const policy = resolvePolicy({ limits: { memoryBytes: { default: '64m', max: '1g' } } });
    expect(policy.limits.memoryBytes).toEqual({ default: 64 * MIB, max: GIB });
  });
});

import { describe, expect, it } from 'vitest';
import { parkedPlan } from '../../../src/engine/parked/plan.js';
import type { ContainerSpec, ImageFacts } from '../../../src/engine/ports.js';
import { NO_RESOURCES } from '../../../src/policy/resources.js';
import { specOf } from '../../support/container-spec.js';

const IMAGE: ImageFacts = {
  id: 'sha256:0',
  digest: null,
  sizeBytes: 0,
  platform: 'linux/amd64',
  user: '',
  entrypoint: ['entry'],
  command: ['default', 'words'],
  volumes: [],
  labels: {},
  exposedPorts: [],
  environment: ['PATH=/bin'],
  workingDir: '',
};

const resources = { ...NO_RESOURCES, runtime: undefined, capabilities: [] };
const TEXT = { path: '/a', content: Buffer.from('a'), mode: 0o644 };

function plan(differences: Partial<ContainerSpec>, image: Partial<ImageFacts> = {}) {
  return parkedPlan(specOf('sha256:0', differences), { ...IMAGE, ...image });
}

describe('parkedPlan', () => {
  it.each<[string, Partial<ContainerSpec>, readonly string[]]>([
    ['both of the image', { command: undefined }, ['entry', 'default', 'words']],
    ['a command', { command: ['own'] }, ['entry', 'own']],
    ['an entrypoint', { entrypoint: ['mine'], command: undefined }, ['mine']],
    ['both', { entrypoint: ['mine'], command: ['own'] }, ['mine', 'own']],
  ])('joins the words of the program as the engine does: %s', (_what, differences, argv) => {
    expect(plan(differences)).toMatchObject({ argv });
  });

  it.each<[string, Partial<ContainerSpec>, Partial<ImageFacts>, string]>([
    ['no program', { command: [] }, { entrypoint: [] }, 'neither the run nor the image'],
    ['an hour and more', { timeoutMs: 3_600_001 }, {}, 'longer than an hour'],
    [
      'ports',
      {
        resources: {
          ...resources,
          ports: [{ containerPort: 1, hostPort: 0, hostAddress: '127.0.0.1', protocol: 'tcp' }],
        },
      },
      {},
      'publishes ports',
    ],
    [
      'volumes',
      { resources: { ...resources, volumes: [{ path: '/v', name: 'v' }] } },
      {},
      'named volumes',
    ],
    [
      'mounts',
      { resources: { ...resources, mounts: [{ source: '/s', path: '/s', readOnly: true }] } },
      {},
      'mounts folders',
    ],
    ['GPUs', { resources: { ...resources, gpus: 'all' } }, {}, 'GPUs'],
    [
      'a health check',
      {
        healthCheck: {
          command: ['true'],
          intervalMs: 1,
          timeoutMs: 1,
          retries: 1,
          startPeriodMs: 0,
        },
      },
      {},
      'health check',
    ],
    ['a network of a caller', { networkMode: 'mine' }, {}, 'network of its own'],
    ['a variable of the shell', { environment: { IFS: ',' } }, {}, 'environment variables'],
    [
      'a variable of the shell in the image',
      {},
      { environment: ['PWD=/x'] },
      'environment variables',
    ],
    ['a name that shells drop', {}, { environment: ['a.b=c'] }, 'environment variables'],
    [
      "a switch of the container's init",
      { environment: { TINI_VERBOSITY: '3' } },
      {},
      'environment variables',
    ],
  ])('serves no run with %s', (_what, differences, image, reason) => {
    expect(plan(differences, image)).toContain(reason);
  });

  it.each<[string, Partial<ContainerSpec>]>([
    ['image', { imageId: 'sha256:1' }],
    ['user', { user: '1000' }],
    ['network', { networkMode: 'bridge' }],
    ['read-only root', { readOnlyRoot: true }],
    ['tmpfs', { tmpfs: [{ path: '/tmp', sizeBytes: 1 }] }],
    ['volumes', { volumes: ['/out'] }],
    ['writable folders', { writableFolders: ['/out/x'] }],
    ['labels', { labels: { a: 'b' } }],
    ['shared memory', { limits: { ...specOf('').limits, shmBytes: 1 } }],
    ['ulimits', { resources: { ...resources, ulimits: [{ name: 'nofile', soft: 1, hard: 1 }] } }],
    ['hosts', { resources: { ...resources, extraHosts: [{ host: 'a', address: '::1' }] } }],
    ['runtime', { resources: { ...resources, runtime: 'runsc' } }],
    ['capabilities', { resources: { ...resources, capabilities: ['CHOWN'] } }],
  ])('keeps containers apart that differ in %s', (_what, differences) => {
    expect(plan(differences)).not.toMatchObject({ kind: kindOf({}) });
  });

  it('keeps limits apart that an engine can change, within one kind', () => {
    const limits = { ...specOf('').limits, memoryBytes: 2 ** 30 };
    const other = plan({ limits });
    expect(other).toMatchObject({ kind: kindOf({}) });
    expect(other).not.toEqual(plan({}));
  });

  it('shares containers among runs that differ only in what is said later', () => {
    const said: Partial<ContainerSpec> = {
      command: ['other'],
      environment: { A: 'b' },
      workingDir: '/tmp',
      files: [TEXT],
      stdin: Buffer.from('x'),
      timeoutMs: 1,
    };
    expect(plan(said)).toMatchObject({ kind: kindOf({}) });
  });

  it('has the shell write files only where it is root', () => {
    expect(plan({ files: [TEXT] })).toMatchObject({ filesByShell: [TEXT], filesByEngine: [] });
    expect(plan({ files: [TEXT], user: '1000' })).toMatchObject({ filesByEngine: [TEXT] });
    expect(plan({ files: [TEXT] }, { user: 'app' })).toMatchObject({ filesByEngine: [TEXT] });
    const sealed = { user: '1000:1000', readOnlyRoot: true, volumes: ['/a'] };
    const inIt = { ...TEXT, path: '/a/b' };
    expect(plan({ ...sealed, files: [inIt] })).toMatchObject({
      filesByShell: [{ ...inIt, mode: 0o444 }],
      filesByEngine: [],
      sealed: ['/a'],
    });
    expect(plan({ ...sealed, files: [inIt], writableFolders: ['/a/out'] })).toMatchObject({
      filesByEngine: [inIt],
      sealed: [],
    });
    const binary = { ...TEXT, content: Buffer.from([0]) };
    expect(plan({ files: [TEXT, binary] })).toMatchObject({ filesByEngine: [TEXT, binary] });
  });
});

function kindOf(differences: Partial<ContainerSpec>): string {
  const found = plan(differences);
  if (typeof found === 'string') throw new Error(found);
  return found.kind;
}

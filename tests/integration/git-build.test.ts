import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRepositoryBuilder } from '../../src/build/build-repository.js';
import type { RepositoryBuildRequest } from '../../src/engine/repository-builder.js';
import { failureOf } from '../support/failure.js';
import { gitFixture } from '../support/git-fixture.js';
import type { RepositoryFiles, ServedRepository } from '../support/git-server.js';
import { untar, type UnpackedEntry } from '../support/untar.js';

const { serve, gitFor, tempRoot } = gitFixture();

const IMAGE = {
  id: 'sha256:0',
  digest: null,
  sizeBytes: 0,
  platform: 'linux/amd64',
  user: '',
  entrypoint: [],
  command: [],
  volumes: [],
  labels: {},
  exposedPorts: [],
  environment: [],
  workingDir: '',
  warnings: [],
};

/** Clones for real; the engine only unpacks what it is sent. */
async function build(files: RepositoryFiles, request: Partial<RepositoryBuildRequest> = {}) {
  const server = await serve({ files });
  const sent: UnpackedEntry[] = [];
  const outcome = buildFrom(server, sent, request);
  return { sent, outcome, commit: server.commits['main'] };
}

function buildFrom(
  server: ServedRepository,
  sent: UnpackedEntry[],
  request: Partial<RepositoryBuildRequest>,
) {
  const builder = createRepositoryBuilder({
    git: gitFor(server),
    connect: async () => ({
      facts: { builder: 'buildkit', flavor: 'docker' },
      images: {
        inspect: async () => undefined,
        pull: () => Promise.reject(new Error('nothing is pulled')),
        build: async ({ context }) => {
          sent.push(...(await untar(context)));
          return IMAGE;
        },
      },
    }),
  });
  return builder.buildRepository({
    repositoryUrl: server.url,
    ref: undefined,
    dockerfilePath: 'Dockerfile',
    contextPath: '.',
    buildArgs: {},
    tag: 'slipway-build:1',
    owner: { instance: 'i', deadline: 1 },
    timeoutMs: 30_000,
    memoryBytes: 1,
    onStage: () => undefined,
    signal: undefined,
    ...request,
  });
}

describe('a repository on its way from a Git server to an engine', () => {
  it('arrives as it is, without .git, and leaves nothing here', async () => {
    const { sent, outcome, commit } = await build({
      Dockerfile: 'FROM scratch\n',
      'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
      link: { symlink: '/etc/passwd' },
      'two\nlines': 'x',
    });
    expect((await outcome).commit).toBe(commit);
    expect(sent.map(({ header }) => [header.name, header.type, header.mode])).toEqual([
      ['Dockerfile', 'file', 0o644],
      ['bin/', 'directory', 0o755],
      ['bin/run', 'file', 0o755],
      ['link', 'symlink', 0o777],
      ['two\nlines', 'file', 0o644],
    ]);
    expect(await readdir(tempRoot())).toEqual([]);
  });

  it.each([
    ['its Dockerfile is a link', { Dockerfile: { symlink: '/etc/passwd' } }, 'symbolic_link'],
    [
      'its .dockerignore is a link to a device',
      { Dockerfile: 'FROM scratch\n', '.dockerignore': { symlink: '/dev/zero' } },
      'symbolic_link',
    ],
    ['it has no Dockerfile', { 'docker/Dockerfile': 'FROM scratch\n' }, 'missing'],
  ] as const)('is not sent when %s', async (_what, files, reason) => {
    const { sent, outcome } = await build(files);
    const failure = await failureOf(outcome);
    expect(failure).toMatchObject({ code: 'BUILD_REFUSED', context: { reason } });
    expect(sent).toEqual([]);
    expect(await readdir(tempRoot())).toEqual([]);
  });

  it('is not sent when its context folder is a link out of it', async () => {
    const { outcome } = await build({ out: { symlink: '/etc' } }, { contextPath: 'out' });
    expect((await failureOf(outcome)).context).toMatchObject({ reason: 'outside' });
  });
});

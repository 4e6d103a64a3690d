import type { ContainerRuntime, Engine, ImageStore } from '../../src/engine/ports.js';

export interface EngineScript {
  readonly images?: Partial<ImageStore>;
  readonly containers?: Partial<ContainerRuntime>;
}

/** An engine that does what a test says, and refuses every call the test did not expect. */
export function scriptedEngine({ images, containers }: EngineScript): Engine {
  const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was called`));
  const refused = (name: string) => (): never => {
    throw new Error(`${name} was called`);
  };
  return {
    facts: {
      flavor: 'docker',
      builder: 'buildkit',
      version: '28.5.2',
      apiVersion: '1.51',
      os: 'linux',
      arch: 'amd64',
      cpus: 2,
      memoryBytes: 2 ** 32,
      endpoint: 'unix:///var/run/docker.sock',
    },
    images: {
      inspect: unexpected('inspect'),
      pull: unexpected('pull'),
      build: unexpected('build'),
      tag: unexpected('tag'),
      push: unexpected('push'),
      findByLabel: unexpected('findByLabel'),
      remove: unexpected('remove'),
      ...images,
    },
    containers: {
      run: unexpected('run'),
      start: unexpected('start'),
      open: unexpected('open'),
      park: unexpected('park'),
      settled: unexpected('settled'),
      close: unexpected('close'),
      state: unexpected('state'),
      exited: unexpected('exited'),
      logs: refused('logs'),
      watchStats: refused('watchStats'),
      list: unexpected('list'),
      stop: unexpected('stop'),
      remove: unexpected('remove'),
      ...containers,
    },
    sweep: unexpected('sweep'),
  };
}

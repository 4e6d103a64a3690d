import { randomName } from '../../src/engine/labels.js';
import type { ContainerSpec } from '../../src/engine/ports.js';
import { NO_RESOURCES } from '../../src/policy/resources.js';

const MIB = 1024 * 1024;

/** A container that ends at once, with limits that are all different. */
export function specOf(imageId: string, differences: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name: randomName(),
    imageId,
    imageName: 'busybox:1.36',
    temporaryImage: false,
    entrypoint: undefined,
    command: ['sh', '-c', 'exit 0'],
    environment: {},
    workingDir: undefined,
    user: undefined,
    labels: {},
    owner: { instance: 'contract-suite', deadline: Date.now() + 300_000 },
    limits: { memoryBytes: 64 * MIB, cpus: 0.5, pids: 32, shmBytes: MIB, cpuSeconds: 30 },
    readOnlyRoot: false,
    tmpfs: [],
    networkMode: 'none',
    files: [],
    resources: { ...NO_RESOURCES, runtime: undefined, capabilities: [] },
    volumes: [],
    writableFolders: [],
    artifacts: [],
    stdin: undefined,
    timeoutMs: 30_000,
    stopGraceMs: 500,
    logBytes: MIB,
    healthCheck: undefined,
    ...differences,
  };
}

import type { Ulimit } from '../policy/resources.js';
import { exposedPorts, resourceConfig, resourceMounts } from './create-resources.js';
import type { ContainerSpec, EngineFacts, HealthCheck, TmpfsMount } from './ports.js';

/**
 * The body of `POST /containers/create`, built from nothing: whatever is not written here takes
 * the engine's default, and no object of a caller is ever spread into it (the engine reads keys
 * in any letter case, so `hostconfig` would be as good as `HostConfig`).
 */
export function createBody(
  spec: ContainerSpec,
  ownership: Readonly<Record<string, string>>,
  flavor: EngineFacts['flavor'],
): Record<string, unknown> {
  return {
    Image: spec.imageId,
    Entrypoint: spec.entrypoint,
    Cmd: spec.command,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    WorkingDir: spec.workingDir,
    User: spec.user,
    // Ours last: neither the caller's labels nor the image's can replace them.
    Labels: { ...spec.labels, ...ownership },
    AttachStdin: spec.stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: spec.stdin !== undefined,
    // Without it, closing our half of the connection would end the output as well.
    StdinOnce: spec.stdin !== undefined,
    Tty: false,
    ExposedPorts: exposedPorts(spec.resources),
    Healthcheck: healthCheck(spec.healthCheck),
    HostConfig: hostConfig(spec, ownership, flavor),
  };
}

function hostConfig(
  spec: ContainerSpec,
  ownership: Readonly<Record<string, string>>,
  flavor: EngineFacts['flavor'],
): Record<string, unknown> {
  const { limits } = spec;
  return {
    NetworkMode: spec.networkMode,
    Memory: limits.memoryBytes,
    // Equal means no swap; unset, the engine gives the same amount again as swap.
    MemorySwap: limits.memoryBytes,
    NanoCpus: Math.round(limits.cpus * 1e9),
    PidsLimit: limits.pids,
    ShmSize: limits.shmBytes,
    Ulimits: ulimits(limits.cpuSeconds, spec.resources.ulimits),
    ReadonlyRootfs: spec.readOnlyRoot,
    Tmpfs: Object.fromEntries(spec.tmpfs.map((mount) => [mount.path, tmpfsOptions(mount)])),
    Mounts: [
      ...spec.volumes.map((path) => ({
        Type: 'volume',
        Target: path,
        // An engine that is stopped meanwhile can remove a container without its volumes.
        VolumeOptions: { Labels: ownership },
      })),
      ...resourceMounts(spec.resources),
    ],
    ...resourceConfig(spec.resources),
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    IpcMode: 'private',
    Init: true,
    // The exit code, the memory flag and the log are read after the end: we remove it ourselves.
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    LogConfig: {
      // Podman does not have Docker's compact one.
      Type: flavor === 'podman' ? 'json-file' : 'local',
      // Two files: a single one is emptied when it is full, and the end of the output with it.
      Config: {
        'max-size': String(Math.ceil(spec.logBytes / 2)),
        'max-file': '2',
        compress: 'false',
      },
    },
  };
}

/** Without one of the caller's, none: an image's health check is code of the image on a timer. */
function healthCheck(check: HealthCheck | undefined): Record<string, unknown> {
  if (check === undefined) return { Test: ['NONE'] };
  return {
    Test: ['CMD', ...check.command],
    Interval: nanoseconds(check.intervalMs),
    Timeout: nanoseconds(check.timeoutMs),
    Retries: check.retries,
    StartPeriod: nanoseconds(check.startPeriodMs),
  };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}

function ulimits(cpuSeconds: number, asked: readonly Ulimit[]): readonly object[] {
  const cpu = Math.ceil(cpuSeconds);
  const core = asked.some(({ name }) => name === 'core')
    ? []
    : [{ Name: 'core', Soft: 0, Hard: 0 }];
  return [
    ...core,
    ...asked.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    // Soft sends SIGXCPU; five seconds later the hard limit kills.
    { Name: 'cpu', Soft: cpu, Hard: cpu + 5 },
  ];
}

/** `exec` because compile-and-run in /tmp is ordinary and an interpreter gets round `noexec`. */
function tmpfsOptions({ sizeBytes, owner }: TmpfsMount): string {
  const [uid, gid] = owner?.split(':') ?? [];
  const access = owner === undefined ? 'mode=1777' : `mode=0755,uid=${uid},gid=${gid}`;
  return `rw,exec,nosuid,nodev,size=${sizeBytes},${access}`;
}

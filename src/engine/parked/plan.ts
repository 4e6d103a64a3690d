/** Whether, and how, a parked container can serve a run. Pure. */
import type { ContainerFile, ContainerSpec, ImageFacts } from '../ports.js';
import { BOOT_COMMAND, BOOT_ENVIRONMENT, isWritable, SHELL_VARIABLES } from './boot.js';

/** What parked containers of one kind are like, and what a run needs of one. */
export interface ParkedPlan {
  /** Everything that is fixed when a container is made. */
  readonly kind: string;
  /** The kind, and the limits that an engine can still change. */
  readonly key: string;
  readonly argv: readonly string[];
  /** Files that the waiting shell writes: the quicker way, where it is root as their owner is to be. */
  readonly filesByShell: readonly ContainerFile[];
  /** Files that the engine puts in. */
  readonly filesByEngine: readonly ContainerFile[];
}

/** Networks that no caller has made: a container that waits must not keep one from being removed. */
const NETWORKS: ReadonlySet<string> = new Set(['none', 'bridge']);

/** The plan, or why there is none. */
export function parkedPlan(spec: ContainerSpec, image: ImageFacts): ParkedPlan | string {
  const argv = argvOf(spec, image);
  const reason = refusal(spec, image, argv);
  if (reason !== undefined) return reason;
  const kind = kindOf(spec);
  const { memoryBytes, cpus, pids } = spec.limits;
  const byShell = isRoot(spec.user ?? image.user) && spec.files.every(isWritable);
  return {
    kind,
    key: JSON.stringify([kind, memoryBytes, cpus, pids]),
    argv,
    filesByShell: byShell ? spec.files : [],
    filesByEngine: byShell ? [] : spec.files,
  };
}

/** The container that waits for runs like this one. */
export function parkedSpec(
  spec: ContainerSpec,
  { name, deadline, cpuSeconds }: { name: string; deadline: number; cpuSeconds: number },
): ContainerSpec {
  return {
    ...spec,
    name,
    owner: { ...spec.owner, deadline },
    entrypoint: BOOT_COMMAND,
    command: [],
    environment: BOOT_ENVIRONMENT,
    workingDir: undefined,
    files: [],
    artifacts: [],
    stdin: new Uint8Array(),
    // Each run lowers it to its own.
    limits: { ...spec.limits, cpuSeconds },
  };
}

/** As the engine joins the words of a run and of its image. */
function argvOf(spec: ContainerSpec, image: ImageFacts): readonly string[] {
  const { entrypoint, command } = spec;
  if (entrypoint !== undefined) return [...entrypoint, ...(command ?? [])];
  return [...image.entrypoint, ...(command ?? image.command)];
}

function refusal(
  spec: ContainerSpec,
  image: ImageFacts,
  argv: readonly string[],
): string | undefined {
  const { resources, networkMode } = spec;
  if (argv.length === 0) return 'neither the run nor the image names a program';
  if (resources.ports.length > 0) return 'it publishes ports';
  if (resources.volumes.length > 0) return 'it uses named volumes';
  if (resources.mounts.length > 0) return 'it mounts folders of the host';
  if (resources.gpus !== undefined) return 'it uses GPUs';
  if (spec.healthCheck !== undefined) return 'it has a health check';
  if (!NETWORKS.has(networkMode)) return 'it uses a network of its own';
  return aboutVariables(Object.keys(spec.environment), image);
}

/** A shell passes on only what it takes for a variable, and changes some of those. */
function aboutVariables(names: readonly string[], image: ImageFacts): string | undefined {
  const ofImage = image.environment.map((entry) => entry.slice(0, entry.indexOf('=')));
  const odd = [...names, ...ofImage].find(
    (name) =>
      !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ||
      /^(?:_slipway_|TINI_)/.test(name) ||
      SHELL_VARIABLES.has(name),
  );
  return odd === undefined ? undefined : 'a shell changes one of its environment variables';
}

function kindOf(spec: ContainerSpec): string {
  const { resources } = spec;
  return JSON.stringify([
    spec.imageId,
    spec.user,
    Object.entries(spec.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    spec.limits.shmBytes,
    spec.readOnlyRoot,
    spec.tmpfs,
    spec.volumes,
    spec.writableFolders,
    spec.networkMode,
    resources.ulimits,
    resources.extraHosts,
    resources.runtime,
    resources.capabilities,
    spec.logBytes,
  ]);
}

function isRoot(user: string): boolean {
  return ['', '0', 'root', '0:0', 'root:root'].includes(user);
}

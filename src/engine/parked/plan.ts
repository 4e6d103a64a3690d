/** Whether, and how, a parked container can serve a run. Pure. */
import type { ContainerFile, ContainerSpec, ImageFacts } from '../ports.js';
import { BOOT_COMMAND, BOOT_ENVIRONMENT, isWritable, SHELL_VARIABLES } from './boot.js';

/** What parked containers of one kind are like, and what a run needs of one. */
export interface ParkedPlan {
  /** What people call the image. */
  readonly imageName: string;
  /** Everything that is fixed when a container is made. */
  readonly kind: string;
  /** The kind, and the limits that an engine can still change. */
  readonly key: string;
  readonly argv: readonly string[];
  /** Files that the waiting shell writes: the quicker way. */
  readonly filesByShell: readonly ContainerFile[];
  /** Files that the engine puts in. */
  readonly filesByEngine: readonly ContainerFile[];
  /** Folders that nobody writes to any more once the files are in. */
  readonly sealed: readonly string[];
}

/** Networks that no caller has made: a container that waits must not keep one from being removed. */
const NETWORKS: ReadonlySet<string> = new Set(['none', 'bridge']);

const SHELL_FOLDER_BYTES = 1024 * 1024;

/** The deadline on the labels of a container that waits is for runs that take no longer, in milliseconds. */
export const LONGEST_RUN_MS = 3_600_000;

/** The plan, or why there is none. */
export function parkedPlan(spec: ContainerSpec, image: ImageFacts): ParkedPlan | string {
  const argv = argvOf(spec, image);
  const reason = refusal(spec, image, argv);
  if (reason !== undefined) return reason;
  const written = filesOf(spec, image);
  const kind = kindOf(written.sealed.length === 0 ? spec : withShellFolders(spec));
  const { memoryBytes, cpus, pids } = spec.limits;
  const key = JSON.stringify([kind, memoryBytes, cpus, pids]);
  return { imageName: spec.imageName, kind, key, argv, ...written };
}

/**
 * Root's shell writes them as the engine would. That of a user who is known by numbers can where
 * each is in a folder that is mounted for files: a tmpfs takes its place, which belongs to that
 * user. The modes say read-only, but an owner can change them: the program can replace its own
 * files while it runs. Where the engine puts them in they are root's, and it cannot.
 */
function filesOf(
  spec: ContainerSpec,
  image: ImageFacts,
): Pick<ParkedPlan, 'filesByShell' | 'filesByEngine' | 'sealed'> {
  const { files, user } = spec;
  const places = shellFolders(spec);
  const ownPlaces = files.every(({ path }) => places.some((place) => path.startsWith(`${place}/`)));
  const isOwner = ownPlaces && user !== undefined && /^\d+:\d+$/.test(user);
  const isRoots = isRoot(user ?? image.user);
  const byShell = files.every(isWritable) && (isRoots || isOwner);
  if (!byShell) return { filesByShell: [], filesByEngine: files, sealed: [] };
  if (isRoots) return { filesByShell: files, filesByEngine: [], sealed: [] };
  const readOnly = files.map((file) => ({ ...file, mode: file.mode & 0o555 }));
  return { filesByShell: readOnly, filesByEngine: [], sealed: places };
}

/** Volumes that are there for files to be put in, and not for the program to write to. */
function shellFolders({ files, volumes, writableFolders }: ContainerSpec): readonly string[] {
  const isIn = (volume: string) => (path: string) => path.startsWith(`${volume}/`);
  return volumes.filter(
    (volume) => files.some(({ path }) => isIn(volume)(path)) && !writableFolders.some(isIn(volume)),
  );
}

/** With memory of its user's in the place of those volumes: more than one line of files fills. */
function withShellFolders(spec: ContainerSpec): ContainerSpec {
  const folders = shellFolders(spec);
  const mounts = folders.map((path) => ({ path, sizeBytes: SHELL_FOLDER_BYTES, owner: spec.user }));
  return {
    ...spec,
    volumes: spec.volumes.filter((volume) => !folders.includes(volume)),
    tmpfs: [...spec.tmpfs, ...mounts],
  };
}

/** The container that waits for runs like this one. */
export function parkedSpec(
  spec: ContainerSpec,
  plan: ParkedPlan,
  { name, deadline, cpuSeconds }: { name: string; deadline: number; cpuSeconds: number },
): ContainerSpec {
  return {
    ...(plan.sealed.length === 0 ? spec : withShellFolders(spec)),
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
  const [program] = argv;
  if (program === undefined) return 'neither the run nor the image names a program';
  if (program.startsWith('-')) return 'the name of its program looks like an option of a shell';
  if (resources.ports.length > 0) return 'it publishes ports';
  if (resources.volumes.length > 0) return 'it uses named volumes';
  if (resources.mounts.length > 0) return 'it mounts folders of the host';
  if (resources.gpus !== undefined) return 'it uses GPUs';
  if (spec.healthCheck !== undefined) return 'it has a health check';
  if (!NETWORKS.has(networkMode)) return 'it uses a network of its own';
  if (spec.timeoutMs > LONGEST_RUN_MS) return 'it may take longer than an hour';
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

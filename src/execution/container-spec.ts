import path from 'node:path';
import { SlipwayError } from '../core/errors.js';
import { CPU_BACKSTOP_SECONDS, MAX_IMAGE_VOLUMES, STOPPING } from '../core/limits.js';
import { invalidInput, quoteValue } from '../core/options.js';
import type { PathPattern } from '../core/path-pattern.js';
import type {
  ContainerFile,
  ContainerSpec,
  EngineFacts,
  HealthCheck,
  ImageFacts,
  Owner,
  TmpfsMount,
} from '../engine/ports.js';
import type { RunPlan } from '../policy/request.js';

/** The engine's own log of a run: enough to recover the end of the output after a lost connection. */
const LOG_BYTES = 16 * 1024 * 1024;

/** What the caller asked for that needs no permission. */
export interface Program {
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array | undefined;
  readonly files: readonly ContainerFile[];
  readonly artifacts: readonly PathPattern[];
  readonly healthCheck: HealthCheck | undefined;
}

export interface SpecInput {
  readonly name: string;
  readonly owner: Owner;
  readonly program: Program;
  readonly plan: RunPlan;
  readonly image: ImageFacts;
  readonly imageName: string;
  /** See `ContainerSpec.temporaryImage`. @default false */
  readonly temporaryImage?: boolean | undefined;
  readonly engine: Pick<EngineFacts, 'cpus' | 'endpoint'>;
}

/** Everything about one container, decided: pure. */
export function containerSpec({
  name,
  owner,
  program,
  plan,
  image,
  imageName,
  temporaryImage = false,
  engine,
}: SpecInput): ContainerSpec {
  refuseContradictions(plan, engine.endpoint);
  const places = filePlaces(program, plan, image);
  return {
    name,
    owner,
    imageId: image.id,
    imageName,
    temporaryImage,
    entrypoint: program.entrypoint,
    command: program.command,
    environment: program.environment,
    workingDir: program.workingDir,
    user: plan.user,
    labels: program.labels,
    limits: {
      memoryBytes: plan.memoryBytes,
      // The engine refuses more than its machine has; a default is nobody's wish.
      cpus: plan.cpusAsked ? plan.cpus : Math.min(plan.cpus, engine.cpus || plan.cpus),
      pids: plan.pids,
      shmBytes: plan.shmBytes,
      cpuSeconds: Math.ceil((plan.timeoutMs / 1000) * plan.cpus) + CPU_BACKSTOP_SECONDS,
    },
    readOnlyRoot: plan.readOnlyRoot,
    tmpfs: places.tmpfs,
    volumes: places.volumes,
    writableFolders: places.writableFolders,
    artifacts: program.artifacts,
    networkMode: plan.networkMode,
    resources: plan.resources,
    files: program.files,
    stdin: program.stdin,
    timeoutMs: plan.timeoutMs,
    stopGraceMs: STOPPING.graceMs,
    logBytes: LOG_BYTES,
    healthCheck: program.healthCheck,
  };
}

function refuseContradictions({ resources, networkMode }: RunPlan, endpoint: string): void {
  const [port] = resources.ports;
  if (port !== undefined && networkMode === 'none') {
    const hint = 'Ask for networkMode "bridge" too, or leave the ports out.';
    throw invalidInput('ports', 'need a network', port.containerPort, hint);
  }
  const [mount] = resources.mounts;
  if (mount === undefined || /^(?:unix|npipe):/.test(endpoint)) return;
  const hint = 'Send the files with the run: that works with an engine anywhere.';
  throw invalidInput('mounts', 'need an engine on this machine', mount.path, hint);
}

interface Places {
  readonly tmpfs: readonly TmpfsMount[];
  readonly volumes: readonly string[];
  readonly writableFolders: readonly string[];
}

/**
 * A sized tmpfs covers each VOLUME of the image (it would be unlimited disk, and stay behind).
 * Files cannot be put into a tmpfs or onto a read-only root, nor be brought back from one: their
 * folders get anonymous volumes there, which go away with the container.
 */
function filePlaces(program: Program, plan: RunPlan, image: ImageFacts): Places {
  const filled = program.files.map((file) => path.posix.dirname(file.path));
  const emptied = program.artifacts.map(artifactFolder);
  const folders = [...new Set([...filled, ...emptied])];
  const kept = [...folders, ...plan.resources.volumes.map((volume) => volume.path)];
  const covered = imageVolumes(image).filter(
    (volume) => !plan.tmpfs.some((mount) => mount.path === volume) && !kept.includes(volume),
  );
  const tmpfs = [
    ...plan.tmpfs,
    ...covered.map((volume) => ({ path: volume, sizeBytes: plan.volumeBytes })),
  ];
  const hidden = folders.filter((folder) => needsVolume(folder, tmpfs, plan, image));
  const writableFolders = hidden.filter((folder) => emptied.includes(folder));
  const volumes = hidden.map((folder) =>
    emptied.includes(folder) ? parentVolume(folder) : folder,
  );
  return { tmpfs, volumes: outermost(volumes), writableFolders };
}

/** A volume belongs to root, and the engine changes the mode only of folders inside of it. */
function parentVolume(folder: string): string {
  const parent = path.posix.dirname(folder);
  if (parent !== '/') return parent;
  const rule = 'must be two folders deep where the root is read-only or the folder a tmpfs';
  throw invalidInput(
    'artifacts',
    rule,
    folder,
    'Let the program write to a folder such as /job/out.',
  );
}

function outermost(volumes: readonly string[]): readonly string[] {
  const unique = [...new Set(volumes)];
  return unique.filter((one) => !unique.some((other) => other !== one && isBelow(one, other)));
}

/** `/out/report.csv` lies in /out, and `/out/*.csv` and `/out/**` are about it. */
function artifactFolder({ pattern, root }: PathPattern): string {
  return pattern === root ? path.posix.dirname(root) : root;
}

function needsVolume(
  folder: string,
  tmpfs: readonly TmpfsMount[],
  plan: RunPlan,
  image: ImageFacts,
): boolean {
  if (plan.resources.volumes.some((volume) => isBelow(folder, volume.path))) return false;
  if (plan.tmpfs.some((mount) => mount.path === folder)) throw noPlace(folder, 'a tmpfs');
  if (folder === '/' && plan.readOnlyRoot) throw noPlace(folder, 'a read-only root file system');
  const hidden = tmpfs.some((mount) => isBelow(folder, mount.path));
  return plan.readOnlyRoot || hidden || image.volumes.includes(folder);
}

function imageVolumes(image: ImageFacts): readonly string[] {
  const volumes = image.volumes.map((volume) =>
    path.posix.normalize(volume).replace(/(?<=.)\/$/, ''),
  );
  const odd = volumes.find((volume) => volume === '/' || !volume.startsWith('/'));
  if (odd === undefined && volumes.length <= MAX_IMAGE_VOLUMES) return volumes;
  const what = odd === undefined ? `${volumes.length} volumes` : `the volume ${quoteValue(odd)}`;
  throw new SlipwayError('POLICY_DENIED', {
    message: `Refused: the image declares ${what}; permitted: at most ${MAX_IMAGE_VOLUMES}, none of them "/".`,
    hint: 'Use another image.',
    context: { rule: 'image volumes', requested: what, allowed: `at most ${MAX_IMAGE_VOLUMES}` },
  });
}

function noPlace(folder: string, why: string): SlipwayError<'INVALID_INPUT'> {
  const rule = `must not be directly in a folder that is ${why}`;
  return invalidInput(
    'path of a file',
    rule,
    folder,
    'Use a folder of its own, such as /payload/data.json.',
  );
}

function isBelow(folder: string, parent: string): boolean {
  return folder === parent || folder.startsWith(parent === '/' ? '/' : `${parent}/`);
}

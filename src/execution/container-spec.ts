import path from 'node:path';
import { SlipwayError } from '../core/errors.js';
import { CPU_BACKSTOP_SECONDS, MAX_IMAGE_VOLUMES, STOPPING } from '../core/limits.js';
import { invalidInput, quoteValue } from '../core/options.js';
import type {
  ContainerFile,
  ContainerSpec,
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
}

export interface SpecInput {
  readonly name: string;
  readonly owner: Owner;
  readonly program: Program;
  readonly plan: RunPlan;
  readonly image: ImageFacts;
  readonly imageName: string;
  /** CPU cores of the engine's machine. */
  readonly engineCpus: number;
}

/** Everything about one container, decided: pure. */
export function containerSpec({
  name,
  owner,
  program,
  plan,
  image,
  imageName,
  engineCpus,
}: SpecInput): ContainerSpec {
  const places = filePlaces(program.files, plan, image);
  return {
    name,
    owner,
    imageId: image.id,
    imageName,
    entrypoint: program.entrypoint,
    command: program.command,
    environment: program.environment,
    workingDir: program.workingDir,
    user: plan.user,
    labels: program.labels,
    limits: {
      memoryBytes: plan.memoryBytes,
      // The engine refuses more than its machine has; a default is nobody's wish.
      cpus: plan.cpusAsked || engineCpus === 0 ? plan.cpus : Math.min(plan.cpus, engineCpus),
      pids: plan.pids,
      shmBytes: plan.shmBytes,
      cpuSeconds: Math.ceil((plan.timeoutMs / 1000) * plan.cpus) + CPU_BACKSTOP_SECONDS,
    },
    readOnlyRoot: plan.readOnlyRoot,
    tmpfs: places.tmpfs,
    volumes: places.volumes,
    networkMode: plan.networkMode,
    files: program.files,
    stdin: program.stdin,
    timeoutMs: plan.timeoutMs,
    stopGraceMs: STOPPING.graceMs,
    logBytes: LOG_BYTES,
  };
}

interface Places {
  readonly tmpfs: readonly TmpfsMount[];
  readonly volumes: readonly string[];
}

/**
 * A sized tmpfs covers each VOLUME of the image (it would be unlimited disk, and stay behind).
 * Files cannot be put into a tmpfs or onto a read-only root before the start: their folders get
 * anonymous volumes there, which go away with the container.
 */
function filePlaces(files: readonly ContainerFile[], plan: RunPlan, image: ImageFacts): Places {
  const folders = [...new Set(files.map((file) => path.posix.dirname(file.path)))];
  const covered = imageVolumes(image).filter(
    (volume) => !plan.tmpfs.some((mount) => mount.path === volume) && !folders.includes(volume),
  );
  const tmpfs = [
    ...plan.tmpfs,
    ...covered.map((volume) => ({ path: volume, sizeBytes: plan.volumeBytes })),
  ];
  const volumes = folders.filter((folder) => {
    refuseInTmpfs(folder, plan.tmpfs);
    const hidden = tmpfs.some((mount) => isBelow(folder, mount.path));
    if (folder === '/' && plan.readOnlyRoot) throw noPlace(folder, 'a read-only root file system');
    return plan.readOnlyRoot || hidden || image.volumes.includes(folder);
  });
  return { tmpfs, volumes };
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

function refuseInTmpfs(folder: string, tmpfs: readonly TmpfsMount[]): void {
  if (tmpfs.some((mount) => mount.path === folder)) throw noPlace(folder, 'a tmpfs');
}

function noPlace(folder: string, why: string): SlipwayError<'INVALID_INPUT'> {
  const rule = `must not be directly in a folder that is ${why}`;
  return invalidInput(
    'payloadPath',
    rule,
    folder,
    'Use a folder of its own, such as /payload/data.json.',
  );
}

function isBelow(folder: string, parent: string): boolean {
  return folder === parent || folder.startsWith(parent === '/' ? '/' : `${parent}/`);
}

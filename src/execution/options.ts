/** The public options: validated once, turned into what the layers below read. */
import type { z } from 'zod';
import { invalidInput, parseOptions, quoteValue } from '../core/options.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { formatBytes } from '../core/units.js';
import { parseImageReference } from '../engine/image-reference.js';
import type { ContainerFile } from '../engine/ports.js';
import type { RequestedImage, RunRequest } from '../policy/request.js';
import type { Program } from './container-spec.js';
import { execution, payloadExecution, pullOptions, repository } from './option-schemas.js';
import type {
  DockerExecutionConfig,
  GitHubDockerConfig,
  PayloadExecutionConfig,
  PullImageOptions,
  PullPolicy,
} from './types.js';

/** A run of an image, ready to be decided. */
export interface ImageRun {
  readonly reference: string;
  readonly pull: PullPolicy;
  readonly platform: string | undefined;
  readonly program: Program;
  readonly wishes: RunRequest;
}

/** A run of a repository, ready to be decided. */
export interface RepositoryRun {
  readonly program: Program;
  readonly wishes: RunRequest;
  readonly build: {
    readonly repositoryUrl: string;
    readonly ref: string | undefined;
    readonly dockerfilePath: string;
    readonly contextPath: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly timeoutMs: number | undefined;
  };
}

/** A request that leaves everything to the policy. */
export const NO_WISHES: RunRequest = {
  image: undefined,
  memoryBytes: undefined,
  cpus: undefined,
  pids: undefined,
  shmBytes: undefined,
  timeoutMs: undefined,
  networkMode: undefined,
  readOnly: undefined,
  user: undefined,
  tmpfs: [],
};

type RunOptions = Omit<
  z.output<typeof repository>,
  'repositoryUrl' | 'ref' | 'dockerfilePath' | 'contextPath' | 'buildArgs' | 'buildTimeoutMs'
>;

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parseExecution(config: DockerExecutionConfig): ImageRun {
  const options = parseOptions(execution, config, 'config');
  return imageRun(options, []);
}

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parsePayloadExecution(config: PayloadExecutionConfig): ImageRun {
  const { payload, payloadPath, ...options } = parseOptions(payloadExecution, config, 'config');
  const environment = { ...options.environment, PAYLOAD_PATH: payloadPath };
  return imageRun({ ...options, environment }, [payloadFile(payload, payloadPath)]);
}

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parseRepository(config: GitHubDockerConfig): RepositoryRun {
  const options = parseOptions(repository, config, 'config');
  const { repositoryUrl, ref, dockerfilePath, contextPath, buildTimeoutMs } = options;
  return {
    program: program(options, []),
    wishes: wishes(options, undefined),
    build: {
      repositoryUrl,
      ref,
      dockerfilePath,
      contextPath,
      buildArgs: options.buildArgs,
      timeoutMs: buildTimeoutMs,
    },
  };
}

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parsePull(image: string, options: PullImageOptions) {
  const { platform: wanted, timeoutMs: limit } = options;
  const parsed = parseOptions(pullOptions, { platform: wanted, timeoutMs: limit }, 'options');
  return { ...parsed, image: requestedImage(image) };
}

function imageRun(
  options: RunOptions & z.output<typeof execution>,
  files: readonly ContainerFile[],
): ImageRun {
  const { image, pull = 'missing', platform: wanted } = options;
  return {
    reference: image,
    pull,
    platform: wanted,
    program: program(options, files),
    wishes: wishes(options, requestedImage(image)),
  };
}

function requestedImage(image: string): RequestedImage {
  const parsed = parseImageReference(image);
  const { canonical, familiar } = parsed;
  return { canonical, familiar, registry: parsed.kind === 'name' ? parsed.registry : undefined };
}

function program(options: RunOptions, files: readonly ContainerFile[]): Program {
  return {
    entrypoint: options.entrypoint,
    command: options.command,
    environment: options.environment ?? {},
    workingDir: options.workingDir,
    labels: options.labels ?? {},
    stdin: stdinBytes(options.stdin),
    files,
  };
}

function wishes(options: RunOptions, image: RequestedImage | undefined): RunRequest {
  const { memoryBytes, cpus, pids, shmBytes, networkMode, readOnly, user } = options;
  const tmpfs = Object.entries(options.tmpfs ?? {}).map(([path, sizeBytes]) => ({
    path,
    sizeBytes,
  }));
  return {
    image,
    memoryBytes,
    cpus,
    pids,
    shmBytes,
    timeoutMs: options.timeoutMs,
    networkMode,
    readOnly,
    user,
    tmpfs,
  };
}

function stdinBytes(stdin: string | Uint8Array | undefined): Uint8Array | undefined {
  if (stdin === undefined) return undefined;
  const bytes = typeof stdin === 'string' ? Buffer.from(stdin, 'utf8') : stdin;
  return withinBytes('stdin', bytes, INPUT_LIMITS.stdinBytes);
}

const SHEBANG = Buffer.from('#!');

function payloadFile(
  payload: z.output<typeof payloadExecution>['payload'],
  path: string,
): ContainerFile {
  const content = withinBytes('payload', payloadBytes(payload), INPUT_LIMITS.payloadBytes);
  const executable = SHEBANG.equals(content.subarray(0, SHEBANG.length));
  return { path, content, mode: executable ? 0o755 : 0o644 };
}

function payloadBytes(payload: z.output<typeof payloadExecution>['payload']): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  if (typeof payload === 'string') return Buffer.from(payload, 'utf8');
  try {
    return Buffer.from(JSON.stringify(payload), 'utf8');
  } catch {
    throw invalidInput('payload', 'must be something JSON can hold', quoteValue(payload));
  }
}

function withinBytes(field: string, bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.byteLength <= limit) return bytes;
  const hint = 'Put the data into the image, or fetch it inside the container.';
  throw invalidInput(
    field,
    `must be at most ${formatBytes(limit)}`,
    formatBytes(bytes.byteLength),
    hint,
  );
}

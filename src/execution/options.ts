/** The public options: validated once, turned into what the layers below read. */
import type { z } from 'zod';
import type { SlipwayError } from '../core/errors.js';
import { invalidInput, parseOptions, quoteValue } from '../core/options.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { parseImageReference } from '../engine/image-reference.js';
import type { ContainerFile } from '../engine/ports.js';
import type { RequestedImage, RunRequest } from '../policy/request.js';
import { NO_RESOURCES } from '../policy/resources.js';
import type { Program } from './container-spec.js';
import { containerFile, containerFiles, decoded, tooLarge } from './file-options.js';
import type { DetachedExecutionConfig } from './observe-types.js';
import { execution, payloadExecution, pullOptions, repository } from './option-schemas.js';
import { requestedResources } from './resource-options.js';
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
    readonly dockerfilePath: string | undefined;
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
  resources: NO_RESOURCES,
  variables: [],
};

type RunOptions = Omit<
  z.output<typeof repository>,
  'repositoryUrl' | 'ref' | 'dockerfilePath' | 'contextPath' | 'buildArgs' | 'buildTimeoutMs'
>;

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parseExecution(
  config: DockerExecutionConfig | DetachedExecutionConfig,
): ImageRun & { readonly detach: boolean } {
  const { detach, ...options } = parseOptions(execution, config, 'config');
  if (detach && options.artifacts !== undefined) throw noArtifacts();
  return { ...imageRun(options, []), detach };
}

function noArtifacts(): SlipwayError<'INVALID_INPUT'> {
  const hint = 'Leave out "detach", or have the program write what you need to its log.';
  return invalidInput('artifacts', 'cannot be brought back from a detached run', true, hint);
}

/** @throws {SlipwayError} `INVALID_INPUT` */
export function parsePayloadExecution(config: PayloadExecutionConfig): ImageRun {
  const parsed = parseOptions(payloadExecution, config, 'config');
  const { payload, payloadPath, payloadEncoding, ...options } = parsed;
  const environment = { ...options.environment, PAYLOAD_PATH: payloadPath };
  const content = payloadBytes(payload, payloadEncoding);
  return imageRun({ ...options, environment }, [containerFile(payloadPath, content)]);
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
  options: RunOptions & Omit<z.output<typeof execution>, 'detach'>,
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
    files: [...files, ...containerFiles(options.files ?? [])],
    artifacts: options.artifacts ?? [],
    healthCheck: options.healthCheck,
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
    resources: requestedResources(options),
    variables: Object.keys(options.environment ?? {}),
  };
}

function stdinBytes(stdin: string | Uint8Array | undefined): Uint8Array | undefined {
  if (stdin === undefined) return undefined;
  const bytes = typeof stdin === 'string' ? Buffer.from(stdin, 'utf8') : stdin;
  return withinBytes('stdin', bytes, INPUT_LIMITS.stdinBytes);
}

function payloadBytes(
  payload: z.output<typeof payloadExecution>['payload'],
  encoding: 'utf8' | 'base64',
): Uint8Array {
  const isText = typeof payload === 'string' || payload instanceof Uint8Array;
  const content = isText ? payload : jsonText(payload);
  return withinBytes('payload', decoded('payload', content, encoding), INPUT_LIMITS.payloadBytes);
}

function jsonText(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch {
    throw invalidInput('payload', 'must be something JSON can hold', quoteValue(payload));
  }
}

function withinBytes(field: string, bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.byteLength <= limit) return bytes;
  throw tooLarge(field, bytes.byteLength, limit);
}

import { finished, type Readable } from 'node:stream';
import { deadline } from '../core/deadline.js';
import { isSlipwayError, type SlipwayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { invalidInput } from '../core/options.js';
import { buildFailed, checkSecrets, secretsRefused, withoutLogins } from './build-failure.js';
import { LogTail } from './build-log.js';
import { BuildTrace } from './build-trace.js';
import { openBuildSession, type BuildSession } from './buildkit-session.js';
import type { Custody } from './custody.js';
import { inspectImage } from './inspect-image.js';
import { jsonLines } from './json-lines.js';
import { connectionError, diskFull, engineLost, isDiskFull } from './map-error.js';
import type { BuildRequest, BuiltImage, EngineFacts } from './ports.js';
import type { RegistryEnvironment } from './registry-auth/registry-auth.js';
import { SessionLogins } from './session-logins.js';
import type { EngineStream, Transport } from './transport.js';

export interface BuildDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Hears of images that are built for a while. */
  readonly custody: Custody;
  /** Where credentials for registries are looked for. */
  readonly environment: RegistryEnvironment;
  readonly builder: EngineFacts['builder'];
}

type Labels = Readonly<Record<string, string>>;

/** See `ImageStore.build`. */
export async function buildImage(
  dependencies: BuildDependencies,
  request: BuildRequest,
): Promise<BuiltImage> {
  const log = new LogTail();
  const tooLate = (): Error => {
    const why = `it did not end within ${request.timeoutMs / 1000} s`;
    return buildFailed({ why, log: log.text() });
  };
  const unreadable = failureOf(request.context);
  const { signal, clear } = deadline(request.timeoutMs, tooLate, unreadable, request.signal);
  const logins = new SessionLogins(dependencies, signal);
  let session: BuildSession | undefined;
  try {
    session = await openSession(dependencies, request, logins, signal);
    const { transport, custody } = dependencies;
    const build = { transport, request, session: session?.id, log, signal };
    return await inCustody(custody, request, signal, (labels) => runBuild(build, labels));
  } catch (error) {
    throw signal.aborted ? signal.reason : withoutLogins(error, logins.problems);
  } finally {
    session?.close();
    logins.close();
    clear();
    request.context.destroy();
  }
}

/** Aborts when a context cannot be read to its end, with its error. */
function failureOf(context: Readable): AbortSignal {
  const controller = new AbortController();
  finished(context, { writable: false }, (error) => {
    if (error !== null && error !== undefined) controller.abort(error);
  });
  return controller.signal;
}

async function openSession(
  { transport, builder }: BuildDependencies,
  request: BuildRequest,
  logins: SessionLogins,
  signal: AbortSignal,
): Promise<BuildSession | undefined> {
  checkSecrets(request.secrets);
  const secrets = new Map(Object.entries(request.secrets));
  const answers = { login: (host: string) => logins.of(host), secrets };
  const session =
    builder === 'buildkit' ? await openBuildSession(transport, answers, signal) : undefined;
  if (session === undefined && secrets.size > 0) throw secretsRefused(request);
  return session;
}

/** Sees to it that an image that is built for a while is removed, whatever becomes of the build. */
async function inCustody(
  custody: Custody,
  { owner, tag: name, labels }: BuildRequest,
  signal: AbortSignal,
  build: (labels: Labels) => Promise<BuiltImage>,
): Promise<BuiltImage> {
  if (owner === undefined) return build(labels);
  if (name === undefined) throw namelessImage();
  const proof = custody.claim({ kind: 'image', name, owner });
  try {
    const built = await build({ ...labels, ...proof });
    custody.made(name);
    return built;
  } catch (error) {
    // A builder that said why it failed has made nothing. One that was left may still finish.
    if (isSlipwayError(error, 'BUILD_FAILED') && !signal.aborted) custody.release(name);
    else custody.abandon(name);
    throw error;
  }
}

function namelessImage(): SlipwayError<'INVALID_INPUT'> {
  const hint = 'Give it a tag, or no owner: what has no name could not be found to be removed.';
  return invalidInput('tag', 'must be given for an image that has an owner', undefined, hint);
}

interface Build {
  readonly transport: Transport;
  readonly request: BuildRequest;
  /** Id of the session; undefined without one. */
  readonly session: string | undefined;
  readonly log: LogTail;
  readonly signal: AbortSignal;
}

async function runBuild(build: Build, labels: Labels): Promise<BuiltImage> {
  const { transport, request, log } = build;
  const trace = new BuildTrace(
    (progress) => request.onProgress?.(progress),
    (text) => {
      log.add(text);
      request.onLog?.(text);
    },
  );
  try {
    await follow(await startBuild(build, labels), trace, transport.endpoint);
  } catch (error) {
    if (!isSlipwayError(error, 'ENGINE_ERROR')) throw error;
    throw buildFailed({ why: error.context.detail, log: log.text(), cause: error });
  }
  return builtImage(build, trace);
}

function startBuild(
  { transport, request, session, signal }: Build,
  labels: Labels,
): Promise<EngineStream> {
  return transport.stream({
    method: 'POST',
    path: '/build',
    operation: 'build image',
    query: {
      t: request.tag,
      dockerfile: request.dockerfile,
      buildargs: JSON.stringify(request.buildArgs),
      labels: JSON.stringify(labels),
      target: request.target,
      platform: request.platform,
      pull: request.pull || undefined,
      cachefrom: request.cacheFrom.length === 0 ? undefined : JSON.stringify(request.cacheFrom),
      networkmode: request.networkMode,
      shmsize: request.shmBytes,
      memory: request.memoryBytes,
      memswap: request.memoryBytes,
      rm: true,
      forcerm: true,
      // BuildKit where the engine has it: its cache is no image that stays behind.
      version: 2,
      session,
    },
    body: request.context,
    contentType: 'application/x-tar',
    deadlineMs: request.timeoutMs,
    signal,
  });
}

async function follow(stream: EngineStream, trace: BuildTrace, endpoint: string): Promise<void> {
  try {
    for await (const line of jsonLines(stream.body)) trace.read(line);
  } catch (error) {
    throw connectionError(error, 'build image', endpoint);
  } finally {
    stream.body.destroy();
  }
  if (!stream.body.complete) throw engineLost('build image');
}

/** Success needs a proof: the builder named the image, and the engine has it, under our tag. */
async function builtImage(
  { transport, request, log, signal }: Build,
  { failure, step, imageId, failedLog, warnings }: BuildTrace,
): Promise<BuiltImage> {
  if (failure !== undefined) {
    const { message: why, exitCode } = failure;
    if (isDiskFull(why)) throw diskFull(why);
    throw buildFailed({ why, step, exitCode, log: failedLog || log.text() });
  }
  const facts =
    imageId === undefined
      ? undefined
      : await inspectImage(transport, request.tag ?? fullId(imageId), signal);
  if (facts === undefined) throw engineLost('build image');
  return { ...facts, warnings };
}

/** Podman leaves the algorithm out. */
function fullId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id;
}

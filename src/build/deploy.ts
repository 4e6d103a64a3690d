/** Clone, build, prove, push, run: each stage only when the one before it went well. */
import { tmpdir } from 'node:os';
import { z } from 'zod';
import { closedError } from '../core/closed.js';
import type { ServerMetadata, ServerTransport } from '../core/build-plan.js';
import { SlipwayError } from '../core/errors.js';
import type { ProbeProgram } from '../probe/types.js';
import { invalidInput, parseOptions } from '../core/options.js';
import { redactUrl } from '../core/redact.js';
import type { Checkout } from '../git/clone.js';
import { folderName, type FolderBuilder } from './build-folder.js';
import { parseBuild, type ResolvedBuild } from './build-options.js';
import type { BuilderDependencies } from './docker-builder.js';
import { parsePush, pushImage } from './push-image.js';
import { launchServer, type RunningServer } from './running-server.js';
import type { BuildResult, DockerBuildConfig, PushedImage } from './types.js';

/** How a deployed server runs. */
export interface DeployRunConfig {
  /** Milliseconds after which it is ended. @default the policy's `limits.timeoutMs.max` */
  readonly timeoutMs?: number | undefined;
  /** A server on HTTP always gets `bridge`. @default none */
  readonly networkMode?: 'none' | 'bridge' | undefined;
}

/** What `deployFromGitHub` takes: a build whose folder is cloned first. */
export interface DeployFromGitHubConfig extends Omit<DockerBuildConfig, 'repoPath'> {
  /** `https://host/owner/repository`. */
  readonly repositoryUrl: string;
  /** Branch, tag or full commit id. @default the default branch */
  readonly ref?: string | undefined;
  /** For a private repository. Never in argv, a URL, a log or the image. */
  readonly token?: string | undefined;
  /** Push there when it works. @default not pushed */
  readonly registry?: string | undefined;
  /** Run it when it works: detached, with `env` and `args`, until `stop()` or `close()`. @default false */
  readonly run?: boolean | DeployRunConfig | undefined;
}

export interface Deployment {
  /** Id of the commit that was built. */
  readonly commit: string;
  /** What the repository says of its server. */
  readonly metadata: ServerMetadata;
  readonly build: BuildResult;
  readonly pushed: PushedImage | null;
  readonly server: RunningServer | null;
}

const deploySchema = z.object({
  repositoryUrl: z.string('must be a text').min(1, 'must not be empty').max(2048),
  ref: z.string().min(1, 'must not be empty').max(255).optional(),
  token: z
    .string('must be a text')
    .regex(/^[\x21-\x7e]{1,1024}$/, 'must be up to 1024 visible characters without blanks')
    .optional(),
  registry: z.string().optional(),
  run: z
    .union(
      [
        z.boolean(),
        z.strictObject({
          timeoutMs: z.int().min(1000).optional(),
          networkMode: z.enum(['none', 'bridge']).optional(),
        }),
      ],
      'must be true, false, or an object with timeoutMs and networkMode',
    )
    .default(false),
});

type Parsed = z.output<typeof deploySchema>;

export class Deployments {
  readonly #dependencies: BuilderDependencies;
  readonly #folders: FolderBuilder;
  readonly #running = new Set<RunningServer>();
  #closed = false;

  constructor(dependencies: BuilderDependencies, folders: FolderBuilder) {
    this.#dependencies = dependencies;
    this.#folders = folders;
  }

  async deploy(config: DeployFromGitHubConfig): Promise<Deployment> {
    const { repositoryUrl, ref, token, registry, run, ...rest } = config;
    const parsed = parseDeploy({ repositoryUrl, ref, token, registry, run });
    // Every option is checked before anything is cloned; the folder is put in afterwards.
    const build = await parseBuild({ ...rest, repoPath: tmpdir() }, this.#dependencies.policy);
    refuseToken(token, build.buildArgs);
    const checkout = await this.#clone(parsed, build);
    try {
      const name = folderName(repositoryUrl.replace(/\.git$/, ''));
      const inCheckout = { ...build, folder: checkout.folder };
      const made = await this.#folders.build(inCheckout, { repositoryUrl, name });
      const deployment = { commit: checkout.commit, metadata: made.metadata, build: made };
      if (made.imageTag === null) return { ...deployment, pushed: null, server: null };
      return { ...deployment, ...(await this.#publish(made, parsed, build)) };
    } finally {
      await checkout.remove().catch((error: unknown) => {
        this.#dependencies.logger.warn('repository.cleanup_pending', { error: String(error) });
      });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map(async (server) => server.stop()));
  }

  async #clone(
    { repositoryUrl: url, ref, token }: Parsed,
    build: ResolvedBuild,
  ): Promise<Checkout> {
    const { timeoutMs, signal, onEvent } = build;
    onEvent({ type: 'cloning', repository: redactUrl(url) });
    return this.#dependencies.git.clone({ url, ref, token, timeoutMs, signal });
  }

  /** An image whose server could not be started, or pushed, is not left behind half deployed. */
  async #publish(
    made: BuildResult,
    parsed: Parsed,
    build: ResolvedBuild,
  ): Promise<Pick<Deployment, 'pushed' | 'server'>> {
    const { signal, onEvent } = build;
    const engine = await this.#dependencies.connect(signal);
    const tag = made.imageTag ?? made.imageId;
    try {
      const pushed =
        parsed.registry === undefined
          ? null
          : await pushImage(engine, tag, { registry: parsed.registry, signal, onEvent });
      return { pushed, server: await this.#run(made, parsed, build) };
    } catch (error) {
      if (!made.cached) await engine.images.remove(tag).catch(() => undefined);
      throw error;
    }
  }

  async #run(
    made: BuildResult,
    { run }: Parsed,
    build: ResolvedBuild,
  ): Promise<RunningServer | null> {
    if (run === false || made.status === 'needs_config') return null;
    const { connect, specOf, policy } = this.#dependencies;
    const { signal, onEvent } = build;
    const engine = await connect(signal);
    const image = await engine.images.inspect(made.imageId, signal);
    if (image === undefined) throw imageGone(made.imageId);
    const transport = transportOf(made);
    const asked: DeployRunConfig = run === true ? {} : run;
    const timeoutMs = asked.timeoutMs ?? policy.limits.timeoutMs.max;
    const wish = { ...asked, timeoutMs };
    const spec = await specOf(engine)(serverProgram(transport, wish, build), image);
    onEvent({ type: 'running', container: spec.name });
    const server = await launchServer({ engine, spec, transport, readyMs: READY_MS, signal });
    return this.#kept(server);
  }

  async #kept(server: RunningServer): Promise<RunningServer> {
    if (this.#closed) {
      await server.stop();
      throw closedError('The builder was closed meanwhile.', 'close');
    }
    this.#running.add(server);
    void server.ended.then(async () => {
      this.#running.delete(server);
      await server.stop();
    });
    return server;
  }
}

/** As it was proved; else as it was planned. */
function transportOf({ probe, plan }: BuildResult): ServerTransport {
  return probe?.transport ?? plan?.transport ?? { kind: 'stdio' };
}

/** With its time decided. */
interface RunWish extends DeployRunConfig {
  readonly timeoutMs: number;
}

function serverProgram(
  transport: ServerTransport,
  { timeoutMs, networkMode = 'none' }: RunWish,
  { env, args }: Pick<ResolvedBuild, 'env' | 'args'>,
): ProbeProgram {
  const isHttp = transport.kind !== 'stdio';
  return {
    entrypoint: undefined,
    command: args,
    environment: env,
    networkMode: isHttp ? 'bridge' : networkMode,
    port: isHttp ? transport.port : undefined,
    timeoutMs,
  };
}

function imageGone(image: string): SlipwayError<'IMAGE_NOT_FOUND'> {
  return new SlipwayError('IMAGE_NOT_FOUND', {
    message: `The image ${image} that was just built is not on the engine any more.`,
    hint: 'Somebody removed it meanwhile. Deploy again.',
    context: { image },
  });
}

/** Milliseconds that a server on HTTP has until it listens. */
const READY_MS = 60_000;

function parseDeploy(config: Readonly<Record<string, unknown>>): Parsed {
  const parsed = parseOptions(deploySchema, config, 'config');
  // Wrong ones are told before anything is cloned.
  parsePush({ registry: parsed.registry });
  return parsed;
}

/** Build arguments stay in the history of the image. */
function refuseToken(token: string | undefined, args: Readonly<Record<string, string>>): void {
  if (token === undefined) return;
  const name = Object.keys(args).find((one) => args[one]?.includes(token) === true);
  if (name === undefined) return;
  throw invalidInput('buildArgs', 'must not hold the token: it would stay in the image', name);
}

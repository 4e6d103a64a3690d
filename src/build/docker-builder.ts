import type { Detection } from '../core/build-plan.js';
import { closedError } from '../core/closed.js';
import { SlipwayError } from '../core/errors.js';
import { parseOptions, quoteValue } from '../core/options.js';
import type { EngineFacts } from '../engine/ports.js';
import type { Checkout, CloneRequest, Git } from '../git/clone.js';
import { z } from 'zod';
import { attemptsFor } from './attempts.js';
import { BUILD_KEY_LABEL } from './build-key.js';
import { FolderBuilder, folderName, type BuildDependencies } from './build-folder.js';
import {
  deploymentIdSchema,
  existingFolder,
  parseBuild,
  serverTypeSchema,
} from './build-options.js';
import { Deployments, type DeployFromGitHubConfig, type Deployment } from './deploy.js';
import { detectFolder } from './detect-folder.js';
import { generateText } from './generate-text.js';
import { pushImage } from './push-image.js';
import type {
  BuildResult,
  DetectOptions,
  DockerBuildConfig,
  GeneratedDockerfile,
  MCPServerType,
  PushedImage,
  PushImageOptions,
} from './types.js';
import { relativePath } from '../core/safe-path.js';

/** What a builder is joined from; `createDockerBuilder` does it for the ordinary case. */
export interface BuilderDependencies extends BuildDependencies {
  readonly git: Pick<Git, 'clone'>;
}

const detectSchema = z.object({ subdir: relativePath.optional() });

/**
 * Makes images of MCP servers: finds out how a repository is built and started, writes a
 * Dockerfile, builds it, and proves that the image answers.
 *
 * Folders are only read. What a call made and does not give back (an image that does not answer,
 * a checkout) is removed when it ends.
 */
export class DockerBuilder {
  readonly #dependencies: BuilderDependencies;
  readonly #folders: FolderBuilder;
  readonly #deployments: Deployments;
  #closed = false;

  constructor(dependencies: BuilderDependencies) {
    this.#dependencies = dependencies;
    this.#folders = new FolderBuilder(dependencies);
    this.#deployments = new Deployments(dependencies, this.#folders);
  }

  /**
   * Connects to the engine, which is otherwise done by the first build.
   *
   * @throws {SlipwayError} `ENGINE_UNREACHABLE` naming every address that was tried
   */
  async initialize(options: { readonly signal?: AbortSignal } = {}): Promise<EngineFacts> {
    this.#refuseClosed('initialize');
    return (await this.#dependencies.connect(options.signal)).facts;
  }

  /**
   * Brings a repository here as `deployFromGitHub` does. Whoever calls this has to remove it.
   *
   * @throws {SlipwayError} `CLONE_FAILED`, `INVALID_INPUT`, `POLICY_DENIED`
   */
  async checkout(request: CloneRequest): Promise<Checkout> {
    this.#refuseClosed('checkout');
    return this.#dependencies.git.clone(request);
  }

  /**
   * Finds out what is in a folder, with what says so. Reads files; asks no engine and no network.
   *
   * @param folder of the repository, on this machine
   * @throws {SlipwayError} `INVALID_INPUT` for a folder that does not exist
   */
  async detect(folder: string, options: DetectOptions = {}): Promise<Detection> {
    this.#refuseClosed('detect');
    const { subdir } = parseOptions(detectSchema, { subdir: options.subdir }, 'options');
    const real = await existingFolder(folder, 'folder');
    const commit = await this.#dependencies.describe(real);
    const facts = { commit, name: folderName(real) };
    const wish = { folder: real, subdir, signal: options.signal };
    return detectFolder(this.#dependencies.detectors, wish, facts);
  }

  /**
   * Writes the Dockerfile that a build would use, without building.
   *
   * @param serverType what kind of server it is; `auto` finds it out
   * @param repoPath folder of the repository, on this machine
   * @param deploymentId as in `DockerBuildConfig`; it is in the labels. @default the server's name
   * @throws {SlipwayError} `NOT_A_SERVER`, `INVALID_INPUT`
   */
  async generateDockerfile(
    serverType: MCPServerType | 'auto',
    repoPath: string,
    deploymentId?: string,
    options: DetectOptions & { readonly template?: string | undefined } = {},
  ): Promise<GeneratedDockerfile> {
    this.#refuseClosed('generateDockerfile');
    const type =
      serverType === 'auto' ? undefined : parseOptions(serverTypeSchema, serverType, 'serverType');
    const id = parseOptions(deploymentIdSchema.optional(), deploymentId, 'deploymentId');
    const { subdir } = parseOptions(detectSchema, { subdir: options.subdir }, 'options');
    const folder = await existingFolder(repoPath, 'repoPath');
    const commit = await this.#dependencies.describe(folder);
    const wish = { folder, subdir, serverType: type, signal: options.signal };
    const facts = { commit, name: folderName(folder) };
    const detection = await detectFolder(this.#dependencies.detectors, wish, facts);
    const [attempt] = attemptsFor(detection, 'generated').attempts;
    return generateText(attempt, { deploymentId: id, commit, template: options.template });
  }

  /**
   * Builds an image of a folder and, unless told otherwise, proves it: starts it in the sandbox
   * and lists its tools. An unchanged folder is not built again.
   *
   * Tried are, by `prefer`, the repository's own Dockerfile and one written by Slipway, and other
   * ways to start the server when the first one does not answer; `warnings` tells what was left.
   * A server that does not answer is a result (`status`), not an error, and gets no tag.
   *
   * @throws {SlipwayError} `NOT_A_SERVER`, `BUILD_FAILED` (a `DockerBuildError`) with the failed
   * step and the end of the log, `BUILD_REFUSED`, `PULL_FAILED`, `INVALID_INPUT`, `POLICY_DENIED`,
   * `LIMIT_EXCEEDED`, or an `ENGINE_…` code
   */
  async buildImage(config: DockerBuildConfig): Promise<BuildResult> {
    this.#refuseClosed('buildImage');
    const build = await parseBuild(config, this.#dependencies.policy);
    return this.#folders.build(build, { repositoryUrl: null, name: folderName(build.folder) });
  }

  /**
   * Removes an image that a builder of this installation made.
   *
   * @param imageTag as `BuildResult.imageTag`
   * @throws {SlipwayError} `IMAGE_NOT_FOUND`, in the same words for one that somebody else made
   */
  async removeImage(
    imageTag: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    this.#refuseClosed('removeImage');
    const { images } = await this.#dependencies.connect(options.signal);
    const labels = (await images.inspect(imageTag, options.signal))?.labels ?? {};
    if (!Object.hasOwn(labels, BUILD_KEY_LABEL)) throw notBuiltHere(imageTag);
    await images.remove(imageTag);
  }

  /**
   * Sends an image to a registry, with the credentials that the docker client would use.
   *
   * @param imageTag as `BuildResult.imageTag`
   * @throws {SlipwayError} `PUSH_FAILED` (an `ImagePushError`) with the reason, `IMAGE_NOT_FOUND`
   */
  async pushImage(imageTag: string, options: PushImageOptions = {}): Promise<PushedImage> {
    this.#refuseClosed('pushImage');
    const engine = await this.#dependencies.connect(options.signal);
    return pushImage(engine, imageTag, options);
  }

  /**
   * Clones a repository, builds and proves an image of it, pushes it and runs it if asked. The
   * checkout is removed. When something fails, so is what was made before; an image that was
   * pushed stays in the registry.
   *
   * @throws {SlipwayError} `CLONE_FAILED`, and those of `buildImage` and `pushImage`
   */
  async deployFromGitHub(config: DeployFromGitHubConfig): Promise<Deployment> {
    this.#refuseClosed('deployFromGitHub');
    return this.#deployments.deploy(config);
  }

  /** Ends and removes the servers that `deployFromGitHub` runs, and refuses further calls. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#deployments.close();
    await this.#dependencies.connect.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseClosed(method: string): void {
    if (this.#closed) throw closedError(`${method} was called after close().`, method);
  }
}

function notBuiltHere(image: string): SlipwayError<'IMAGE_NOT_FOUND'> {
  return new SlipwayError('IMAGE_NOT_FOUND', {
    message: `No image ${quoteValue(image)} was built by Slipway on this engine.`,
    hint: 'Use the imageTag of a build.',
    context: { image },
  });
}

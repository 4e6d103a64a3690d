/** Flow 2 of the design: folder → detection → Dockerfile → image → probe → result. */
import { posix } from 'node:path';
import type { BuildPlan, DeclaredInput, Detection, ServerMetadata } from '../core/build-plan.js';
import { now } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import { SharedWork } from '../core/shared-work.js';
import type { BuiltImage, ConnectEngine, Engine } from '../engine/ports.js';
import type { CommitFacts } from '../git/describe.js';
import type { Policy } from '../policy/policy.js';
import type { ProbeDependencies } from '../probe/types.js';
import { attemptsFor, type Attempt } from './attempts.js';
import type { BaseWish } from './base-images.js';
import type { ResolvedBuild } from './build-options.js';
import { detectFolder, type Detectors } from './detect-folder.js';
import { deploymentIdFrom, imageLabels } from './image-labels.js';
import { nameImage } from './name-image.js';
import { buildNetwork, type NetworkSettings } from './network.js';
import type { ProofStore } from './proof-store.js';
import { nameOnly } from './server-metadata.js';
import { tryAttempts, type AttemptContext, type Outcome } from './try-attempts.js';
import type { BuildResult, DockerfilePreference } from './types.js';

export interface BuildDependencies {
  readonly connect: ConnectEngine;
  readonly policy: Policy;
  readonly detectors: Detectors;
  /** What git says about the commit of a folder; undefined when it is no checkout. */
  readonly describe: (folder: string) => Promise<CommitFacts | undefined>;
  /** How the containers of a probe are made. */
  readonly specOf: (engine: Engine) => ProbeDependencies['specOf'];
  /** The installation's key. */
  readonly key: () => Promise<Uint8Array>;
  readonly network: () => Promise<NetworkSettings>;
  readonly proofs: ProofStore;
  readonly logger: Logger;
}

/** Where a folder comes from. */
export interface Origin {
  /** `https://host/owner/repository`; null for a folder of this machine. */
  readonly repositoryUrl: string | null;
  /** What people call it, for a server that does not say its name. */
  readonly name: string;
}

/** How long a server has to answer, in milliseconds. Cold starts of Java and Python take most. */
const PROBE_MS = 60_000;

export class FolderBuilder {
  readonly #dependencies: BuildDependencies;
  readonly #builds = new SharedWork<BuiltImage>();

  constructor(dependencies: BuildDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {SlipwayError} `NOT_A_SERVER`, `INVALID_INPUT`, `BUILD_FAILED`, `PULL_FAILED` … */
  async build(build: ResolvedBuild, origin: Origin): Promise<BuildResult> {
    const { connect, describe, detectors } = this.#dependencies;
    const began = now();
    const commit = await describe(build.folder);
    const detection = await detectFolder(detectors, build, { commit, name: origin.name });
    build.onEvent({ type: 'detected', detection });
    const { attempts, skipped } = attemptsFor(detection, preferenceOf(build));
    const engine = await connect(build.signal);
    const about = aboutServer(detection, build, origin);
    const context = await this.#context(build, engine, { about, commit, origin });
    const outcome = await tryAttempts(attempts, context);
    const warnings = [...skipped, ...context.image.network.warnings, ...outcome.warnings];
    return this.#finish({ ...outcome, warnings }, { build, engine, about, began });
  }

  async #context(build: ResolvedBuild, engine: Engine, known: Known): Promise<AttemptContext> {
    const { policy, key, specOf, network: settings, proofs, logger } = this.#dependencies;
    const { pull, platform, signal, onEvent } = build;
    const given = await settings();
    const certificates =
      build.certificates === undefined ? given.certificates : [build.certificates];
    const network = buildNetwork({ ...given, certificates }, build, engine.facts);
    const bases: BaseWish = {
      images: engine.images,
      policy,
      pull,
      platform,
      onPull: (image, progress) => onEvent({ type: 'pulling', image, progress }),
      signal,
    };
    return {
      build,
      inputs: known.about.inputs,
      labelsOf: (attempt) => labelsOf(attempt, known),
      prepareOptions: { build, bases, adapt: network.adapt },
      image: { engine, policy, key: await key(), build, network, builds: this.#builds },
      probe: { containers: engine.containers, specOf: specOf(engine), logger },
      proofs,
      probeTimeoutMs: PROBE_MS,
      logger,
    };
  }

  async #finish(
    { prepared, made, probe, probeMs, warnings }: Outcome,
    call: {
      readonly build: ResolvedBuild;
      readonly engine: Engine;
      readonly about: About;
      readonly began: number;
    },
  ): Promise<BuildResult> {
    const { build, engine, about, began } = call;
    const status = probe?.status ?? 'built';
    const keeps = status !== 'broken' && status !== 'unsupported';
    const imageTag = keeps ? about.tag : null;
    if (imageTag !== null) {
      const { logger } = this.#dependencies;
      await nameImage(engine, made.facts.id, imageTag, { logger, signal: build.signal });
    }
    const ms = now() - began;
    this.#dependencies.logger.info('image.built', {
      image: imageTag,
      id: made.facts.id,
      status,
      cached: made.cached,
      ms: Math.round(ms),
    });
    return {
      status,
      imageTag,
      imageId: made.facts.id,
      digest: made.facts.digest,
      size: made.facts.sizeBytes,
      buildTime: Math.round(ms - probeMs),
      cached: made.cached,
      plan: prepared.plan,
      source: prepared.source,
      dockerfile: prepared.dockerfile,
      metadata: about.metadata,
      inputs: about.inputs,
      probe,
      warnings,
    };
  }
}

/** What is known of what is built. */
interface Known {
  readonly about: About;
  readonly commit: CommitFacts | undefined;
  readonly origin: Origin;
}

/** What is known of a server beside how it is built. */
interface About {
  readonly metadata: ServerMetadata;
  readonly inputs: readonly DeclaredInput[];
  readonly deploymentId: string;
  readonly tag: string;
}

function aboutServer(detection: Detection, build: ResolvedBuild, origin: Origin): About {
  const { metadata, inputs } = declaredBy(detection, origin);
  const deploymentId = build.deploymentId ?? deploymentIdFrom(metadata.name);
  return { metadata, inputs, deploymentId, tag: build.tag ?? `mcp-${deploymentId}:latest` };
}

function declaredBy(detection: Detection, { name }: Origin): Pick<About, 'metadata' | 'inputs'> {
  if (detection.kind === 'server') return detection.plan;
  if (detection.kind === 'dockerfile') return detection;
  return { metadata: nameOnly(name), inputs: [] };
}

/** A Dockerfile that the caller names is the one that is wanted. */
function preferenceOf(build: ResolvedBuild): DockerfilePreference {
  return build.dockerfilePath === undefined ? build.prefer : 'repository';
}

function labelsOf(
  attempt: Attempt,
  { about, commit, origin }: Known,
): Readonly<Record<string, string>> {
  const plan: BuildPlan | null = attempt.kind === 'generated' ? attempt.plan : null;
  return imageLabels({
    metadata: about.metadata,
    deploymentId: about.deploymentId,
    serverType: plan?.language ?? 'dockerfile',
    entrypoint: plan === null ? [] : [...plan.start, ...plan.args],
    repositoryUrl: origin.repositoryUrl,
    commit: commit?.commit ?? null,
  });
}

/** The last part of a path, for a folder that has no better name. */
export function folderName(folder: string): string {
  return posix.basename(folder.replaceAll('\\', '/'));
}

/** From a Dockerfile to try to everything a build of it needs; nothing is sent yet. */
import { posix } from 'node:path';
import type { BuildPlan, OwnDockerfile } from '../core/build-plan.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { renderDockerfile } from '../templates/render-dockerfile.js';
import type { Attempt } from './attempts.js';
import { chooseBases, obtainBases, type BaseIds, type BaseWish } from './base-images.js';
import type { ResolvedBuild } from './build-options.js';
import { packContext, resolveContext, type BuildContext } from './context.js';
import { readDockerfile } from './dockerfile-file.js';
import { generatedContextRules, withoutIgnored } from './generated-context.js';
import { refuseRemoteAdds } from './remote-add.js';
import { withKnownSyntax } from './syntax-directive.js';
import type { DockerfileSource } from './types.js';

/** A build that only has to be sent. */
export interface PreparedBuild {
  readonly source: DockerfileSource;
  /** The plan with the base images that are used; null for the repository's own Dockerfile. */
  readonly plan: BuildPlan | null;
  /** For people: with labels, without what is only about this machine's network. */
  readonly dockerfile: string;
  /** As it is sent. */
  readonly sent: string;
  readonly dockerfilePath: string;
  readonly context: BuildContext;
  readonly bases: BaseIds;
  readonly warnings: readonly string[];
}

export interface PrepareOptions {
  readonly build: Pick<ResolvedBuild, 'folder' | 'template' | 'signal'> &
    Partial<Pick<ResolvedBuild, 'buildArgs'>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly bases: BaseWish;
  /** What has to be written into a Dockerfile so that it can be built from here. */
  readonly adapt: (text: string) => string;
}

/**
 * @throws {SlipwayError} `PULL_FAILED` for a base image that cannot be had; `BUILD_REFUSED`,
 * `INVALID_INPUT`, `POLICY_DENIED`
 */
export function prepare(attempt: Attempt, options: PrepareOptions): Promise<PreparedBuild> {
  return attempt.kind === 'generated'
    ? prepareGenerated(attempt.plan, options)
    : prepareOwn(attempt.dockerfile, options);
}

/** The name of a generated Dockerfile in its context: a file of that name there is not needed. */
const GENERATED = 'Dockerfile';

async function prepareGenerated(
  plan: BuildPlan,
  { build, labels, bases: wish, adapt }: PrepareOptions,
): Promise<PreparedBuild> {
  const folder = await resolveContext(build.folder, plan.workspaceRoot);
  const { ignore, warnings: left } = await generatedContextRules(folder, plan);
  const { pair, ids, warnings } = await chooseBases(plan.bases, wish);
  const final = withoutIgnored({ ...plan, bases: [pair] }, ignore);
  const { template } = build;
  // The labels travel beside the text: a changed label must not change a file of the context.
  const sent = adapt(renderDockerfile(final, { labels: {}, template }));
  const limits = contextLimits();
  const made = { [GENERATED]: sent };
  const packing = { dockerfile: GENERATED, ignore, made, limits, signal: build.signal };
  return {
    source: { kind: 'generated', language: plan.language },
    plan: final,
    dockerfile: renderDockerfile(final, { labels, template }),
    sent,
    dockerfilePath: GENERATED,
    context: await packContext(folder, packing),
    bases: ids,
    warnings: [...left, ...warnings],
  };
}

async function prepareOwn(
  { path, context, bases }: OwnDockerfile,
  { build, bases: wish, adapt }: PrepareOptions,
): Promise<PreparedBuild> {
  const folder = await resolveContext(build.folder, context);
  const { text } = await readDockerfile(build.folder, path);
  refuseRemoteAdds(text, path, build.buildArgs ?? {});
  const readable = await withKnownSyntax(text, path, wish);
  // Outside of its context it has no place of its own there.
  const inside = posix.relative(context, path);
  const dockerfilePath = inside.startsWith('..') ? GENERATED : inside;
  const ids = await obtainBases(bases, wish);
  const sent = adapt(readable.text);
  return {
    source: { kind: 'repository', path, context },
    plan: null,
    dockerfile: text,
    sent,
    dockerfilePath,
    context: await packContext(folder, {
      dockerfile: dockerfilePath,
      made: { [dockerfilePath]: sent },
      limits: contextLimits(),
      signal: build.signal,
    }),
    bases: ids,
    warnings: readable.warnings,
  };
}

function contextLimits() {
  return { bytes: INPUT_LIMITS.contextBytes, entries: INPUT_LIMITS.contextEntries };
}

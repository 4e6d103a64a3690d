/** The Dockerfiles of a repository in turn, until one makes an image that answers. */
import type { DeclaredInput, OwnDockerfile, ServerStart } from '../core/build-plan.js';
import { isSlipwayError } from '../core/errors.js';
import { now } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import { probeImage } from '../probe/probe-image.js';
import type { ProbeDependencies, ProbeResult, ProbeStart } from '../probe/types.js';
import type { Attempt } from './attempts.js';
import { inOneLine } from './base-images.js';
import { makeImage, type ImageBuild, type MadeImage } from './build-image.js';
import type { ResolvedBuild } from './build-options.js';
import { prepare, type PreparedBuild, type PrepareOptions } from './prepare.js';
import type { ProofStore } from './proof-store.js';

/** What came of one Dockerfile. */
export interface Outcome {
  readonly prepared: PreparedBuild;
  readonly made: MadeImage;
  readonly probe: ProbeResult | null;
  /** Milliseconds that the probe took now; an earlier one took none. */
  readonly probeMs: number;
  readonly warnings: readonly string[];
}

export interface AttemptContext {
  readonly build: ResolvedBuild;
  readonly inputs: readonly DeclaredInput[];
  /** The labels of an image that is started like this. */
  readonly labelsOf: (attempt: Attempt) => Readonly<Record<string, string>>;
  readonly prepareOptions: Omit<PrepareOptions, 'labels'>;
  readonly image: Omit<ImageBuild, 'prepared' | 'labels'>;
  readonly probe: ProbeDependencies;
  readonly proofs: ProofStore;
  readonly probeTimeoutMs: number;
  readonly logger: Logger;
}

/**
 * Tries each Dockerfile until one makes an image that works, or would with what is missing. What
 * the others made is removed again.
 *
 * @throws {SlipwayError} of the last attempt when none made an image
 */
export async function tryAttempts(
  attempts: readonly Attempt[],
  context: AttemptContext,
): Promise<Outcome> {
  const left: string[] = [];
  let best: { readonly outcome: Outcome; readonly others: readonly string[] } | undefined;
  let failure: unknown;
  for (const [at, attempt] of attempts.entries()) {
    const others = [...left];
    const outcome = await tryOne(attempt, context).catch((error: unknown) => {
      if (!isAboutTheDockerfile(error)) throw error;
      failure = error;
      left.push(`${nameOf(attempt)} failed: ${inOneLine(error)}`);
    });
    if (outcome !== undefined && isAccepted(outcome)) return withWarnings(outcome, others);
    if (outcome !== undefined) {
      best = { outcome, others };
      left.push(`${nameOf(attempt)} made an image that is ${verdictOf(outcome)}`);
    }
    tellFallback(left, at < attempts.length - 1, context);
  }
  if (best === undefined) throw failure;
  const own = left[best.others.length];
  return withWarnings(
    best.outcome,
    left.filter((one) => one !== own),
  );
}

function withWarnings(outcome: Outcome, before: readonly string[]): Outcome {
  return { ...outcome, warnings: [...before, ...outcome.warnings] };
}

function verdictOf({ probe }: Outcome): string {
  return `${probe?.status ?? 'broken'}: ${probe?.reason ?? 'it does not answer.'}`;
}

function tellFallback(
  left: readonly string[],
  goesOn: boolean,
  { build }: Pick<AttemptContext, 'build'>,
): void {
  const reason = left.at(-1);
  if (goesOn && reason !== undefined) build.onEvent({ type: 'fallback', reason });
}

/** Another Dockerfile can do better about these; about the rest, nothing can. */
function isAboutTheDockerfile(error: unknown): boolean {
  return (
    isSlipwayError(error, 'BUILD_FAILED') ||
    isSlipwayError(error, 'BUILD_REFUSED') ||
    isSlipwayError(error, 'PULL_FAILED') ||
    isSlipwayError(error, 'POLICY_DENIED')
  );
}

function isAccepted({ probe }: Outcome): boolean {
  return probe === null || probe.status === 'works' || probe.status === 'needs_config';
}

function nameOf(attempt: Attempt): string {
  return attempt.kind === 'repository'
    ? `The repository's ${attempt.dockerfile.path}`
    : 'The generated Dockerfile';
}

async function tryOne(given: Attempt, context: AttemptContext): Promise<Outcome> {
  const { build } = context;
  const attempt = withPlainStart(given);
  const outcome = await buildOnce(attempt, context);
  if (!build.probe) return outcome;
  try {
    const began = now();
    const probe = await prove(attempt, outcome.made, context);
    const proved = { ...outcome, probe, probeMs: now() - began };
    if (isAccepted(proved)) return await withItsStart(attempt, proved, context);
    await forget(outcome.made, context);
    return proved;
  } catch (error) {
    await forget(outcome.made, context);
    throw error;
  }
}

async function buildOnce(attempt: Attempt, context: AttemptContext): Promise<Outcome> {
  const { build, prepareOptions, image } = context;
  const labels = context.labelsOf(attempt);
  const prepared = await prepare(attempt, { ...prepareOptions, labels });
  build.onEvent({ type: 'dockerfile', source: prepared.source, text: prepared.dockerfile });
  const made = await makeImage({ ...image, prepared, labels });
  return {
    prepared,
    made,
    probe: null,
    probeMs: 0,
    warnings: [...prepared.warnings, ...made.warnings],
  };
}

/** An image that answered and has not changed since would answer again. */
async function prove(
  attempt: Attempt,
  made: MadeImage,
  context: AttemptContext,
): Promise<ProbeResult> {
  const { build, proofs } = context;
  const { env, args = [] } = build;
  const subject = { imageId: made.facts.id, env, args };
  const earlier = made.cached ? await proofs.find(subject) : undefined;
  const result = earlier ?? (await probeNow(attempt, made, context));
  if (earlier === undefined) await proofs.keep(subject, result);
  build.onEvent({ type: 'probed', probe: result });
  return result;
}

async function probeNow(
  attempt: Attempt,
  { facts }: MadeImage,
  { build, inputs, probe, probeTimeoutMs }: AttemptContext,
): Promise<ProbeResult> {
  build.onEvent({ type: 'probing', imageId: facts.id });
  const request = {
    image: facts,
    starts: startsOf(attempt),
    environment: build.env,
    args: build.args ?? [],
    inputs,
    timeoutMs: probeTimeoutMs,
  };
  return probeImage(probe, request, build.signal);
}

/** Arguments that a text for people names can be wrong for this version: without them is tried too. */
function withPlainStart(attempt: Attempt): Attempt {
  if (attempt.kind !== 'generated' || attempt.plan.args.length === 0) return attempt;
  const { plan } = attempt;
  const isKnown = [plan, ...plan.alternatives].some(
    ({ start, args, transport }) =>
      args.length === 0 &&
      transport.kind === plan.transport.kind &&
      start.join('\0') === plan.start.join('\0'),
  );
  if (isKnown) return attempt;
  const plain = { ...onlyStart(plan), args: [], source: `${plan.source}, without arguments` };
  // Before the others: one on HTTP that never listens takes a minute to say so.
  return { kind: 'generated', plan: { ...plan, alternatives: [plain, ...plan.alternatives] } };
}

function startsOf(attempt: Attempt): readonly ProbeStart[] {
  if (attempt.kind === 'repository') return [ownStart(attempt.dockerfile)];
  const { plan } = attempt;
  // The first one is the image's own: it is proved as everybody starts it.
  return [{ ...onlyStart(plan), start: undefined }, ...plan.alternatives.map(onlyStart)];
}

function ownStart({ transport, path }: OwnDockerfile): ProbeStart {
  return { start: undefined, args: [], transport, environment: {}, source: path };
}

function onlyStart({ start, args, transport, environment, source }: ServerStart): ServerStart {
  return { start, args, transport, environment, source };
}

/** An image that answers only when it is started otherwise gets that start for its own. */
async function withItsStart(
  attempt: Attempt,
  outcome: Outcome,
  context: AttemptContext,
): Promise<Outcome> {
  const { probe } = outcome;
  if (attempt.kind !== 'generated' || probe === null || probe.start === 0) return outcome;
  const { plan } = attempt;
  const better = plan.alternatives[probe.start - 1];
  if (better === undefined) return outcome;
  const rest = plan.alternatives.filter((one) => one !== better);
  const rejected = { field: 'start', value: plan.start.join(' '), reason: reasonOf(probe, 0) };
  const changed = {
    ...plan,
    ...better,
    alternatives: [onlyStart(plan), ...rest],
    rejected: [...plan.rejected, rejected],
  };
  const rebuilt = await buildOnce({ kind: 'generated', plan: changed }, context);
  if (rebuilt.made.facts.id !== outcome.made.facts.id) await forget(outcome.made, context);
  const subject = {
    imageId: rebuilt.made.facts.id,
    env: context.build.env,
    args: context.build.args ?? [],
  };
  await context.proofs.keep(subject, { ...probe, start: 0 });
  const warning = `It did not answer as ${plan.source} says; it does as ${better.source} says.`;
  return { ...rebuilt, probe, probeMs: outcome.probeMs, warnings: [...rebuilt.warnings, warning] };
}

function reasonOf({ tried }: ProbeResult, start: number): string {
  return tried.find((one) => one.start === start)?.reason ?? 'it did not answer';
}

/** An image that an earlier call made may be in use, and stays. */
async function forget({ facts, cached }: MadeImage, context: AttemptContext): Promise<void> {
  if (cached) return;
  await context.image.engine.images.remove(facts.id).catch((error: unknown) => {
    context.logger.warn('image.cleanup_pending', { image: facts.id, error: String(error) });
  });
}

import type { BasePair } from '../core/build-plan.js';
import { SlipwayError, errorText, isSlipwayError } from '../core/errors.js';
import { quoteValue } from '../core/options.js';
import { parseImageReference, type ImageReference } from '../engine/image-reference.js';
import { obtainImage } from '../engine/obtain-image.js';
import type { ImageFacts, ImageStore, PullProgress } from '../engine/ports.js';
import { imageDenial } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import { refuseBuild } from './refusal.js';

export interface BaseWish {
  readonly images: Pick<ImageStore, 'inspect' | 'pull'>;
  readonly policy: Policy;
  readonly pull: 'missing' | 'always';
  readonly platform: string | undefined;
  readonly onPull: (image: string, progress: PullProgress | null) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Base images that the engine has, by their name, as ids. */
export type BaseIds = Readonly<Record<string, string>>;

export interface ChosenBases {
  readonly pair: BasePair;
  readonly ids: BaseIds;
  /** Why better ones were not taken, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The first pair of base images that the engine has or can pull. What cannot be had is no failure
 * while there is another pair: a registry behind a firewall has some versions and not others.
 *
 * @throws {SlipwayError} of the first pair when none can be had; `POLICY_DENIED`
 */
export async function chooseBases(
  pairs: readonly BasePair[],
  wish: BaseWish,
): Promise<ChosenBases> {
  const warnings: string[] = [];
  let failure: SlipwayError | undefined;
  for (const pair of pairs) {
    try {
      return { pair, ids: await obtainBases([pair.build, pair.run], wish), warnings };
    } catch (error) {
      if (!isSlipwayError(error, 'PULL_FAILED')) throw error;
      failure ??= error;
      warnings.push(`${error.context.image} was not to be had; another version was taken.`);
    }
  }
  throw failure ?? new SlipwayError('INTERNAL', NO_PAIR);
}

const NO_PAIR = {
  message: 'The build plan names no base image.',
  hint: 'Report this with the repository that was built.',
  context: { where: 'base images' },
};

/**
 * Makes the engine have the images, and tells which ones they are right now.
 *
 * @throws {SlipwayError} `PULL_FAILED`, `POLICY_DENIED`, `BUILD_REFUSED` for a name that is none
 */
export async function obtainBases(names: readonly string[], wish: BaseWish): Promise<BaseIds> {
  const ids: Record<string, string> = {};
  for (const name of new Set(names)) ids[name] = (await obtain(name, wish)).id;
  return ids;
}

async function obtain(name: string, wish: BaseWish): Promise<ImageFacts> {
  refuseDenied(name, wish.policy);
  const { images, pull, platform, signal } = wish;
  const onPull = (progress: PullProgress | null): void => wish.onPull(name, progress);
  return obtainImage(images, { reference: name, pull, platform, onPull, signal });
}

function refuseDenied(name: string, policy: Policy): void {
  const parsed = baseReference(name);
  const denial = imageDenial(policy, {
    canonical: parsed.canonical,
    familiar: parsed.familiar,
    registry: parsed.kind === 'name' ? parsed.registry : undefined,
  });
  if (denial !== undefined) throw denial;
}

/** A caller did not write it, a Dockerfile did: a wrong one is no wrong input. */
function baseReference(name: string): ImageReference {
  try {
    return parseImageReference(name);
  } catch (error) {
    if (!isSlipwayError(error, 'INVALID_INPUT')) throw error;
    throw refuseBuild('Dockerfile', 'invalid', {
      message: `FROM ${quoteValue(name)} names no image: it ${error.context.rule}.`,
      hint: 'Correct it, give its build argument a default, or use another Dockerfile.',
    });
  }
}

/** An error of ours in one line, for a warning. */
export function inOneLine(error: unknown): string {
  return errorText(error).replaceAll(/\s+/g, ' ').slice(0, 400);
}

import type { BuildPlan, Detection, OwnDockerfile } from '../core/build-plan.js';
import { SlipwayError } from '../core/errors.js';
import { invalidInput, quoteValue } from '../core/options.js';
import type { DockerfilePreference } from './types.js';

/** One Dockerfile to try. */
export type Attempt =
  | { readonly kind: 'repository'; readonly dockerfile: OwnDockerfile }
  | { readonly kind: 'generated'; readonly plan: BuildPlan };

export interface Attempts {
  /** In the order in which they are tried; at least one. */
  readonly attempts: readonly Attempt[];
  /** Why something that is there is not tried, as sentences. */
  readonly skipped: readonly string[];
}

/**
 * Which Dockerfiles are tried for what was detected. Pure.
 *
 * @throws {SlipwayError} `NOT_A_SERVER`; `INVALID_INPUT` when one of several servers has to be
 * named, or the preference leaves nothing to try
 */
export function attemptsFor(detection: Detection, prefer: DockerfilePreference): Attempts {
  switch (detection.kind) {
    case 'unsupported':
      throw notAServer(detection.reason);
    case 'several':
      throw severalServers(detection.servers, 'subdir');
    case 'dockerfile':
      if (prefer === 'generated') {
        throw notAServer(
          'Only its own Dockerfile says how it is built, and it was not to be used.',
        );
      }
      return ownFirst(detection.dockerfile, [], prefer);
    case 'server': {
      const generated: readonly Attempt[] = [{ kind: 'generated', plan: detection.plan }];
      const { dockerfile } = detection;
      if (prefer === 'generated') return { attempts: generated, skipped: [] };
      if (dockerfile !== null) return ownFirst(dockerfile, generated, prefer);
      if (prefer === 'auto') return { attempts: generated, skipped: [] };
      const hint = 'Use "auto" or "generated". Nothing was built.';
      throw invalidInput('prefer', 'needs a Dockerfile in the repository', prefer, hint);
    }
  }
}

/** An own Dockerfile that cannot work is not tried where something else can be. */
function ownFirst(
  dockerfile: OwnDockerfile,
  others: readonly Attempt[],
  prefer: DockerfilePreference,
): Attempts {
  const own: Attempt = { kind: 'repository', dockerfile };
  if (prefer === 'repository') return { attempts: [own], skipped: [] };
  const [defect] = dockerfile.defects;
  const isTried = defect === undefined || others.length === 0;
  if (isTried) return { attempts: [own, ...others], skipped: [] };
  return { attempts: others, skipped: [`${dockerfile.path} was not tried: ${defect}`] };
}

export function notAServer(reason: string): SlipwayError<'NOT_A_SERVER'> {
  return new SlipwayError('NOT_A_SERVER', {
    message: `No MCP server was found: ${reason}`,
    hint: 'If there is one, name its folder with subdir, or give a Dockerfile. Nothing was built.',
    context: { reason },
  });
}

type Servers = Extract<Detection, { kind: 'several' }>['servers'];

/** A repository can have thousands. */
const NAMED_SERVERS = 20;

/** @param field the option of the caller that names a folder of the repository */
export function severalServers(
  servers: Servers,
  field: 'subdir' | 'contextPath',
): SlipwayError<'INVALID_INPUT'> {
  const named = servers.slice(0, NAMED_SERVERS);
  const folders = named.map(({ subdir, language }) => `${quoteValue(subdir)} (${language})`);
  const more = servers.length - named.length;
  const rest = more === 0 ? '' : ` and ${more} more`;
  const [first] = folders;
  const rule = `must name one of the ${servers.length} servers of the repository`;
  return new SlipwayError('INVALID_INPUT', {
    message: `${field} ${rule}: ${folders.join(', ')}${rest}.`,
    hint: `Call again with one of them, for example ${first ?? '"."'}. Nothing was built.`,
    context: { field, rule, value: 'undefined' },
  });
}

/**
 * `# syntax=docker/dockerfile:1`: the image of a program that reads the Dockerfile in the builder's
 * place, with the builder's rights.
 */
import { isSlipwayError } from '../core/errors.js';
import { parseDockerfile } from '../core/dockerfile.js';
import { quoteValue } from '../core/options.js';
import { parseImageReference } from '../engine/image-reference.js';
import { obtainBases, type BaseWish } from './base-images.js';
import { refuseBuild } from './refusal.js';

/** Docker's own, whose rules every builder also has built in. */
const OFFICIAL = 'docker.io/docker/dockerfile';

export interface SyntaxChoice {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * The Dockerfile as it can be read here. Docker's own reader is left out where it cannot be had:
 * the builder's own one reads all but the newest instructions. Nobody else's is run.
 *
 * @throws {SlipwayError} `BUILD_REFUSED` for a reader that is not Docker's
 */
export async function withKnownSyntax(
  text: string,
  file: string,
  wish: BaseWish,
): Promise<SyntaxChoice> {
  const syntax = parseDockerfile(text).directives['syntax'];
  if (syntax === undefined) return { text, warnings: [] };
  if (!isOfficial(syntax)) throw foreignSyntax(file, syntax);
  try {
    await obtainBases([syntax], wish);
    return { text, warnings: [] };
  } catch (error) {
    if (!isSlipwayError(error, 'PULL_FAILED') && !isSlipwayError(error, 'POLICY_DENIED')) {
      throw error;
    }
    const warning = `${syntax} was not to be had: the builder's own rules were used for ${file}.`;
    return { text: withoutDirective(text), warnings: [warning] };
  }
}

function isOfficial(syntax: string): boolean {
  try {
    const parsed = parseImageReference(syntax);
    return parsed.kind === 'name' && `${parsed.registry}/${parsed.repository}` === OFFICIAL;
  } catch {
    return false;
  }
}

/** The line stays, as an ordinary comment: lines of errors keep their numbers. */
function withoutDirective(text: string): string {
  return text.replace(/^(?<before>\uFEFF?(?:#[^\n]*\n)*?)#\s*syntax\s*=/i, '$<before># reader:');
}

function foreignSyntax(file: string, syntax: string): Error {
  return refuseBuild(file, 'invalid', {
    message: `${quoteValue(file)} names a program of its own to read it: ${quoteValue(syntax)}.`,
    hint: 'Remove the line "# syntax=…", or use "docker/dockerfile:1". Nothing was built.',
  });
}

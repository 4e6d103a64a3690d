import { posix } from 'node:path';
import { compilePattern, PatternError, type Budget, type Pattern } from './ignore-pattern.js';
import { refuseBuild } from './refusal.js';

/** Which rules matched a folder: what is below it starts from there. */
export type Matches = Uint8Array;

/** The rules of a `.dockerignore` file, for one walk over a build context. */
export interface IgnoreRules {
  /**
   * @param path relative to the context, with `/`
   * @param parent the matches of the folder it is in; undefined directly in the context
   */
  readonly test: (path: string, parent: Matches | undefined) => Verdict;
  /** May something below this ignored folder be taken in again by a `!` rule? */
  readonly mayReinclude: (folder: string) => boolean;
}

export interface Verdict {
  readonly ignored: boolean;
  readonly matches: Matches;
}

interface Rule {
  readonly pattern: Pattern;
  /** `!`: takes in again what an earlier rule left out. */
  readonly negated: boolean;
}

/** No real file has more; each costs time for each file of the context. */
const MAX_RULES = 1000;

/** PATH_MAX of Linux: a longer pattern matches no path. */
const MAX_PATTERN_CHARACTERS = 4096;

/** About a third of a second for all paths together. Only patterns made to be slow need more. */
const MAX_STEPS = 10_000_000;

/**
 * Reads a `.dockerignore` file as Docker does (moby/patternmatcher 0.6): patterns relative to the
 * context, the last match wins, a match of a folder counts for all that is in it.
 *
 * It is a matcher of our own because the pattern comes from strangers: its time is linear in
 * pattern and path, and bounded over all of them. @balena/dockerignore makes regular expressions,
 * and needs 4 s for `(a+)+$` and a name of 28 characters; it also ignores case.
 *
 * @param file its name, for errors
 * @param kept paths that stay in the context whatever the rules say
 * @throws {SlipwayError} `BUILD_REFUSED` naming the line of a wrong pattern
 */
export function parseDockerignore(
  text: string,
  { file, kept }: { readonly file: string; readonly kept: readonly string[] },
): IgnoreRules {
  const rules = [...readRules(text, file), ...kept.map(keepRule)];
  const negated = rules.filter((rule) => rule.negated).map((rule) => rule.pattern);
  const budget: Budget = { steps: MAX_STEPS };
  return {
    test: (path, parent) => {
      const result = applyRules(rules, path, { parent, budget });
      if (budget.steps >= 0) return result;
      throw refuseBuild(file, 'too_complex', {
        message: `${file} has patterns that take too long to match.`,
        hint: 'Use fewer and simpler patterns.',
      });
    },
    mayReinclude: (folder) => {
      const parts = folder.split('/');
      return negated.some(({ literalParts }) =>
        literalParts.every((part, at) => at >= parts.length || part === parts[at]),
      );
    },
  };
}

function readRules(text: string, file: string): readonly Rule[] {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, at) => readLine(line, `${file}, line ${at + 1}`, file));
  if (rules.length <= MAX_RULES) return rules;
  throw refuseBuild(file, 'too_complex', {
    message: `${file} has ${rules.length} patterns; the limit is ${MAX_RULES}.`,
    hint: 'Use fewer patterns: a pattern for a folder covers all that is in it.',
  });
}

function readLine(line: string, where: string, file: string): readonly Rule[] {
  const trimmed = line.trim();
  if (line.startsWith('#') || trimmed === '') return [];
  const negated = trimmed.startsWith('!');
  const written = normalized(negated ? trimmed.slice(1).trim() : trimmed);
  try {
    if (negated && /^\/?$/.test(written)) throw new PatternError('"!" needs a pattern after it');
    if (written.length > MAX_PATTERN_CHARACTERS) throw new PatternError('the pattern is too long');
    return [{ negated, pattern: compilePattern(written) }];
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw refuseBuild(file, 'invalid', {
      message: `${where}: ${error.message}.`,
      hint: 'Correct the pattern.',
    });
  }
}

/** As Go's filepath.Clean, and without the slash that stands for the context's root. */
function normalized(pattern: string): string {
  const clean = pattern === '' ? '' : posix.normalize(pattern);
  const relative = clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : clean;
  return (relative.length > 1 ? relative.replace(/\/$/, '') : relative).trim();
}

function keepRule(path: string): Rule {
  return { negated: true, pattern: compilePattern(path.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)) };
}

function applyRules(
  rules: readonly Rule[],
  path: string,
  { parent, budget }: { readonly parent: Matches | undefined; readonly budget: Budget },
): Verdict {
  const matches = new Uint8Array(rules.length);
  let ignored = false;
  for (const [at, { pattern, negated }] of rules.entries()) {
    const inherited = parent?.[at] === 1;
    // A rule that cannot change the verdict is not tried, and counts as not matched.
    if (!inherited && negated !== ignored) continue;
    if (!inherited && !pattern.matches(path, budget)) continue;
    matches[at] = 1;
    ignored = !negated;
  }
  return { ignored, matches };
}

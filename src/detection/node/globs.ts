/**
 * Whether a path fits a pattern of `workspaces`, `pnpm-workspace.yaml` or tsconfig's `include`: `*`
 * stays within a name, `**` spans folders. Takes time in proportion to both lengths, whatever the
 * pattern.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  return matches(partsOf(pattern), partsOf(path), { anything: '**', fits: matchesName });
}

function partsOf(text: string): string[] {
  return text.split('/').filter((part) => part !== '' && part !== '.');
}

function matchesName(pattern: string, name: string): boolean {
  const fits = (sign: string, character: string): boolean => sign === '?' || sign === character;
  return matches(pattern, name, { anything: '*', fits });
}

interface Signs {
  /** Stands for any number of pieces. */
  readonly anything: string;
  /** Whether another sign stands for that piece. */
  readonly fits: (sign: string, piece: string) => boolean;
}

/** Of parts or of characters. A greedy match with one way back: the newest sign for anything. */
function matches(
  pattern: ArrayLike<string>,
  pieces: ArrayLike<string>,
  { anything, fits }: Signs,
): boolean {
  let at = 0;
  let next = 0;
  let newest = -1;
  let resume = 0;
  while (next < pieces.length) {
    const sign = pattern[at];
    if (sign === anything) {
      newest = at;
      resume = next;
      at += 1;
    } else if (sign !== undefined && fits(sign, pieces[next] ?? '')) {
      at += 1;
      next += 1;
    } else if (newest >= 0) {
      resume += 1;
      at = newest + 1;
      next = resume;
    } else return false;
  }
  while (pattern[at] === anything) at += 1;
  return at === pattern.length;
}

/**
 * Whether a path fits a pattern of `workspaces`, `pnpm-workspace.yaml` or tsconfig's `include`: `*`
 * stays within a name, `**` spans folders. Takes time in proportion to both lengths, whatever the
 * pattern.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  return matchParts(partsOf(pattern), partsOf(path));
}

function partsOf(text: string): string[] {
  return text.split('/').filter((part) => part !== '' && part !== '.');
}

/** Greedy match with one way back: the newest `**`. */
function matchParts(pattern: readonly string[], path: readonly string[]): boolean {
  let at = 0;
  let next = 0;
  let wildcard = -1;
  let resume = 0;
  while (next < path.length) {
    const part = pattern[at];
    if (part === '**') {
      wildcard = at;
      resume = next;
      at += 1;
    } else if (part !== undefined && matchName(part, path[next] ?? '')) {
      at += 1;
      next += 1;
    } else if (wildcard >= 0) {
      resume += 1;
      at = wildcard + 1;
      next = resume;
    } else return false;
  }
  return pattern.slice(at).every((part) => part === '**');
}

function matchName(pattern: string, name: string): boolean {
  let at = 0;
  let next = 0;
  let wildcard = -1;
  let resume = 0;
  while (next < name.length) {
    const sign = pattern[at];
    if (sign === '*') {
      wildcard = at;
      resume = next;
      at += 1;
    } else if (sign === name[next] || sign === '?') {
      at += 1;
      next += 1;
    } else if (wildcard >= 0) {
      resume += 1;
      at = wildcard + 1;
      next = resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

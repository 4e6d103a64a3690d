/** Patterns on absolute paths of a container: `/out/report.csv`, `/out/*.csv`, `/out/**`. */

/** What {@link parsePathPattern} answers. */
export interface PathPattern {
  /** The text as given. */
  readonly pattern: string;
  /** The longest path before the first wildcard: what has to be fetched to look for matches. */
  readonly root: string;
  readonly matches: (path: string) => boolean;
}

/** More wildcards than anybody needs would make matching slow for hostile names. */
const MAX_WILDCARDS = 8;

/**
 * Reads a pattern: `*` and `?` within one name, and `**` once for any number of folders. Returns
 * the rule that is broken when it is none.
 */
export function parsePathPattern(pattern: string): PathPattern | string {
  if (!pattern.startsWith('/')) return 'must be an absolute path';
  const segments = pattern.split('/').slice(1);
  const firstWild = segments.findIndex(isWild);
  const root = `/${segments.slice(0, firstWild === -1 ? undefined : firstWild).join('/')}`;
  if (root === '/') return 'must name a folder before the first wildcard';
  const anyDepth = segments.filter((segment) => segment === '**');
  if (anyDepth.length > 1) return 'must have "**" at most once';
  if ((pattern.match(/[*?]/g) ?? []).length > MAX_WILDCARDS + 2) {
    return `must have at most ${MAX_WILDCARDS} wildcards`;
  }
  // Without a wildcard it is a file, or a folder with all that is below it.
  const expression = firstWild === -1 ? toRegExp([...segments, '**']) : toRegExp(segments);
  return { pattern, root, matches: (path) => path === pattern || expression.test(path) };
}

function isWild(segment: string): boolean {
  return /[*?]/.test(segment);
}

function toRegExp(segments: readonly string[]): RegExp {
  const parts = segments.map((segment, index) => {
    if (segment !== '**') return `/${segmentSource(segment)}`;
    return index === segments.length - 1 ? '/.+' : '(?:/.+)?';
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

function segmentSource(segment: string): string {
  return segment
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]');
}

/** Patterns on full image names, as an operator writes them. */

const WHOLE_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\]|localhost)(?::\d+)?$/;

/**
 * Is the registry an address rather than a public name? Asking it would let a caller find out
 * what listens inside the operator's network, so a wildcard does not cover it.
 */
export function namesPrivateHost(registry: string): boolean {
  return WHOLE_ADDRESS.test(registry) || !registry.includes('.');
}

/** Does a pattern match? With `literalRegistry`, only one that writes the registry out counts. */
export function matchesAny(
  patterns: readonly string[],
  canonical: string,
  options: { readonly literalRegistry: boolean } = { literalRegistry: false },
): boolean {
  return patterns.some((pattern) => {
    if (options.literalRegistry && pattern.split('/')[0]?.includes('*') !== false) return false;
    return pattern === '*' || toRegExp(pattern).test(canonical);
  });
}

/** `*` is any characters but `/`; everything else is itself. Linear: no nested repetition. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split(/\*+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^/]*');
  return new RegExp(`^${source}$`);
}

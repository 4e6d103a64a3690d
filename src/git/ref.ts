import { invalidInput } from '../core/options.js';

/** What is checked out: a branch or tag by its name, or one commit. */
export type Ref =
  | { readonly kind: 'name'; readonly name: string }
  /** `id` is 40 (SHA-1) or 64 (SHA-256) hexadecimal digits in lower case. */
  | { readonly kind: 'commit'; readonly id: string };

const MAX_CHARACTERS = 200;
const COMMIT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Reads a branch name, a tag name or a full commit id.
 *
 * @throws {SlipwayError} `INVALID_INPUT`
 */
export function parseRef(value: string): Ref {
  const rule = refRule(value);
  if (rule !== undefined) throw invalidInput('ref', rule, value);
  const id = value.toLowerCase();
  return COMMIT_ID.test(id) ? { kind: 'commit', id } : { kind: 'name', name: value };
}

/**
 * The rule that `value` breaks, or undefined. The rules are those of `git check-ref-format`, and
 * three of ours: printable ASCII, because a name is shown to people and models; no leading `-`,
 * so that it is never an option; no lone `@`, which git reads as HEAD.
 */
export function refRule(value: string): string | undefined {
  if (value.length === 0 || value.length > MAX_CHARACTERS) {
    return `must have 1 to ${MAX_CHARACTERS} characters`;
  }
  return RULES.find(([broken]) => broken.test(value))?.[1];
}

const RULES: readonly (readonly [RegExp, string])[] = [
  [/[^\x21-\x7e]/, 'must be printable ASCII without spaces'],
  [/^-/, 'must not start with "-"'],
  [/[~^:?*[\\]/, 'must not contain any of ~ ^ : ? * [ \\'],
  [/\.\.|@\{|^@$/, 'must not contain ".." or "@{", or be "@"'],
  [/^\/|\/\/|\/$/, 'must not start or end with "/" or contain "//"'],
  [/\.$/, 'must not end with "."'],
  [/(?:^|\/)\.|\.lock(?:\/|$)/, 'must not have a part that starts with "." or ends with ".lock"'],
];

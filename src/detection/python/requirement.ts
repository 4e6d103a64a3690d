/** Requirements as PEP 508 writes them, and as poetry writes them. */

export interface Requirement {
  /** Normalized: lower case, runs of `-_.` as one `-`. */
  readonly name: string;
  /** The requirement as one word for an installer. */
  readonly text: string;
  /** `>=1.6,<2`; empty when any version will do. */
  readonly specifier: string;
  /** `git+https://…`; null for one that comes from an index. */
  readonly url: string | null;
}

const requirement =
  /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(?:@\s*(\S+)|\(?([^;()]*)\)?)\s*(?:;.*)?$/;

const longest = 500;

/** Undefined for what is none: an option, a path, a broken line. */
export function parseRequirement(text: string): Requirement | undefined {
  const trimmed = text.trim();
  if (trimmed.length > longest) return undefined;
  const match = requirement.exec(trimmed);
  const name = match?.[1];
  if (match === null || name === undefined) return undefined;
  return {
    name: normalizeName(name),
    text: trimmed,
    specifier: (match[4] ?? '').replaceAll(/\s/g, ''),
    url: match[3] ?? null,
  };
}

/** PEP 503. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** The requirements of a requirements.txt, without its options, editable installs and includes. */
export function parseRequirementsFile(text: string): Requirement[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').replace(/\s--hash[= ].*$/, ''))
    .map((line) => parseRequirement(line))
    .filter((found) => found !== undefined);
}

/** One entry of `[tool.poetry.dependencies]`; undefined for python itself and for paths. */
export function fromPoetry(name: string, value: unknown): Requirement | undefined {
  if (normalizeName(name) === 'python') return undefined;
  if (typeof value === 'string') return parseRequirement(`${name}${poetrySpecifier(value)}`);
  const table = Array.isArray(value) ? value.find(isTable) : value;
  if (!isTable(table)) return undefined;
  if (table['path'] !== undefined || table['optional'] === true) return undefined;
  const extras = Array.isArray(table['extras']) ? `[${table['extras'].join(',')}]` : '';
  if (typeof table['git'] === 'string') {
    const ref = [table['rev'], table['tag'], table['branch']].find(
      (one) => typeof one === 'string',
    );
    return parseRequirement(
      `${name}${extras} @ git+${table['git']}${ref === undefined ? '' : `@${ref}`}`,
    );
  }
  const version = typeof table['version'] === 'string' ? table['version'] : '*';
  return parseRequirement(`${name}${extras}${poetrySpecifier(version)}`);
}

/** `^1.6` as `>=1.6,<2`; `~1.6` as `>=1.6,<1.7`; `*` as nothing. */
export function poetrySpecifier(text: string): string {
  return text
    .split(',')
    .map((clause) => poetryClause(clause.trim()))
    .filter((clause) => clause !== '')
    .join(',');
}

function poetryClause(clause: string): string {
  if (clause === '*' || clause === '') return '';
  const caret = /^([\^~])(?!=)\s*(\d+(?:\.\d+)*)(\S*)$/.exec(clause);
  if (caret !== null) {
    const numbers = (caret[2] ?? '').split('.').map(Number);
    const at = caret[1] === '^' ? caretIndex(numbers) : Math.min(1, numbers.length - 1);
    const upper = [...numbers.slice(0, at), (numbers[at] ?? 0) + 1].join('.');
    return `>=${caret[2]}${caret[3]},<${upper}`;
  }
  if (/^\d+(\.\d+)*\.\*$/.test(clause)) return `==${clause}`;
  return /^\d/.test(clause) ? `==${clause}` : clause.replaceAll(/\s/g, '');
}

/** A caret keeps everything up to the first number that is not zero. */
function caretIndex(numbers: readonly number[]): number {
  const first = numbers.findIndex((number) => number !== 0);
  return first === -1 ? numbers.length - 1 : first;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

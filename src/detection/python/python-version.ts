/** Which Python a server gets. */

/** Of the images on Docker Hub, the one to prefer first. */
const minors = [13, 12, 11, 14, 10];

/** `python:3.12-slim` and its kin as `3.12`, best first; never empty. */
export interface PythonChoice {
  readonly versions: readonly string[];
  readonly source: string;
  readonly reason: string;
}

/** What speaks for a version besides the preferred order. */
export interface VersionWishes {
  /** `>=3.10,<3.13`, clauses joined by `,`, alternatives by `||`; null when nothing is asked. */
  readonly constraint: string | null;
  /** The text of .python-version. */
  readonly pinned: string | undefined;
  /** How many locked packages have no wheel for a minor version: these must be compiled. */
  readonly compiled: (minor: number) => number;
}

export function choosePython(wishes: VersionWishes): PythonChoice {
  const { constraint } = wishes;
  const permitted = minors.filter((minor) => constraint === null || permits(constraint, minor));
  const usable = permitted.length > 0 ? permitted : minors;
  const pinned = pinnedMinor(wishes.pinned);
  const order = usable.toSorted((left, right) => {
    const gaps = wishes.compiled(left) - wishes.compiled(right);
    return gaps === 0 ? Number(String(right) === pinned) - Number(String(left) === pinned) : gaps;
  });
  const versions = order.map((minor) => `3.${minor}`);
  if (String(order[0]) === pinned) {
    return { versions, source: '.python-version', reason: 'The repository pins it.' };
  }
  if (order[0] !== usable[0]) {
    return { versions, source: 'lockfile', reason: 'Most locked packages have a wheel for it.' };
  }
  if (constraint === null) {
    return { versions, source: 'default', reason: 'The repository asks for no version.' };
  }
  return permitted.length > 0
    ? { versions, source: 'requires-python', reason: 'The preferred version that it permits.' }
    : { versions, source: 'default', reason: 'No image satisfies what requires-python asks for.' };
}

/** 3.10 gets no more fixes: a pin to it is a habit, where requires-python permits more. */
function pinnedMinor(text: string | undefined): string | undefined {
  const minor = /^(?:cpython-|python-?)?3\.(\d+)/.exec(text?.trim() ?? '')?.[1];
  return Number(minor) > 10 ? minor : undefined;
}

/** Whether some release of `3.<minor>` satisfies it; the last releases are meant. */
export function permits(constraint: string, minor: number): boolean {
  return constraint
    .split('||')
    .some((part) => part.split(',').every((clause) => satisfies(clause.trim(), minor)));
}

function satisfies(clause: string, minor: number): boolean {
  const match = /^(>=|<=|==|!=|~=|>|<|=)?\s*(\d+)(?:\.(\d+|\*))?(?:\.(\d+|\*))?/.exec(clause);
  if (match === null) return true;
  const major = Number(match[2]);
  if (match[3] === undefined || match[3] === '*') return satisfiesMajor(match[1] ?? '==', major);
  const patch = match[4] === undefined || match[4] === '*' ? null : Number(match[4]);
  const difference = (3 - major) * 100 + minor - Number(match[3]);
  const holds = operators.get(match[1] ?? '==');
  return holds === undefined ? difference === 0 : holds(difference, patch);
}

function satisfiesMajor(operator: string, major: number): boolean {
  if (operator === '<' || operator === '<=') return major > 3;
  if (operator === '>') return major < 3;
  if (operator === '!=') return major !== 3;
  return operator === '>=' || operator === '~=' ? major <= 3 : major === 3;
}

/** By the difference of the minor versions, and the patch the clause names, if any. */
const operators = new Map<string, (difference: number, patch: number | null) => boolean>([
  ['>=', (difference) => difference >= 0],
  ['>', (difference, patch) => difference > 0 || (difference === 0 && patch !== null)],
  ['<', (difference) => difference < 0],
  ['<=', (difference, patch) => difference < 0 || (difference === 0 && patch === null)],
  ['~=', (difference, patch) => (patch === null ? difference >= 0 : difference === 0)],
  ['!=', (difference, patch) => difference !== 0 || patch !== null],
]);

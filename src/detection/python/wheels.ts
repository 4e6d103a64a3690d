import type { Lock, LockedPackage } from './lock.js';

/** What comes as sources only and is compiled. Most of what has no wheel at all is pure Python. */
const knownNative: ReadonlySet<string> = new Set(
  'annoy fasttext mysqlclient netifaces pgvector-c psycopg2 pyaudio pycairo pygraphviz pysqlite3 python-ldap uwsgi xmlsec'.split(
    ' ',
  ),
);

/** Locked packages that a Python version finds no wheel of for Linux. */
export function withoutWheel(lock: Lock | undefined, minor: number): LockedPackage[] {
  if (lock === undefined) return [];
  const byName = groupByName(
    lock.packages.filter((one) => !isForOtherSystem(one)),
    (one) => one.name,
  );
  // A lock may hold one name several times, for several versions of Python.
  return [...byName.values()]
    .filter(
      (forks) =>
        forks.some((one) => one.wheels.length > 0) || knownNative.has(forks[0]?.name ?? ''),
    )
    .filter((forks) => !forks.some((one) => one.wheels.some((wheel) => fits(wheel, minor))))
    .flatMap((forks) => forks.slice(0, 1));
}

/** Only for Windows or macOS: there are wheels, and none of them is for Linux. */
function isForOtherSystem(entry: LockedPackage): boolean {
  if (/\b(?:win32|darwin|Windows|Darwin)\b/.test(entry.marker ?? '')) return true;
  return entry.wheels.length > 0 && !entry.wheels.some((wheel) => /linux|-any\.whl$/.test(wheel));
}

function fits(wheel: string, minor: number): boolean {
  const match = /-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(wheel);
  if (match === null) return false;
  const [, python = '', abi = '', platform = ''] = match;
  if (!/linux|^any$/.test(platform)) return false;
  if (abi.includes('abi3')) {
    return [...python.matchAll(/cp3(\d+)/g)].some((one) => Number(one[1]) <= minor);
  }
  if (abi === 'none') return /py3/.test(python) || python.split('.').includes(`cp3${minor}`);
  return python.split('.').includes(`cp3${minor}`) && abi === `cp3${minor}`;
}

/** What the lock pins for Linux, one version a name. */
export function withoutOtherSystems(lock: Lock): LockedPackage[] {
  const usable = lock.packages.filter((one) => !isForOtherSystem(one) && !one.fromGit);
  return [...new Map(usable.map((one) => [one.name, one])).values()];
}

export function groupByName<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

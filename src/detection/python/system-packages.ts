import type { Lock } from './lock.js';
import { importedModules, type SourceFile } from './modules.js';
import type { Requirement } from './requirement.js';
import { withoutWheel } from './wheels.js';

/** Debian packages that the build needs and that the server needs to be imported. */
export interface SystemPackages {
  readonly build: readonly string[];
  readonly run: readonly string[];
  /** Package and what asks for it. */
  readonly reasons: readonly (readonly [string, string])[];
}

const compilers = ['g++', 'gcc', 'make', 'pkg-config'];

/** Distributions that have no wheel for Linux, with the headers they are compiled against. */
const headers = new Map<string, readonly string[]>(
  Object.entries({
    mysqlclient: ['default-libmysqlclient-dev'],
    psycopg2: ['libpq-dev'],
    pyaudio: ['portaudio19-dev'],
    pycairo: ['libcairo2-dev'],
    pygraphviz: ['libgraphviz-dev'],
    'python-ldap': ['libldap2-dev', 'libsasl2-dev'],
    xmlsec: ['libxmlsec1-dev'],
  }),
);

/** Libraries that a package loads when it is imported and that its wheel does not bring. */
const libraries = new Map<string, readonly string[]>(
  Object.entries({
    cairocffi: ['libcairo2'],
    cairosvg: ['libcairo2'],
    gitpython: ['git'],
    mysqlclient: ['libmariadb3'],
    'opencv-contrib-python': ['libgl1', 'libglib2.0-0'],
    'opencv-python': ['libgl1', 'libglib2.0-0'],
    psycopg2: ['libpq5'],
    pyaudio: ['libportaudio2'],
    pycairo: ['libcairo2'],
    pygraphviz: ['libgraphviz-dev'],
    pyodbc: ['unixodbc'],
    'python-ldap': ['libldap-common'],
    'python-magic': ['libmagic1'],
    pyzbar: ['libzbar0'],
    weasyprint: ['libpango-1.0-0', 'libpangoft2-1.0-0'],
  }),
);

export function systemPackages(
  lock: Lock | undefined,
  minor: number,
  requirements: readonly Requirement[],
  sources: readonly SourceFile[],
): SystemPackages {
  const names = new Set([...requirements, ...(lock?.packages ?? [])].map((one) => one.name));
  const reasons: [string, string][] = [];
  const build = new Set<string>();
  const run = new Set<string>();
  const need = (into: Set<string>, packages: readonly string[], why: string) => {
    for (const one of packages) {
      into.add(one);
      reasons.push([one, why]);
    }
  };
  for (const one of withoutWheel(lock, minor)) {
    if (!one.fromGit) need(build, compilers, `${one.name} has no wheel for Python 3.${minor}.`);
  }
  for (const name of names) {
    const toCompile = headers.get(name);
    if (toCompile !== undefined) need(build, [...compilers, ...toCompile], `${name} is compiled.`);
    need(run, libraries.get(name) ?? [], `${name} loads it when it is imported.`);
  }
  const fromGit =
    lock?.packages.some((one) => one.fromGit) === true ||
    requirements.some((one) => one.url?.startsWith('git+') === true);
  if (fromGit) need(build, ['git'], 'A dependency comes from a git repository.');
  if (usesGit(sources)) need(run, ['git'], 'The source runs git.');
  return { build: [...build].sort(), run: [...run].sort(), reasons };
}

function usesGit(sources: readonly SourceFile[]): boolean {
  return sources.some(
    (file) =>
      importedModules(file).includes('git') ||
      (/\bsubprocess\b/.test(file.code) && /[[(]\s*["']git["']\s*,/.test(file.code)),
  );
}

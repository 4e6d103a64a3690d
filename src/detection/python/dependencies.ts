import type { Lock } from './lock.js';
import type { PythonManifest } from './manifest.js';
import type { Modules, SourceFile } from './modules.js';
import { normalizeName, parseRequirement, type Requirement } from './requirement.js';
import { standardModules } from './standard-modules.js';
import { parseToml, textsAt } from '../support/toml.js';

/** What the server imports beyond what is installed by default. */
export interface Missing {
  /** Extras of the project that bring it. */
  readonly extras: readonly string[];
  /** Dependency groups that bring it. */
  readonly groups: readonly string[];
  /** No manifest names it. */
  readonly undeclared: readonly Requirement[];
}

/** Distributions whose module has another name. */
const distributions = new Map<string, string>(
  Object.entries({
    attr: 'attrs',
    bs4: 'beautifulsoup4',
    cv2: 'opencv-python-headless',
    dateutil: 'python-dateutil',
    docx: 'python-docx',
    dotenv: 'python-dotenv',
    fitz: 'pymupdf',
    git: 'gitpython',
    github: 'pygithub',
    googleapiclient: 'google-api-python-client',
    google_auth_oauthlib: 'google-auth-oauthlib',
    jose: 'python-jose',
    jwt: 'pyjwt',
    magic: 'python-magic',
    MySQLdb: 'mysqlclient',
    mysql: 'mysql-connector-python',
    OpenSSL: 'pyopenssl',
    PIL: 'pillow',
    pptx: 'python-pptx',
    psycopg2: 'psycopg2-binary',
    serial: 'pyserial',
    skimage: 'scikit-image',
    sklearn: 'scikit-learn',
    slack_sdk: 'slack-sdk',
    telegram: 'python-telegram-bot',
    yaml: 'pyyaml',
    zmq: 'pyzmq',
  }),
);

export function missingDependencies(
  sources: readonly SourceFile[],
  modules: Modules,
  manifest: PythonManifest | undefined,
  lock: Lock | undefined,
): Missing {
  const listed = [...(manifest?.requirements ?? []), ...(lock?.packages ?? [])];
  const installed = new Set(listed.map((one) => one.name));
  const wanted = importedDistributions(sources, modules).filter((name) => !installed.has(name));
  const extras = manifest === undefined ? [] : providers(manifest.extras, wanted);
  const groups = manifest === undefined ? [] : providers(manifest.groups, wanted);
  const brought = extras.length > 0 || groups.length > 0;
  const isListed = installed.size > 0 || (manifest !== undefined && manifest.declaredIn !== null);
  return {
    extras,
    groups: groups.filter((group) => group !== 'dev'),
    undeclared: isListed ? undeclaredSdk(brought ? [] : wanted, installed) : toRequirements(wanted),
  };
}

/** A manifest that forgets the SDK itself: nothing else of the project can bring it. */
function undeclaredSdk(wanted: readonly string[], installed: ReadonlySet<string>): Requirement[] {
  const bringers = [...installed].some((name) => /mcp|gradio|smithery/.test(name));
  return bringers
    ? []
    : toRequirements(wanted.filter((name) => name === 'mcp' || name === 'fastmcp'));
}

function toRequirements(names: readonly string[]): Requirement[] {
  return names.map((name) => parseRequirement(name)).filter((found) => found !== undefined);
}

/** Names of the tables that list one of the wanted packages. */
function providers(
  tables: Readonly<Record<string, readonly Requirement[]>>,
  wanted: readonly string[],
): string[] {
  const names = new Set<string>();
  for (const one of wanted) {
    const holders = Object.keys(tables).filter(
      (table) => tables[table]?.some((entry) => entry.name === one) === true,
    );
    const best =
      holders.find((name) => /mcp|server/i.test(name)) ??
      holders.find((name) => !/dev|test|lint|all|doc/i.test(name)) ??
      holders[0];
    if (best !== undefined && /^[A-Za-z0-9][\w.-]*$/.test(best)) names.add(best);
  }
  return [...names].sort();
}

/** Distributions behind the imports that every start runs: those at the margin. */
function importedDistributions(sources: readonly SourceFile[], modules: Modules): string[] {
  const names = new Set<string>();
  for (const { code } of sources) {
    for (const match of code.matchAll(/^(?:from|import)[ \t]+([A-Za-z_]\w*)/gm)) {
      const module = match[1] ?? '';
      if (standardModules.has(module) || modules.find(module) !== undefined) continue;
      names.add(normalizeName(distributions.get(module) ?? module));
    }
  }
  return [...names].sort();
}

/** The dependencies a script carries itself (PEP 723); empty when it carries none. */
export function inlineRequirements(source: string): Requirement[] {
  const block = /^# \/\/\/ script\s*\n((?:#[^\n]*\n)*?)# \/\/\/\s*$/m.exec(source)?.[1];
  if (block === undefined) return [];
  const table = parseToml(block.replaceAll(/^# ?/gm, ''));
  return textsAt(table, 'dependencies')
    .map((text) => parseRequirement(text))
    .filter((found) => found !== undefined);
}

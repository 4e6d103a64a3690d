import type { BuildStep } from '../../core/build-plan.js';
import type { LockFacts } from './lockfile.js';
import type { NodeManager } from './package-manager.js';
import type { Member } from './workspace.js';

/** What packages with native code need; their install scripts download a binary or compile one. */
interface NativeNeeds {
  readonly build: readonly string[];
  readonly run: readonly string[];
}

const COMPILER = ['g++', 'make', 'python3'] as const;
const PLAIN: NativeNeeds = { build: COMPILER, run: [] };

/**
 * Packages that do not work without their install script, with the Debian packages their own
 * documentation asks for. Downloads of browsers and of command line tools are not among them.
 */
const NATIVE: ReadonlyMap<string, NativeNeeds> = new Map<string, NativeNeeds>([
  ...[
    'argon2',
    'bcrypt',
    'better-sqlite3',
    'better-sqlite3-multiple-ciphers',
    'hnswlib-node',
    'isolated-vm',
    'kerberos',
    'leveldown',
    'mongodb-client-encryption',
    'node-pty',
    're2',
    'robotjs',
    'serialport',
    'sodium-native',
    'sqlite3',
    'tree-sitter',
    'zeromq',
  ].map((name) => [name, PLAIN] as const),
  ['keytar', { build: [...COMPILER, 'libsecret-1-dev', 'pkg-config'], run: ['libsecret-1-0'] }],
  ['usb', { build: [...COMPILER, 'libudev-dev'], run: [] }],
  [
    'canvas',
    {
      build: [
        ...COMPILER,
        'libcairo2-dev',
        'libgif-dev',
        'libjpeg-dev',
        'libpango1.0-dev',
        'librsvg2-dev',
        'pkg-config',
      ],
      run: [
        'libcairo2',
        'libgif7',
        'libjpeg62-turbo',
        'libpango-1.0-0',
        'libpangocairo-1.0-0',
        'librsvg2-2',
      ],
    },
  ],
]);

export interface NativePackages {
  /** Declared by the server itself: it does not start without them. */
  readonly direct: readonly string[];
  /** Brought by others, which often do without. */
  readonly brought: readonly string[];
  readonly aptBuild: readonly string[];
  readonly aptRun: readonly string[];
}

export function nativePackages(members: readonly Member[], lock: LockFacts | null): NativePackages {
  const declared = new Set(
    members.flatMap(({ manifest }) => [
      ...manifest.dependencies.keys(),
      ...manifest.optionalDependencies.keys(),
    ]),
  );
  const names = [...NATIVE.keys()].sort();
  const direct = names.filter((name) => declared.has(name));
  const brought = names.filter(
    (name) =>
      !declared.has(name) && lock?.packages.has(name) === true && !lock.development.has(name),
  );
  const needs = [...direct, ...brought].flatMap((name) => NATIVE.get(name) ?? []);
  return {
    direct,
    brought,
    aptBuild: distinct(needs.flatMap(({ build }) => build)),
    aptRun: distinct(needs.flatMap(({ run }) => run)),
  };
}

/** `folder` is where the packages are installed. */
export function rebuildSteps(
  natives: NativePackages,
  manager: NodeManager,
  folder: string,
): BuildStep[] {
  const command = manager === 'pnpm' ? PNPM_REBUILD : NPM_REBUILD;
  const environment = { npm_config_nodedir: '/usr/local' };
  const steps: BuildStep[] = [];
  if (natives.direct.length > 0) {
    steps.push({ run: [...command, ...natives.direct], folder, environment });
  }
  if (natives.brought.length > 0) {
    steps.push({ run: [...command, ...natives.brought], otherwise: ['true'], folder, environment });
  }
  return steps;
}

/** A .npmrc of the repository may turn scripts off; pnpm from 10 on runs none that nobody permitted. */
const NPM_REBUILD = ['npm', 'rebuild', '--ignore-scripts=false', '--foreground-scripts'] as const;
const PNPM_REBUILD = [
  'pnpm',
  'rebuild',
  '--config.ignoreScripts=false',
  '--config.dangerouslyAllowAllBuilds=true',
] as const;

/**
 * Node's headers where the base image has none: from the npm package of the same Node, so that a
 * compile needs no other host than the registry.
 */
export function headersStep(): BuildStep {
  return { run: ['node', '-e', FETCH_HEADERS], folder: '.' };
}

const FETCH_HEADERS = [
  `const fs = require('node:fs')`,
  `const { execFileSync } = require('node:child_process')`,
  `if (!fs.existsSync('/usr/local/include/node/node.h')) {` +
    ` const name = 'node-linux-' + process.arch;` +
    ` execFileSync('npm', ['install', '--prefix', '/opt/node-headers', '--no-save', '--ignore-scripts', name + '@' + process.versions.node], { stdio: 'inherit' });` +
    ` fs.mkdirSync('/usr/local/include', { recursive: true });` +
    ` fs.symlinkSync('/opt/node-headers/node_modules/' + name + '/include/node', '/usr/local/include/node') }`,
].join('; ');

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

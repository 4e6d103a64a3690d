import type { BuildStep, Rejected } from '../../core/build-plan.js';
import type { Candidate } from './candidates.js';
import { packageName } from './imports.js';
import { programOf } from './manager-commands.js';
import { rebuildSteps, type NativePackages } from './native.js';
import type { ManagerChoice } from './package-manager.js';
import { isIn } from '../support/paths.js';
import { imagePath, wayTo } from './paths.js';
import { bundles } from './resolve-entry.js';
import type { Layout } from './workspace.js';

export interface PruneContext {
  readonly layout: Layout;
  readonly choice: ManagerChoice;
  readonly entry: Candidate;
  /** What the build runs, and the texts of the bundler's settings. */
  readonly buildText: string;
  readonly settings: string;
  readonly natives: NativePackages;
}

export interface PrunePlan {
  readonly prune: readonly BuildStep[];
  readonly rejected: readonly Rejected[];
}

/** Takes the packages of development out, unless the server runs with one of them. */
export function prunePlan(context: PruneContext): PrunePlan {
  const kept = neededForDevelopment(context);
  if (kept.length === 0) return { prune: pruneSteps(context), rejected: [] };
  const value = kept.slice(0, 5).join(', ');
  const reason = 'The server needs packages that are declared for development only.';
  return { prune: [], rejected: [{ field: 'prune', value, reason }] };
}

function neededForDevelopment(context: PruneContext): string[] {
  const { manifest } = context.layout.target;
  const isDevOnly = (name: string): boolean =>
    manifest.devDependencies.has(name) &&
    !manifest.dependencies.has(name) &&
    !manifest.optionalDependencies.has(name);
  const runner = context.entry.runner.filter((word) => word !== 'node' && isDevOnly(word));
  const used = [...ownPackages(context)].filter(
    (name) => isDevOnly(name) && !name.startsWith('@types/'),
  );
  if (!bundles(context.buildText)) return [...runner, ...used].sort();
  const left = used.filter((name) => staysOutside(name, context));
  return [...runner, ...left].sort();
}

/** What the target's own files import: other packages of the workspace bring theirs. */
function ownPackages({ layout, entry }: PruneContext): Set<string> {
  const others = layout.needed.map(({ folder }) => folder);
  const files = (entry.reach?.files ?? []).filter(
    ({ path }) => !others.some((folder) => isIn(folder, path)),
  );
  return new Set(files.flatMap((file) => file.imports.flatMap((name) => packageName(name) ?? [])));
}

/** A bundler was told to leave the package where it is. */
function staysOutside(name: string, { buildText, settings }: PruneContext): boolean {
  const all = /--packages[= ]external|packages\s*:\s*['"]external['"]|nodeExternals\(/;
  if (all.test(buildText) || all.test(settings)) return true;
  const named = new RegExp(`--external[: =]['"]?${escaped(name)}(?:['"\\s/]|$)`, 'm');
  if (named.test(buildText)) return true;
  const external = /\bexternals?\s*:/.test(settings);
  return external && (settings.includes(`'${name}'`) || settings.includes(`"${name}"`));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, (sign) => `\\${sign}`);
}

function pruneSteps(context: PruneContext): BuildStep[] {
  const { layout, choice } = context;
  const folder = wayTo(layout.context, layout.root.folder);
  const program = programOf(choice, imagePath(layout.context, layout.root.folder));
  switch (choice.name) {
    case 'npm':
      return [npmPrune(folder)];
    case 'pnpm':
      return pnpmPrune(context, folder, program);
    case 'yarn':
      return [yarnPrune(folder, program)];
    case 'yarn-berry':
      return [berryPrune(context, program)];
    case 'bun':
      return installAnew(context, folder, {
        run: [...program, 'install', '--production', '--ignore-scripts'],
        otherwise: [...program, 'install', '--ignore-scripts'],
        folder,
      });
  }
}

/** An image with too much in it answers, so no prune fails a build. */
const ANYWAY = ['true'] as const;

/** Of what is installed, which is not always what the lock says. */
function npmPrune(folder: string): BuildStep {
  const run = ['npm', 'prune', '--omit=dev', '--no-package-lock', '--ignore-scripts', '--no-audit'];
  return { run, otherwise: ANYWAY, folder };
}

function yarnPrune(folder: string, program: readonly string[]): BuildStep {
  const flags = ['--production', '--ignore-scripts', '--ignore-engines', '--prefer-offline'];
  return { run: [...program, 'install', ...flags], otherwise: ANYWAY, folder };
}

function berryPrune({ layout }: PruneContext, program: readonly string[]): BuildStep {
  return {
    run: [...program, 'workspaces', 'focus', '--production'],
    otherwise: ANYWAY,
    folder: wayTo(layout.context, layout.target.folder),
    environment: { YARN_ENABLE_SCRIPTS: 'false' },
  };
}

/** `pnpm prune` knows no workspaces: there the target and what it needs are installed again. */
function pnpmPrune(context: PruneContext, folder: string, program: readonly string[]): BuildStep[] {
  const { layout } = context;
  if (layout.members.length === 0) {
    const run = [...program, 'prune', '--prod', '--ignore-scripts'];
    return [{ run, otherwise: ANYWAY, folder }];
  }
  const target = wayTo(layout.root.folder, layout.target.folder);
  const filter =
    target === '.' || !/^[\w@./-]+$/.test(target) ? [] : ['--filter', `./${target}...`];
  const words = [
    ...program,
    'install',
    '--prod',
    '--ignore-scripts',
    '--prefer-offline',
    ...filter,
  ];
  return installAnew(context, folder, {
    run: [...words, '--frozen-lockfile'],
    otherwise: [...words, '--no-frozen-lockfile'],
    folder,
  });
}

/** What was compiled goes with the folders that are taken away. */
function installAnew(context: PruneContext, folder: string, install: BuildStep): BuildStep[] {
  const { layout, natives, choice } = context;
  const packages = [layout.root, ...layout.members].map((member) => member.folder);
  const folders = [...new Set(packages)].map((path) =>
    imagePath(layout.context, `${path}/node_modules`),
  );
  const rebuild = rebuildSteps(natives, choice.name, wayTo(layout.context, layout.target.folder));
  return [{ run: ['rm', '-rf', '--', ...folders.sort()], folder }, install, ...rebuild];
}

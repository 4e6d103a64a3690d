import type { BuildStep, Evidence } from '../../core/build-plan.js';
import type { SourceTree } from '../source-tree.js';
import { programOf } from './manager-commands.js';
import type { ManagerChoice } from './package-manager.js';
import { isIn, joinInside } from '../support/paths.js';
import { imagePath, wayTo } from './paths.js';
import type { Layout } from './workspace.js';

export interface InstallPlan {
  readonly manifests: readonly string[];
  readonly install: readonly BuildStep[];
  readonly evidence: readonly Evidence[];
}

/** Dependencies with all scripts off: what has to run is a step of the build, by name. */
export async function installPlan(
  tree: SourceTree,
  layout: Layout,
  options: { readonly choice: ManagerChoice; readonly commitDate: string | null },
): Promise<InstallPlan> {
  const manifests = await manifestsOf(tree, layout, options.choice);
  const { step, reason } = installStep(layout, options.choice, {
    before: dayAfter(options.commitDate),
    agesReleases: await hasReleaseAge(tree, layout),
  });
  return {
    manifests,
    install: [step],
    evidence: [
      {
        field: 'install',
        value: step.run.join(' '),
        source: options.choice.lockfile ?? 'default',
        reason,
      },
    ],
  };
}

interface Resolving {
  readonly before: string | null;
  /** A .npmrc with `min-release-age`, which npm does not take together with `--before`. */
  readonly agesReleases: boolean;
}

function installStep(
  layout: Layout,
  choice: ManagerChoice,
  resolving: Resolving,
): { step: BuildStep; reason: string } {
  const folder = wayTo(layout.context, layout.root.folder);
  const words = installWords(
    choice,
    resolving,
    programOf(choice, imagePath(layout.context, layout.root.folder)),
  );
  return { step: { ...words, folder }, reason: reasonOf(choice, resolving) };
}

type Words = Pick<BuildStep, 'run' | 'otherwise'>;

function installWords(
  choice: ManagerChoice,
  resolving: Resolving,
  program: readonly string[],
): Words {
  const locked = choice.lockfile !== null;
  switch (choice.name) {
    case 'npm':
      return npmWords(choice, resolving);
    case 'pnpm':
      return strictOr(locked, [...program, 'install', '--ignore-scripts'], {
        strict: '--frozen-lockfile',
        loose: '--no-frozen-lockfile',
        without: '--no-lockfile',
      });
    case 'yarn':
      return strictOr(locked, [...program, 'install', '--ignore-scripts', '--ignore-engines'], {
        strict: '--frozen-lockfile',
        loose: '--non-interactive',
        without: '--no-lockfile',
      });
    case 'yarn-berry':
      return strictOr(locked, [...program, 'install', '--mode=skip-build'], {
        strict: '--immutable',
        loose: '--no-immutable',
      });
    case 'bun':
      return strictOr(locked, [...program, 'install', '--ignore-scripts'], {
        strict: '--frozen-lockfile',
        loose: '--no-save',
      });
  }
}

function strictOr(
  locked: boolean,
  words: readonly string[],
  flags: { readonly strict: string; readonly loose: string; readonly without?: string },
): Words {
  const loose = [...words, flags.loose];
  if (!locked) return { run: loose };
  const otherwise = flags.without === undefined ? loose : either(loose, [...words, flags.without]);
  return { run: [...words, flags.strict], otherwise };
}

/**
 * For a lock that is out of step, then one that names what the registry no longer has, then a
 * registry that does not tell the dates of its releases. All words are ours and plain, so that a
 * shell reads them as they are.
 */
function either(...commands: readonly (readonly string[])[]): readonly string[] {
  const plain = commands.flat().every((word) => /^[\w@.:/=-]+$/.test(word));
  const line = commands.map((words) => words.join(' ')).join(' || ');
  return plain ? ['sh', '-c', line] : (commands[0] ?? []);
}

const NPM_QUIET = ['--ignore-scripts', '--no-audit', '--no-fund'] as const;

function npmWords(choice: ManagerChoice, { before, agesReleases }: Resolving): Words {
  const install = ['npm', 'install', ...NPM_QUIET];
  const asOf = before === null || agesReleases ? [] : ['--before', before];
  const unlocked = [...install, '--no-package-lock'];
  const fresh = [...unlocked, ...asOf];
  const last = [...install, '--legacy-peer-deps'];
  if (choice.lockfile === null) {
    return { run: [...install, ...asOf], otherwise: either(install, last) };
  }
  if (choice.lock === null || choice.lock.outOfSync.length > 0) {
    return { run: [...install, ...asOf], otherwise: either(fresh, unlocked, last) };
  }
  // Without a date in it: a commit of another day must not install an unchanged lock again.
  return { run: ['npm', 'ci', ...NPM_QUIET], otherwise: either(install, unlocked) };
}

function reasonOf(choice: ManagerChoice, { before }: Resolving): string {
  const stale = choice.lock !== null && choice.lock.outOfSync.length > 0;
  if (choice.lockfile !== null && !stale) return 'The versions of the lock.';
  const asOf =
    choice.name === 'npm' && before !== null
      ? `Versions are resolved as of the commit, before ${before}.`
      : 'Versions are resolved when the image is built.';
  return stale ? `The lock is out of step with package.json. ${asOf}` : asOf;
}

/** Releases of the day of the commit count, so the day after it is the limit. */
function dayAfter(commitDate: string | null): string | null {
  const at = commitDate === null ? Number.NaN : Date.parse(commitDate.slice(0, 10));
  return Number.isNaN(at) ? null : new Date(at + 86_400_000).toISOString().slice(0, 10);
}

async function hasReleaseAge(tree: SourceTree, layout: Layout): Promise<boolean> {
  const text = await tree.read(joinInside(layout.root.folder, '.npmrc') ?? '');
  return /^\s*(?:min-release-age|before)\s*=/m.test(text ?? '');
}

/** Files beside package.json that an install reads. */
const BESIDE =
  /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|bun\.lockb?|bunfig\.toml|\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pnpmfile\.[cm]?js|\.yarn\/(?:releases|plugins|patches)\/.+|.+\.patch)$/;

async function manifestsOf(
  tree: SourceTree,
  layout: Layout,
  choice: ManagerChoice,
): Promise<string[]> {
  if (layout.folderDependencies.length > 0) return [];
  const { context, root, target, members } = layout;
  const packages = [target, ...members].map(
    ({ folder }) => joinInside(folder, 'package.json') ?? '',
  );
  const beside = tree.files.filter(
    (path) => isIn(root.folder, path) && BESIDE.test(wayTo(root.folder, path)),
  );
  const own = tree.files.filter((path) => path === joinInside(target.folder, '.npmrc'));
  const found: string[] = [];
  for (const path of new Set([...beside, ...packages, ...own])) {
    if (await belongs(tree, path, choice)) found.push(wayTo(context, path));
  }
  return found.sort();
}

/** Not the lock of another manager, and no file with a login, which must not be in a layer alone. */
async function belongs(tree: SourceTree, path: string, choice: ManagerChoice): Promise<boolean> {
  const lock =
    /(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/;
  if (lock.test(path)) return path === choice.lockfile;
  if (!path.endsWith('.npmrc')) return true;
  return !/_auth|_password|username/i.test((await tree.read(path)) ?? '_auth');
}

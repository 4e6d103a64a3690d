import type { BuildStep, CacheFolder } from '../../core/build-plan.js';
import { DEFAULT_BUN, type ManagerChoice, type NodeManager } from './package-manager.js';

/** How a manager is called: `pnpm`, or node with the yarn that the repository commits. */
export function programOf(choice: ManagerChoice, root: string): readonly string[] {
  if (choice.name === 'yarn-berry') {
    return choice.yarnPath === null ? ['yarn'] : ['node', `${root}/${choice.yarnPath}`];
  }
  return [choice.name];
}

/** Steps that put the managers into the build stage, whose base has npm only. */
export function toolSteps(choice: ManagerChoice, others: readonly NodeManager[]): BuildStep[] {
  const own = choice.name === 'npm' || choice.yarnPath !== null ? [] : [packageOf(choice)];
  const added = others.filter((name) => name !== choice.name).map((name) => DEFAULTS[name]);
  return [...own, ...added].map((name) => ({
    run: ['npm', 'install', '--global', '--force', '--no-audit', '--no-fund', name],
    folder: '.',
    ...(name.startsWith('bun@') ? { environment: { npm_config_allow_scripts: 'bun' } } : {}),
  }));
}

const DEFAULTS: Readonly<Record<NodeManager, string>> = {
  npm: 'npm',
  pnpm: 'pnpm@10.34.8',
  yarn: 'yarn@1.22.22',
  'yarn-berry': 'yarn@1.22.22',
  bun: `bun@${DEFAULT_BUN}`,
};

function packageOf({ name, version }: ManagerChoice): string {
  if (version === null) return DEFAULTS[name];
  return name === 'yarn-berry' ? `@yarnpkg/cli-dist@${version}` : `${name}@${version}`;
}

export function cachesOf(manager: NodeManager): CacheFolder[] {
  const npm = { id: 'npm', path: '/root/.npm' };
  const own: Readonly<Record<NodeManager, readonly CacheFolder[]>> = {
    npm: [],
    pnpm: [{ id: 'pnpm', path: PNPM_STORE }],
    yarn: [{ id: 'yarn', path: YARN_CACHE }],
    'yarn-berry': [{ id: 'yarn-berry', path: YARN_FOLDER }],
    bun: [{ id: 'bun', path: BUN_CACHE }],
  };
  return [npm, ...own[manager]];
}

const PNPM_STORE = '/root/.local/share/pnpm/store';
const YARN_CACHE = '/root/.cache/yarn';
const YARN_FOLDER = '/root/.yarn/berry';
const BUN_CACHE = '/root/.bun/install/cache';

/** What install scripts would download and no server needs to list its tools. */
const NO_DOWNLOADS = {
  CYPRESS_INSTALL_BINARY: '0',
  ELECTRON_SKIP_BINARY_DOWNLOAD: '1',
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
  PUPPETEER_SKIP_CHROMIUM_DOWNLOAD: '1',
  PUPPETEER_SKIP_DOWNLOAD: '1',
  SENTRYCLI_SKIP_DOWNLOAD: '1',
} as const;

/** `CI` keeps the managers from asking questions that nobody answers. */
export function buildEnvironmentOf(choice: ManagerChoice): Record<string, string> {
  return {
    ...NO_DOWNLOADS,
    CI: 'true',
    HUSKY: '0',
    NEXT_TELEMETRY_DISABLED: '1',
    npm_config_engine_strict: 'false',
    npm_config_update_notifier: 'false',
    ...managerEnvironment(choice),
  };
}

function managerEnvironment({ name, yarnPath }: ManagerChoice): Record<string, string> {
  if (name === 'pnpm') return PNPM;
  if (name === 'yarn') return { YARN_CACHE_FOLDER: YARN_CACHE };
  if (name === 'bun') return { BUN_INSTALL_CACHE_DIR: BUN_CACHE };
  if (name !== 'yarn-berry') return {};
  return {
    YARN_ENABLE_GLOBAL_CACHE: 'true',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_GLOBAL_FOLDER: YARN_FOLDER,
    YARN_NODE_LINKER: 'node-modules',
    ...(yarnPath === null ? { YARN_IGNORE_PATH: '1' } : {}),
  };
}

/** pnpm 11 reads `pnpm_config_`, those before it `npm_config_`. */
const PNPM: Record<string, string> = Object.fromEntries(
  ['npm_config', 'pnpm_config'].flatMap((prefix) => [
    [`${prefix}_store_dir`, PNPM_STORE],
    [`${prefix}_manage_package_manager_versions`, 'false'],
    [`${prefix}_package_manager_strict`, 'false'],
    [`${prefix}_verify_deps_before_run`, 'false'],
  ]),
);

import type { PythonManifest } from './manifest.js';
import { textAt } from '../support/toml.js';

/** Variables that give a version to the tools that ask git for it. */
const variables: readonly (readonly [tool: RegExp, variable: string])[] = [
  [/^(?:setuptools-scm|hatch-vcs|flit-scm|vcs-versioning)$/, 'SETUPTOOLS_SCM_PRETEND_VERSION'],
  [/^uv-dynamic-versioning$/, 'UV_DYNAMIC_VERSIONING_BYPASS'],
  [/^poetry-dynamic-versioning$/, 'POETRY_DYNAMIC_VERSIONING_BYPASS'],
  [/^pbr$/, 'PBR_VERSION'],
];

/**
 * The environment of the step that builds the project: the build context never has `.git`. Empty
 * when the version is written down.
 */
export function versionEnvironment(
  manifest: PythonManifest | undefined,
  gitVersion: string | null,
): Readonly<Record<string, string>> {
  const names = (manifest?.buildRequires ?? []).map((one) => one.name);
  const wanted = variables.filter(([tool]) => names.some((name) => tool.test(name)));
  const version = validVersion(gitVersion);
  const environment = Object.fromEntries(wanted.map(([, variable]) => [variable, version]));
  return textAt(manifest?.pyproject, 'tool', 'pdm', 'version', 'source') === 'scm'
    ? { ...environment, PDM_BUILD_SCM_VERSION: version }
    : environment;
}

/** PEP 440 as far as tags write it; anything else becomes 0.0.0. */
function validVersion(text: string | null): string {
  const plain = text?.replace(/^v/, '') ?? '';
  return /^\d+(?:\.\d+){0,3}(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?(?:\+[a-z0-9.]+)?$/.test(
    plain,
  )
    ? plain
    : '0.0.0';
}

/** versioningit takes no version from outside. */
export function isLeftToGit(manifest: PythonManifest): boolean {
  const asks = manifest.buildRequires.some((one) => one.name === 'versioningit');
  return (
    asks && textAt(manifest.pyproject, 'tool', 'versioningit', 'default-version') === undefined
  );
}

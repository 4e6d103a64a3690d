import type { SourceTree } from '../source-tree.js';
import type { Entry } from './entry-types.js';
import type { PythonManifest } from './manifest.js';
import { join, parentOf, relativeTo } from '../support/paths.js';
import { tableAt, textsAt, valueAt } from '../support/toml.js';
import { isLeftToGit } from './vcs-version.js';

/**
 * How the project gets into the image: as a wheel in the virtual environment, editable beside its
 * sources, or as sources alone with only its dependencies installed.
 */
export interface Layout {
  readonly mode: 'wheel' | 'editable' | 'sources';
  readonly reason: string;
}

export function layoutOf(
  tree: SourceTree,
  folder: string,
  manifest: PythonManifest | undefined,
  entry: Entry,
): Layout {
  if (manifest === undefined || !manifest.installable) {
    return { mode: 'sources', reason: 'No manifest says how to build a wheel.' };
  }
  const unbuildable = unbuildableReason(tree, folder, manifest);
  if (unbuildable !== undefined) return { mode: 'sources', reason: unbuildable };
  const beside = readsBeside(tree, folder, manifest, entry);
  if (entry.what === 'file' || entry.what === 'object') {
    const asks = entry.sources.some((file) => asksForVersion(file.code));
    return asks
      ? { mode: 'editable', reason: 'A script that asks for the version of its installed project.' }
      : { mode: 'sources', reason: 'The start is a file outside of what a wheel holds.' };
  }
  return beside === undefined
    ? { mode: 'wheel', reason: 'A wheel holds all that the server reads.' }
    : { mode: 'editable', reason: beside };
}

function asksForVersion(code: string): boolean {
  return /\bmetadata\b/.test(code) && /\bversion\s*\(/.test(code);
}

function unbuildableReason(
  tree: SourceTree,
  folder: string,
  manifest: PythonManifest,
): string | undefined {
  if (isLeftToGit(manifest)) {
    return 'Its version can only be read from git, which the context does not have.';
  }
  if (
    manifest.backend?.startsWith('hatchling') !== true ||
    hatchKnowsFiles(tree, folder, manifest)
  ) {
    return undefined;
  }
  return 'hatchling finds no package that is named like the project, and is told of no other.';
}

/** hatchling's own rule: named files, or a package or module with the name of the project. */
function hatchKnowsFiles(tree: SourceTree, folder: string, manifest: PythonManifest): boolean {
  const build = tableAt(manifest.pyproject, 'tool', 'hatch', 'build');
  const wheel = tableAt(build, 'targets', 'wheel');
  const keys = ['packages', 'only-include', 'include', 'force-include', 'bypass-selection'];
  if (keys.some((key) => wheel[key] !== undefined || build[key] !== undefined)) return true;
  const names = [manifest.name ?? '', textsAt(wheel, 'sources')[0] ?? ''].filter(
    (name) => name !== '',
  );
  const spelled = names.map((name) => name.replaceAll(/[-_.]+/g, '_'));
  const has = (path: string) =>
    tree.files.some((file) => file.toLowerCase() === join(folder, path).toLowerCase());
  if (
    spelled.some((name) =>
      ['', 'src/'].some((root) => has(`${root}${name}/__init__.py`) || has(`${name}.py`)),
    )
  ) {
    return true;
  }
  // The last resort of hatchling: the one namespace package that ends in the name.
  const namespaced = tree.files.filter((file) => {
    const path = relativeTo(folder, file);
    return (
      path !== undefined &&
      spelled.some((name) => new RegExp(`^[\\w]+/${name}/__init__\\.py$`).test(path))
    );
  });
  return namespaced.length === 1;
}

const ordinary =
  /^(?:readme|license|licence|changelog|contributing|security|code_of_conduct|notice|agents|claude|makefile|dockerfile|justfile|pyproject|uv|poetry|pdm|pipfile|setup|smithery|server|glama|manifest|renovate|pytest|tox|ruff|mypy)\b|^\.|\.(?:md|rst|lock|py|toml|cfg|ini|png|jpe?g|gif|svg|mp4)$/i;

/** Why the sources have to be there at run time; undefined when a wheel is enough. */
function readsBeside(
  tree: SourceTree,
  folder: string,
  manifest: PythonManifest,
  entry: Entry,
): string | undefined {
  const upward = entry.sources.find((file) =>
    /__file__[^\n]*(?:\.parent\s*\.parent|\.parents\b|["']\.\.)|dirname\(\s*(?:os\.path\.)?dirname\(/.test(
      file.code,
    ),
  );
  if (upward !== undefined) return `${upward.path} reads files above its package.`;
  const beside = tree.files
    .map((file) => relativeTo(folder, file))
    .filter((path) => path !== undefined && !path.includes('/') && !ordinary.test(path));
  const named = beside.find((path) =>
    entry.sources.some(
      (file) => file.code.includes(`"${path}"`) || file.code.includes(`'${path}'`),
    ),
  );
  if (named !== undefined) return `The source names ${named}, which lies outside of its package.`;
  return undeclaredData(tree, manifest, entry);
}

/** setuptools leaves data out that nobody declares, and without git it cannot know it. */
function undeclaredData(
  tree: SourceTree,
  manifest: PythonManifest,
  entry: Entry,
): string | undefined {
  if (manifest.backend !== null && !manifest.backend.startsWith('setuptools')) return undefined;
  const declared = valueAt(manifest.pyproject, 'tool', 'setuptools', 'package-data');
  if (declared !== undefined) return undefined;
  const folder = parentOf(entry.file);
  if (!tree.files.includes(join(folder, '__init__.py'))) return undefined;
  const data = tree.files.find(
    (file) =>
      relativeTo(folder, file) !== undefined &&
      /\.(?:json|ya?ml|sql|txt|html|j2|jinja2|csv|md|graphql|xml)$/.test(file),
  );
  return data === undefined ? undefined : `setuptools is not told to put ${data} into the wheel.`;
}

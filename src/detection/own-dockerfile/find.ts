import type { OwnDockerfile } from '../../core/build-plan.js';
import type { SourceTree } from '../source-tree.js';
import { inspectDockerfile } from './describe-dockerfile.js';

/**
 * The Dockerfile that is about the server in `target`: in its folder, else at the root or in the
 * root's docker folders when it takes files of the target. Dockerfiles for development, tests and
 * examples are none. One without defects is preferred.
 */
export async function findOwnDockerfile(
  tree: SourceTree,
  target: string,
): Promise<OwnDockerfile | null> {
  let first: OwnDockerfile | null = null;
  for (const path of candidates(tree, target)) {
    const found = await inspectDockerfile(tree, path, { target });
    if (found?.defects.length === 0) return found;
    first ??= found ?? null;
  }
  return first;
}

const NAME = /^(?:(?:docker|container)file(?:\.([\w.-]+))?|([\w.-]+)\.dockerfile)$/i;
const OTHER_PURPOSE =
  /(?:^|[._-])(?:test|tests|testing|e2e|dev|devel|development|debug|ci|lint|bench|benchmark|docs?|example|local|base|builder|release|goreleaser|windows|client|frontend|ui|web|db|database|sandbox)(?:[._-]|$)/i;
/** Where a repository keeps Dockerfiles beside its sources. */
const FOLDERS = [
  '',
  'docker',
  '.docker',
  'deploy',
  'deployment',
  'build',
  'build/package',
  'container',
];
const MOST = 8;

function candidates(tree: SourceTree, target: string): readonly string[] {
  const roots = target === '.' ? ['.'] : [target, '.'];
  const folders = roots.flatMap((root) =>
    FOLDERS.map((folder) => [root === '.' ? '' : root, folder].filter(Boolean).join('/')),
  );
  const ranked = tree.files.flatMap((file) => {
    const slash = file.lastIndexOf('/');
    const place = folders.indexOf(slash === -1 ? '' : file.slice(0, slash));
    const name = NAME.exec(file.slice(slash + 1));
    const purpose = name?.[1] ?? name?.[2] ?? '';
    if (place === -1 || name === null || OTHER_PURPOSE.test(purpose)) return [];
    return [{ file, rank: place * 2 + (purpose === '' ? 0 : 1) }];
  });
  return ranked
    .sort((a, b) => a.rank - b.rank || (a.file < b.file ? -1 : 1))
    .slice(0, MOST)
    .map(({ file }) => file);
}

import type { Stage } from '../../core/dockerfile-stages.js';
import type { SourceTree } from '../source-tree.js';
import type { FinalImage } from './image.js';
import { corepackDefects, prepareDefects } from './node-defects.js';
import { pythonDefects } from './python-defects.js';
import { contextSources, sourceExists } from './sources.js';
import { startDefects } from './start-defects.js';

/** A Dockerfile with what is known of it. */
export interface Inspected {
  readonly tree: SourceTree;
  readonly context: string;
  /** The stages that are built, in order. */
  readonly needed: readonly Stage[];
  readonly last: Stage;
  readonly image: FinalImage;
}

/**
 * What makes the Dockerfile fail for certain, each as a sentence. A defect stops the attempt, so
 * whatever could still work is not one.
 */
export async function findDefects(inspected: Inspected): Promise<readonly string[]> {
  return [
    ...missingFiles(inspected),
    ...corepackDefects(inspected),
    ...(await prepareDefects(inspected)),
    ...(await pythonDefects(inspected)),
    ...(await startDefects(inspected)),
  ];
}

/**
 * Names of what a build or an installation makes, and of locks. Others may be links, which a source
 * tree does not list.
 */
const MADE =
  /^(?:dist|build|out|target|publish|node_modules|\.venv|venv|\.next|\.env|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|uv\.lock|poetry\.lock|go\.sum|Cargo\.lock|requirements[\w.-]*\.txt)$/;

function missingFiles({ tree, context, needed }: Inspected): readonly string[] {
  return contextSources(needed)
    .filter((source) => source.split('/').some((part) => MADE.test(part)))
    .filter((source) => !sourceExists(tree, context, source))
    .map((source) => `It copies ${source}, which the repository does not have.`);
}

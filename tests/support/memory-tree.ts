import type { SourceTree } from '../../src/detection/source-tree.js';

/** A repository as a table of paths and texts. */
export function memoryTree(files: Readonly<Record<string, string>>): SourceTree {
  return {
    files: Object.keys(files).sort(),
    read: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  };
}

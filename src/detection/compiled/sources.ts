import type { SourceTree } from '../source-tree.js';
import { relativeTo } from '../support/paths.js';

/** The code of a project: path in the repository to text, without lines that are comments. */
export type Sources = ReadonlyMap<string, string>;

/** Above these, what follows is generated or not the server. */
const FILE_COUNT = 3000;
const FILE_CHARACTERS = 400_000;

/** Folders and files that are not what is served. */
const NO_SERVER =
  /(?:^|\/)(?:tests?|testdata|testing|integrationtests?|e2e|examples?|samples?|docs?|bench(?:es|marks?)?|fixtures|vendor|third_party|node_modules|target|obj|evals?|\.[^/]+)\/|_test\.go$|(?:^|\/)src\/(?:test|integrationTest)\//i;

/** The files with one of the endings below a folder, in the order of their paths. */
export async function readSources(
  tree: SourceTree,
  folder: string,
  ending: RegExp,
): Promise<Sources> {
  const found = new Map<string, string>();
  for (const path of sourcePaths(tree, folder, ending).slice(0, FILE_COUNT)) {
    const text = await tree.read(path);
    if (text !== undefined && text.length <= FILE_CHARACTERS) found.set(path, uncommented(text));
  }
  return found;
}

/** Whether a path below the folder is part of the server, and not of its tests or examples. */
export function isServerPath(folder: string, path: string): boolean {
  const inside = relativeTo(folder, path);
  return inside !== undefined && !NO_SERVER.test(inside);
}

/** The first of the files in which the pattern is found. */
export function whereIs(sources: Sources, pattern: RegExp): string | undefined {
  for (const [path, text] of sources) if (pattern.test(text)) return path;
  return undefined;
}

function sourcePaths(tree: SourceTree, folder: string, ending: RegExp): string[] {
  return tree.files.filter((path) => ending.test(path) && isServerPath(folder, path));
}

function uncommented(text: string): string {
  return text.replace(/^[ \t]*\/\/.*$/gm, '').replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, '');
}

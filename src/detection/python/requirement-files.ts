import { join, parentOf, relativeTo } from '../support/paths.js';
import type { Reading } from './reading.js';

/** requirements.txt and what it includes; null when it names the project or folders beside it. */
export async function requirementFiles(reading: Reading): Promise<readonly string[] | null> {
  const { tree, folder } = reading.project;
  const first = reading.manifest?.requirementsFile;
  if (first === null || first === undefined) return null;
  const files = new Set([join(folder, first)]);
  for (const file of files) {
    const text = (await tree.read(file)) ?? '';
    if (/^\s*(?:-e\b|--editable\b|\.|file:)/m.test(text) || files.size > 20) return null;
    for (const path of includedFiles(file, text)) {
      const inside = relativeTo(reading.workspace.root, path) !== undefined;
      if (!inside || !tree.files.includes(path)) return null;
      files.add(path);
    }
  }
  return [...files];
}

function includedFiles(file: string, text: string): string[] {
  const lines = text.matchAll(/^\s*(?:-r|-c|--requirement|--constraint)[= ]\s*(\S+)/gm);
  return [...lines].map((match) => join(parentOf(file), match[1] ?? ''));
}

import type { Entry } from './entry-types.js';
import { moduleOf } from './module-name.js';
import type { Modules, SourceFile } from './modules.js';
import { parentOf, relativeTo } from '../support/paths.js';
import { factsOf, factsOfAll, serverObject } from './source-facts.js';

/**
 * Servers that nothing of the project starts: an object that is left to `fastmcp run` or
 * `mcp run`, or a function `main` that nobody calls.
 */
export async function unownedStarts(folder: string, modules: Modules): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const path of modules.files) {
    const file = await modules.source(path);
    if (file === undefined) continue;
    const sources = await modules.reachable(path);
    const entry = calledStart(file, sources, folder, modules) ?? servedObject(file, sources);
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

function calledStart(
  file: SourceFile,
  sources: readonly SourceFile[],
  folder: string,
  modules: Modules,
): Entry | undefined {
  const name = /^(?:async\s+)?def\s+(main|serve|run|run_server|start|cli)\s*\(\s*\)/m.exec(
    file.code,
  )?.[1];
  const facts = factsOfAll(sources);
  if (name === undefined || !facts.makes || !facts.runs) return undefined;
  const path = relativeTo(folder, file.path) ?? file.path;
  const module = moduleOf(file, folder, modules) ?? path.replace(/\.py$/, '');
  if (!/^[A-Za-z_][\w.]*$/.test(module)) return undefined;
  const isPackage = path.endsWith('/__init__.py');
  return {
    what: 'call',
    name: `${module}:${name}`,
    file: file.path,
    target: { module, attribute: name },
    sources,
    score: 26 - path.split('/').length + (isPackage ? 3 : 0),
    source: path,
    reason: `The module has a function ${name} that starts the server, and nothing calls it.`,
  };
}

function servedObject(file: SourceFile, sources: readonly SourceFile[]): Entry | undefined {
  const object = serverObject(file);
  if (object === undefined || !factsOf(file).makes) return undefined;
  return {
    what: 'object',
    name: file.path,
    file: file.path,
    target: { module: file.path, attribute: object },
    sources,
    score: 20 - file.path.split('/').length - (parentOf(file.path) === '.' ? 0 : 1),
    source: file.path,
    reason: `The file makes the server ${object} and leaves its start to a runner.`,
  };
}

import { parentOf, relativeTo } from '../support/paths.js';
import type { Sources } from './sources.js';
import { type GoModule, moduleName } from './go-module.js';

/** A package that is a program. */
export interface GoProgram {
  /** In the repository. */
  readonly folder: string;
  /** What `go build` calls its result. */
  readonly name: string;
  readonly score: number;
}

const PACKAGE_MAIN = /^package main\s*$/m;
const IMPORTS_MCP =
  /"[^"\n]*(?:[/-]mcp(?:[/-][^"\n]*)?|modelcontextprotocol\/[^"\n]*|foxy-contexts[^"\n]*)"/;
const SERVES =
  /\b(?:ServeStdio|NewStdioServer\w*|StdioTransport|IOTransport|StdioServerTransport|NewStreamableHTTP\w*|NewSSEServer|NewSSEHandler)\b|tools\/list/;
const OTHER_PURPOSE =
  /(?:^|[-_/])(?:client|generate|gen|codegen|lint\w*|load\w*|bench\w*|curl|tools?|scripts?|docs?|update|migrate|examples?|demo|print)(?:[-_/]|$)|curl$/;

/** The programs of a module, the one that is most likely its server first. */
export function goPrograms(sources: Sources, folder: string, module: GoModule): GoProgram[] {
  const folders = new Set<string>();
  for (const [path, text] of sources) {
    if (PACKAGE_MAIN.test(text) && !/^\/\/go:build ignore/m.test(text)) folders.add(parentOf(path));
  }
  const programs = [...folders].map((place) => goProgram(sources, place, folder, module));
  return programs.toSorted(
    (left, right) => right.score - left.score || left.folder.localeCompare(right.folder),
  );
}

function goProgram(sources: Sources, place: string, folder: string, module: GoModule): GoProgram {
  const inside = relativeTo(folder, place) ?? '.';
  const own = inside === '.' ? moduleName(module.path) : (inside.split('/').at(-1) ?? inside);
  const code = codeOf(sources, place);
  const points: readonly (readonly [applies: boolean, points: number])[] = [
    [inside === '.', 2],
    [own === moduleName(module.path), 2],
    [/mcp/.test(own), 3],
    [/server/.test(own), 1],
    [SERVES.test(code), 4],
    [IMPORTS_MCP.test(code), 2],
    [importsServing(sources, code, folder, module), 2],
    [inside !== '.' && OTHER_PURPOSE.test(inside), -6],
  ];
  const score = points.reduce((sum, [applies, worth]) => sum + (applies ? worth : 0), 0);
  return { folder: place, name: own, score };
}

/** Whether one of the module's own packages that the program imports serves. */
function importsServing(sources: Sources, code: string, folder: string, module: GoModule): boolean {
  for (const [, path = ''] of code.matchAll(/"([^"\n]+)"/g)) {
    if (!path.startsWith(`${module.path}/`)) continue;
    const inside = path.slice(module.path.length + 1);
    const text = codeOf(sources, folder === '.' ? inside : `${folder}/${inside}`);
    if (SERVES.test(text) || IMPORTS_MCP.test(text)) return true;
  }
  return false;
}

function codeOf(sources: Sources, folder: string): string {
  return [...sources]
    .filter(([path]) => parentOf(path) === folder)
    .map(([, text]) => text)
    .join('\n');
}

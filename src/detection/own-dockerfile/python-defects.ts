import type { SourceTree } from '../source-tree.js';
import type { Inspected } from './defects.js';
import { lineage } from './image.js';
import { readPyproject } from './pyproject.js';

/**
 * `pip install` that takes `mcp` 2 while the sources use what it no longer has: since 2026-07-28 an
 * uncapped `mcp` has no `mcp.server.fastmcp` and no decorators on the low-level server.
 */
export async function pythonDefects(inspected: Inspected): Promise<readonly string[]> {
  const installs = lineage(inspected.last)
    .concat(inspected.needed.flatMap(({ instructions }) => instructions))
    .filter(({ keyword }) => keyword === 'RUN')
    .map(({ joined }) => joined);
  const all = installs.join('\n');
  if (RESPECTS_LOCK.test(all)) return [];
  const declared = await declaredRequirements(inspected, all);
  const uncapped = declared?.find(isUncappedMcp);
  if (declared === undefined || uncapped === undefined) return [];
  const others = declared.some((one) => one !== uncapped && /mcp/i.test(one));
  if (others || /\bmcp(?:\[[\w,]+\])?\s*(?:[<~]|==)/.test(all)) return [];
  return (await importsOldApi(inspected.tree, inspected.context))
    ? [
        `It installs ${uncapped.trim()} without a lock: mcp 2 has not the API that the sources import.`,
      ]
    : [];
}

/** The lock, a date, constraints, or a tool of its own decides about versions. */
const RESPECTS_LOCK =
  /\buv\s+(?:sync|export|run)\b|--constraint|\s-c\s|poetry|pip-sync|pdm|exclude-newer|hatch/;
const INSTALLS_FOLDER =
  /\bpip3?\s+install\b[^&;\n]*\s(?:-e\s+)?['"]?\.(?:\[[\w,-]+\])?['"]?(?=\s|$)/;

async function declaredRequirements(
  { tree, context }: Inspected,
  runs: string,
): Promise<readonly string[] | undefined> {
  const prefix = context === '.' ? '' : `${context}/`;
  const file =
    /\bpip3?\s+install\b[^&;\n]*?\s(?:-r|--requirement)[ =]*(?:\S*\/)?([\w.-]+\.txt)/.exec(
      runs,
    )?.[1];
  if (file !== undefined) {
    const text = await tree.read(`${prefix}${file}`);
    return text?.split(/\r?\n/).map((line) => line.replace(/\s*#.*$/, ''));
  }
  if (!INSTALLS_FOLDER.test(runs)) return undefined;
  return (await readPyproject(tree, context))?.project?.dependencies;
}

function isUncappedMcp(requirement: string): boolean {
  return /^\s*mcp(?:\[[\w,\s-]+\])?\s*(?:>=?\s*[01][\w.]*)?\s*$/i.test(requirement);
}

const MOST_FILES = 200;
const LOW_LEVEL = /^from mcp\.server(?:\.lowlevel)? import .*\bServer\b/m;

async function importsOldApi(tree: SourceTree, context: string): Promise<boolean> {
  const prefix = context === '.' ? '' : `${context}/`;
  const sources = tree.files
    .filter((file) => file.startsWith(prefix) && file.endsWith('.py'))
    .filter((file) => !/(?:^|\/)(?:tests?|examples?|docs?|scripts)\/|(?:^|\/)test_/.test(file))
    .slice(0, MOST_FILES);
  for (const file of sources) {
    const text = (await tree.read(file)) ?? '';
    if (/^from mcp\.server\.fastmcp\b/m.test(text)) return true;
    if (LOW_LEVEL.test(text) && /^\s*@\w+\.list_tools\(\)/m.test(text)) return true;
  }
  return false;
}

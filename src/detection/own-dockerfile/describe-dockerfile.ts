import type { OwnDockerfile } from '../../core/build-plan.js';
import { parseDockerfile } from '../../core/dockerfile.js';
import { readStages, type Stage } from '../../core/dockerfile-stages.js';
import type { SourceTree } from '../source-tree.js';
import { findDefects } from './defects.js';
import { finalImage, lineage, neededStages } from './image.js';
import { contextSources, sourceExists } from './sources.js';
import { imageTransport } from './transport.js';

/**
 * One Dockerfile, by its path in the repository.
 *
 * @param context the folder of its build context; chosen by what it copies when it is not given.
 * @returns undefined when the tree has no such file, or it is not text.
 */
export async function describeDockerfile(
  tree: SourceTree,
  path: string,
  context?: string,
): Promise<OwnDockerfile | undefined> {
  return inspectDockerfile(tree, path, { target: folderOf(path), context, named: true });
}

/** Patterns take quadratic time: nobody's longer Dockerfile is searched for defects. In characters. */
const LONGEST_INSPECTED = 32_768;

/** What a Dockerfile is looked at for. */
export interface Purpose {
  /** The folder of the server. */
  readonly target: string;
  readonly context?: string | undefined;
  /** A person named it: what is wrong with it is told, and it is about the server. */
  readonly named?: boolean;
}

/** Undefined when the file is none, or is not about the server of the target. */
export async function inspectDockerfile(
  tree: SourceTree,
  path: string,
  purpose: Purpose,
): Promise<OwnDockerfile | undefined> {
  const text = await tree.read(path);
  if (text === undefined) return undefined;
  const { instructions, problem } = parseDockerfile(text);
  const stages = readStages(instructions);
  const last = stages.at(-1);
  if (last === undefined) return purpose.named ? unreadable(path, purpose, problem) : undefined;
  const needed = neededStages(stages);
  if (!isAbout(needed, path, purpose)) return undefined;
  const context = purpose.context ?? chooseContext(tree, needed, folderOf(path), purpose.target);
  const image = finalImage(last);
  const isShort = text.length <= LONGEST_INSPECTED;
  const defects = isShort ? await findDefects({ tree, context, needed, last, image }) : [];
  return {
    path,
    context,
    bases: basesOf(needed),
    transport: imageTransport(image),
    defects: problem === undefined ? defects : [problem, ...defects],
  };
}

function unreadable(path: string, { context }: Purpose, problem?: string): OwnDockerfile {
  return {
    path,
    context: context ?? folderOf(path),
    bases: [],
    transport: { kind: 'stdio' },
    defects: [problem ?? 'The file has no FROM.'],
  };
}

function isAbout(needed: readonly Stage[], path: string, { target, named }: Purpose): boolean {
  if (named === true || target === '.' || path.startsWith(`${target}/`)) return true;
  return mentions(needed, target);
}

/** Does it take or name files below the folder? */
function mentions(stages: readonly Stage[], folder: string): boolean {
  return stages.some((stage) =>
    lineage(stage).some(({ joined }) =>
      joined.split(/[\s"'=,[\]]+/).some((word) => {
        const path = word.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
        return path === folder || path.startsWith(`${folder}/`);
      }),
    ),
  );
}

/** The folder where what is copied exists; the nearest to the Dockerfile when several fit. */
function chooseContext(
  tree: SourceTree,
  stages: readonly Stage[],
  folder: string,
  target: string,
): string {
  const sources = contextSources(stages);
  const possible = [...new Set([...withAncestors(folder), ...withAncestors(target)])];
  const order = folder === target ? possible : [target, ...possible];
  const scored = order.map((context) => ({
    context,
    missing: sources.filter((source) => !sourceExists(tree, context, source)).length,
  }));
  const least = Math.min(...scored.map(({ missing }) => missing));
  return scored.find(({ missing }) => missing === least)?.context ?? '.';
}

function withAncestors(folder: string): readonly string[] {
  if (folder === '.') return ['.'];
  const slash = folder.lastIndexOf('/');
  return [folder, ...withAncestors(slash === -1 ? '.' : folder.slice(0, slash))];
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}

function basesOf(stages: readonly Stage[]): readonly string[] {
  const images = stages.flatMap(({ base, parent }) =>
    parent === null && base !== undefined && base !== 'scratch' && base !== '' ? [base] : [],
  );
  return [...new Set(images)];
}

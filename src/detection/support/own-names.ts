import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';
import type { SourceTree } from '../source-tree.js';

/** What others call the program of a folder: its package, its commands, its module. Sorted. */
export async function ownNames(tree: SourceTree, folder: string): Promise<readonly string[]> {
  const prefix = folder === '.' ? '' : `${folder}/`;
  const names = [
    ...nodeNames(await tree.read(`${prefix}package.json`)),
    ...pythonNames(await tree.read(`${prefix}pyproject.toml`)),
    ...cargoNames(await tree.read(`${prefix}Cargo.toml`)),
    ...goNames(await tree.read(`${prefix}go.mod`)),
  ];
  return [...new Set(names.filter((name) => name !== ''))].sort();
}

const record = z.record(z.string(), z.unknown());
const nodeSchema = z.object({
  name: z.string().catch(''),
  bin: z.union([z.string(), record]).optional().catch(undefined),
});
const projectSchema = z.object({ name: z.string().catch(''), scripts: record.catch({}) });
const pythonSchema = z.object({
  project: projectSchema.optional().catch(undefined),
  tool: z
    .object({ poetry: projectSchema.optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
const cargoSchema = z.object({ package: z.object({ name: z.string() }) });

function nodeNames(text: string | undefined): readonly string[] {
  const found = nodeSchema.safeParse(attempt(() => JSON.parse(text ?? '')));
  if (!found.success) return [];
  const { name, bin } = found.data;
  return [name, ...(typeof bin === 'object' ? Object.keys(bin) : [])];
}

function pythonNames(text: string | undefined): readonly string[] {
  const found = pythonSchema.safeParse(attempt(() => parseToml(text ?? '')));
  if (!found.success) return [];
  return [found.data.project, found.data.tool?.poetry].flatMap((one) =>
    one === undefined ? [] : [one.name, ...Object.keys(one.scripts)],
  );
}

function cargoNames(text: string | undefined): readonly string[] {
  const found = cargoSchema.safeParse(attempt(() => parseToml(text ?? '')));
  return found.success ? [found.data.package.name] : [];
}

function goNames(text: string | undefined): readonly string[] {
  const path = /^module\s+(\S+)/m.exec(text ?? '')?.[1];
  return path === undefined
    ? []
    : [path, path.split('/').findLast((part) => !/^v\d+$/.test(part)) ?? ''];
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

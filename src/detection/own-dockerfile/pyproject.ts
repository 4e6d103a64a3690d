import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';
import type { SourceTree } from '../source-tree.js';

const schema = z.object({
  project: z
    .object({ dependencies: z.array(z.string()).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  'dependency-groups': z
    .object({ dev: z.array(z.unknown()).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/** What matters of the `pyproject.toml` of a folder; undefined without one. */
export async function readPyproject(
  tree: SourceTree,
  folder: string,
): Promise<z.output<typeof schema> | undefined> {
  const text = await tree.read(folder === '.' ? 'pyproject.toml' : `${folder}/pyproject.toml`);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(parseToml(text)).data;
  } catch {
    return undefined;
  }
}

import { readFileSync } from 'node:fs';
import { z } from 'zod';

const factsSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  mcpName: z.string().optional(),
  bin: z.object({ slipway: z.string() }),
  engines: z.object({ node: z.string() }),
});

/** What the package says of itself. */
export const packageFacts = factsSchema.parse(readJson('package.json'));

/** A JSON file of this repository, by its path from the root. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}

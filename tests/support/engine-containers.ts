import { z } from 'zod';
import { askEngine } from './engine-view.js';

const summaries = z.array(z.object({ Id: z.string(), Command: z.string() }));

/** Ids of the containers whose command line holds the text: those that run, or all. */
export async function containersWith(
  text: string,
  state: 'running' | 'any' = 'any',
): Promise<readonly string[]> {
  const all = state === 'any' ? '1' : '0';
  const found = summaries.parse(await askEngine('GET', `/containers/json?all=${all}`));
  return found.filter((one) => one.Command.includes(text)).map((one) => one.Id);
}

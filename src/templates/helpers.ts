import { z } from 'zod';
import { invalidInput } from '../core/options.js';
import type { Budget } from './budget.js';
import { copyForm, execForm, quoteValue, quoteWord } from './quote.js';

/** What Handlebars calls: the arguments as written, then its own options. */
type Helper = (...values: readonly unknown[]) => string;

/** Helpers that write a value in a language of the Dockerfile. */
const WRITERS: Readonly<Record<string, Helper>> = {
  json: (...values) => execForm(words(values.length === 1 ? values[0] : values)),
  shellQuote: (value) => quoteWord(word(value)),
  envValue: (value) => quoteValue(word(value)),
  labelValue: (value) => quoteValue(word(value)),
  copyList: (files, folder) => copyForm(words(files), word(folder)),
};

/** Helpers of Handlebars itself that cannot reach outside of the data. */
export const BLOCK_HELPERS = ['each', 'if', 'unless'] as const;

export const WRITER_NAMES: readonly string[] = Object.keys(WRITERS);

/** The writers as Handlebars wants them, each call counted. */
export function countedWriters(budget: Budget): Readonly<Record<string, Helper>> {
  const counted = Object.entries(WRITERS).map(([name, write]): [string, Helper] => [
    name,
    (...values) => {
      budget.step();
      return write(...values.slice(0, -1));
    },
  ]);
  return Object.fromEntries(counted);
}

function word(value: unknown): string {
  const parsed = z.union([z.string(), z.number()]).safeParse(value);
  if (parsed.success) return String(parsed.data);
  throw invalidInput('template', 'gives a helper a value that is not a text', value);
}

function words(value: unknown): readonly string[] {
  const parsed = z.array(z.union([z.string(), z.number()])).safeParse(value);
  if (parsed.success) return parsed.data.map(String);
  throw invalidInput('template', 'gives a helper a value that is not a list of texts', value);
}

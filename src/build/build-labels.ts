import { z } from 'zod';
import { quoteValue } from '../core/options.js';
import { textRule, visibleTextRule } from '../core/text.js';
import { LABEL_PREFIX } from '../engine/labels.js';

const MOST = 64;
const NAME_CHARACTERS = 255;
const VALUE_CHARACTERS = 4096;

/** Schema of the labels of an image: an object of texts, at most 64. */
export const labelsSchema = z
  .record(z.string(), z.string('must be a text'), 'must be an object of texts')
  .superRefine((labels, context) => {
    const entries = Object.entries(labels);
    const message =
      entries.length > MOST
        ? `must have at most ${MOST} labels`
        : entries.map(labelRule).find((rule) => rule !== undefined);
    if (message === undefined) return;
    context.addIssue({ code: 'custom', message, input: `${entries.length} labels` });
  });

function labelRule([name, value]: readonly [string, string]): string | undefined {
  const rule = nameRule(name);
  if (rule !== undefined) return `must have names that ${rule}: ${quoteValue(name)}`;
  const broken =
    value.length > VALUE_CHARACTERS
      ? `must be at most ${VALUE_CHARACTERS} characters`
      : textRule(value);
  return broken === undefined ? undefined : `${quoteValue(name)} ${broken}`;
}

function nameRule(name: string): string | undefined {
  if (name === '') return 'are not empty';
  if (name.length > NAME_CHARACTERS) return `have at most ${NAME_CHARACTERS} characters`;
  if (visibleTextRule(name) !== undefined) return 'can be read';
  if (!name.toLowerCase().startsWith(LABEL_PREFIX)) return undefined;
  return `do not begin with "${LABEL_PREFIX}", as Slipway's own do`;
}

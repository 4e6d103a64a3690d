import type { DeclaredInput } from '../../core/build-plan.js';
import { isPlaceholder } from '../support/placeholder.js';
import { declaredInput } from './inputs.js';

/**
 * The variables of a `.env.example`: comments above or behind one are its description. One that is
 * commented out is optional.
 */
export function envExampleInputs(text: string, source: string): readonly DeclaredInput[] {
  const inputs: DeclaredInput[] = [];
  let comments: string[] = [];
  const lines = text.split(/\r?\n/).filter((line) => line.length <= LONGEST_LINE);
  for (const line of lines.slice(0, MOST_LINES)) {
    const found = /^(#\s*)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line.trim());
    const name = found?.[2];
    if (name !== undefined && (found?.[1] === undefined || /^[A-Z][A-Z0-9_]+$/.test(name))) {
      inputs.push(
        toInput({
          name,
          value: found?.[3] ?? '',
          isOff: found?.[1] !== undefined,
          comments,
          source,
        }),
      );
      comments = [];
    } else if (line.trim().startsWith('#')) comments.push(line.trim().replace(/^[#\s=-]+/, ''));
    else comments = [];
  }
  return inputs;
}

const MOST_LINES = 2000;
const LONGEST_LINE = 1000;

interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly isOff: boolean;
  readonly comments: readonly string[];
  readonly source: string;
}

function toInput({ name, value, isOff, comments, source }: Assignment): DeclaredInput {
  const behind = /\s+#\s*(.*)$/.exec(value)?.[1];
  const plain = value
    .replace(/(?:^|\s+)#.*$/, '')
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
  const description = [...comments, behind ?? ''].join(' ').trim();
  return declaredInput({
    kind: 'environment',
    name,
    required: !isOff && isRequired(plain, description),
    defaultValue: isOff ? null : plain,
    description,
    source,
  });
}

function isRequired(value: string, description: string): boolean {
  if (/optional|not required/i.test(description)) return false;
  return /required|mandatory/i.test(description) || (value !== '' && isPlaceholder(value));
}

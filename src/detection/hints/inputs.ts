import type { DeclaredInput } from '../../core/build-plan.js';
import { isPlaceholder } from '../support/placeholder.js';
import { isSecretName } from '../support/secret-name.js';

export type InputFacts = Pick<DeclaredInput, 'kind' | 'name' | 'source'> &
  Partial<Omit<DeclaredInput, 'kind' | 'name' | 'source'>>;

/** An input from what is known of it. A default that stands for a user's own value is
 * none, and neither is an example of a secret. */
export function declaredInput(facts: InputFacts): DeclaredInput {
  const secret = facts.secret === true || isSecretName(facts.name);
  const value = secret ? null : (facts.defaultValue ?? null);
  return {
    kind: facts.kind,
    name: facts.name,
    required: facts.required ?? false,
    secret,
    defaultValue: value === null || isPlaceholder(value) ? null : value,
    description: short(facts.description ?? null),
    source: facts.source,
  };
}

/** One input a name: the first says what it is, later ones fill what it leaves out. */
export function mergeInputs(inputs: readonly DeclaredInput[]): readonly DeclaredInput[] {
  const merged = new Map<string, DeclaredInput>();
  for (const input of inputs) {
    const key = `${input.kind} ${input.name}`;
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined
        ? input
        : {
            ...known,
            secret: known.secret || input.secret,
            defaultValue: known.defaultValue ?? input.defaultValue,
            description: known.description ?? input.description,
          },
    );
  }
  return [...merged.values()].slice(0, MOST_INPUTS);
}

const MOST_INPUTS = 200;
const LONGEST_DESCRIPTION = 300;

function short(text: string | null): string | null {
  const plain = text?.replaceAll(/\s+/g, ' ').trim() ?? '';
  if (plain === '') return null;
  return plain.length > LONGEST_DESCRIPTION ? `${plain.slice(0, LONGEST_DESCRIPTION)}…` : plain;
}

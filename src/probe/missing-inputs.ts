import type { DeclaredInput } from '../core/build-plan.js';
import type { NamedInputs } from './named-inputs.js';

/** What a start was given, by the user or by its plan. */
export interface Given {
  readonly variables: ReadonlySet<string>;
  readonly args: readonly string[];
}

/** What the program names, without what it was given. */
export function missingInputs(named: NamedInputs, given: Given): readonly string[] {
  return [
    ...named.variables.filter((name) => !given.variables.has(name)),
    ...named.options.filter((name) => !hasOption(given, name)),
    ...(hasPositional(given) ? [] : named.arguments),
  ];
}

/** What the repository declares as needed, without what was given and what has a default. */
export function requiredNotGiven(
  inputs: readonly DeclaredInput[],
  given: Given,
): readonly string[] {
  return inputs
    .filter(({ required, defaultValue }) => required && defaultValue === null)
    .filter((input) => !isGiven(input, given))
    .map(({ name }) => name);
}

function isGiven({ kind, name }: DeclaredInput, given: Given): boolean {
  if (kind === 'environment') return given.variables.has(name);
  return name.startsWith('-') ? hasOption(given, name) : hasPositional(given);
}

function hasOption({ args }: Given, name: string): boolean {
  return args.some((arg) => arg === name || arg.startsWith(`${name}=`));
}

function hasPositional({ args }: Given): boolean {
  return args.some((arg) => !arg.startsWith('-'));
}

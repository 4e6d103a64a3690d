/** Values that may be given as a flag or as a variable. */
import { quoteValue } from '../core/options.js';
import type { CliEnvironment } from './environment.js';

/** Ends the program with one line. */
export type Refuse = (why: string) => never;

/** What was given, and what with. */
export interface Setting {
  /** The flag or the variable that it came from. */
  readonly source: string;
  /** Undefined when it was not given. */
  readonly value: string | undefined;
}

/** The flag, or else the variable. */
export function settingOf(
  given: { readonly flag: string; readonly value: string | undefined; readonly variable: string },
  variables: CliEnvironment['variables'],
): Setting {
  const { flag, value, variable } = given;
  if (value !== undefined) return { source: flag, value };
  return { source: variable, value: variables[variable] };
}

/** The entries of a list with commas. */
export function listOf({ value }: Setting): readonly string[] | undefined {
  return value?.split(',').map((entry) => entry.trim());
}

const SWITCH_VALUES: ReadonlyMap<string | undefined, boolean> = new Map([
  [undefined, false],
  ['0', false],
  ['false', false],
  ['1', true],
  ['true', true],
]);

/** A variable that turns something on or off. */
export function switchValue(variable: string, value: string | undefined, refuse: Refuse): boolean {
  const on = SWITCH_VALUES.get(value);
  return on ?? refuse(`${variable} must be 1, true, 0 or false; got ${quoteValue(value)}.`);
}

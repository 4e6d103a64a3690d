import { expandVariables } from './dockerfile-variables.js';
import type { Instruction } from './dockerfile.js';

/** One FROM and what follows it. */
export interface Stage {
  /** In lower case; null without `AS`. */
  readonly name: string | null;
  /** What FROM names, with its variables replaced; undefined when that cannot be known. */
  readonly base: string | undefined;
  /** The earlier stage it is built on; null when it is an image, or `scratch`. */
  readonly parent: Stage | null;
  readonly from: Instruction;
  readonly instructions: readonly Instruction[];
}

/** The stages in order; variables in FROM take the defaults of the ARGs before the first FROM. */
export function readStages(instructions: readonly Instruction[]): readonly Stage[] {
  const globals = new Map<string, string>();
  const stages: Stage[] = [];
  let current: Instruction[] | undefined;
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') {
      current = [];
      stages.push(toStage(instruction, current, { globals, stages }));
    } else if (current !== undefined) current.push(instruction);
    else if (instruction.keyword === 'ARG') addArguments(instruction, globals);
  }
  return stages;
}

/** `NAME=value` words of ARG, ENV or LABEL with quotes kept; the old `ENV NAME value` too. */
export function keyValues({
  keyword,
  joined,
}: Pick<Instruction, 'keyword' | 'joined'>): readonly (readonly [string, string | undefined])[] {
  const old = /^([^\s=]+)\s+([^]*)$/.exec(joined);
  if (keyword !== 'ARG' && old?.[1] !== undefined) return [[old[1], old[2]]];
  const words = joined.match(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*'|["'\\])+/g) ?? [];
  return words.map((word) => {
    const equals = word.indexOf('=');
    return equals === -1
      ? ([word, undefined] as const)
      : ([word.slice(0, equals), word.slice(equals + 1)] as const);
  });
}

function addArguments(instruction: Instruction, values: Map<string, string>): void {
  for (const [name, value] of keyValues(instruction)) {
    const expanded = value === undefined ? undefined : expandVariables(value, values);
    if (expanded !== undefined) values.set(name, expanded);
  }
}

function toStage(
  from: Instruction,
  instructions: readonly Instruction[],
  before: { readonly globals: ReadonlyMap<string, string>; readonly stages: readonly Stage[] },
): Stage {
  const words = from.joined.split(/\s+/);
  const name = words[1]?.toLowerCase() === 'as' ? (words[2]?.toLowerCase() ?? null) : null;
  const base = expandVariables(words[0] ?? '', before.globals);
  const parent = before.stages.findLast((stage) => stage.name === base?.toLowerCase()) ?? null;
  return { name, base, parent, from, instructions };
}

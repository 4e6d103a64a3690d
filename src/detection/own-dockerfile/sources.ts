import { jsonForm, type Instruction } from '../../core/dockerfile.js';
import type { Stage } from '../../core/dockerfile-stages.js';
import { expandVariables } from '../../core/dockerfile-variables.js';
import type { SourceTree } from '../source-tree.js';
import { stageVariables } from './image.js';

/** What a Dockerfile takes from its context: COPY, ADD and bind mounts, without `./`. */
export function contextSources(stages: readonly Stage[]): readonly string[] {
  const found = stages.flatMap((stage) => {
    const variables = stageVariables(stage);
    return stage.instructions.flatMap((one) => sourcesOf(one, variables));
  });
  return [...new Set(found)];
}

/** What one instruction takes from the context. Names that cannot be known are left out. */
export function sourcesOf(
  instruction: Instruction,
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  const { keyword } = instruction;
  if (keyword === 'RUN') return bindSources(instruction.flags);
  if (keyword !== 'COPY' && keyword !== 'ADD') return [];
  if (instruction.flags.some((flag) => flag.startsWith('--from='))) return [];
  const words = jsonForm(instruction.joined) ?? instruction.joined.split(/\s+/);
  return words.slice(0, -1).flatMap((word) => {
    const source = expandKnown(word, variables);
    return source === undefined || isElsewhere(source) ? [] : [plain(source)];
  });
}

/** Is it in the folder? Patterns may match nothing, so they always are. */
export function sourceExists(tree: SourceTree, context: string, source: string): boolean {
  if (source === '' || source === '.' || /[*?[\]]/.test(source)) return true;
  const path = context === '.' ? source : `${context}/${source}`;
  return tree.files.some((file) => file === path || file.startsWith(`${path}/`));
}

function bindSources(flags: readonly string[]): readonly string[] {
  return flags.flatMap((flag) => {
    if (!flag.startsWith('--mount=') || /[=,]from=/.test(flag)) return [];
    const isBind = !/[=,]type=/.test(flag) || /[=,]type=bind(?:,|$)/.test(flag);
    const source = /[=,](?:source|src)=([^,\s]+)/.exec(flag)?.[1];
    return isBind && source !== undefined ? [plain(source)] : [];
  });
}

function expandKnown(word: string, variables: ReadonlyMap<string, string>): string | undefined {
  for (const [, name = ''] of word.matchAll(/\$\{?(\w+)/g)) {
    if (!variables.has(name)) return undefined;
  }
  return expandVariables(word, variables);
}

function isElsewhere(source: string): boolean {
  return /^[a-z]+:\/\/|^git@|^<<|\.git(?:\/|$)/.test(source);
}

function plain(source: string): string {
  return source.replace(/^(?:\.?\/)+/, '').replace(/\/+\.?$/, '');
}

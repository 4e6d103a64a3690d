import { jsonForm, type Instruction } from '../../core/dockerfile.js';
import { keyValues, type Stage } from '../../core/dockerfile-stages.js';
import { expandVariables } from '../../core/dockerfile-variables.js';

/** What the last stage of a Dockerfile makes: its settings, those of its parent stages included. */
export interface FinalImage {
  /** ENTRYPOINT and CMD as words; a shell form is one word. */
  readonly command: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  /** Ports of EXPOSE, in order. */
  readonly ports: readonly number[];
  /** The health check asks an URL. */
  readonly answersHttp: boolean;
}

/** Reads the settings of the image that a stage makes. */
export function finalImage(last: Stage): FinalImage {
  const instructions = lineage(last);
  const environment = stageVariables(last);
  const of = (keyword: string) => instructions.filter((one) => one.keyword === keyword);
  const ports = of('EXPOSE').flatMap(({ joined }) =>
    joined.split(/\s+/).flatMap((word) => {
      const port = Number.parseInt(expandVariables(word, environment) ?? '', 10);
      return port > 0 && port < 65_536 ? [port] : [];
    }),
  );
  return {
    command: [...wordsOf(of('ENTRYPOINT').at(-1)), ...wordsOf(of('CMD').at(-1))],
    environment,
    ports,
    answersHttp: /https?:\/\//.test(of('HEALTHCHECK').at(-1)?.joined ?? ''),
  };
}

/** A stage's instructions behind those of the stages it is built on. */
export function lineage(stage: Stage): readonly Instruction[] {
  const before = stage.parent === null ? [] : lineage(stage.parent);
  return [...before, ...stage.instructions];
}

/** ARG and ENV of a stage and its parents; ARGs without a default are not among them. */
export function stageVariables(stage: Stage): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const instruction of lineage(stage)) {
    if (instruction.keyword !== 'ARG' && instruction.keyword !== 'ENV') continue;
    for (const [name, value] of keyValues(instruction)) {
      const expanded = value === undefined ? undefined : expandVariables(value, values);
      if (expanded !== undefined) values.set(name, expanded);
    }
  }
  return values;
}

/** The stages that are built for the last one, and the last one. */
export function neededStages(stages: readonly Stage[]): readonly Stage[] {
  const needed = new Set<Stage>();
  const visit = (stage: Stage | undefined | null) => {
    if (stage === undefined || stage === null || needed.has(stage)) return;
    needed.add(stage);
    visit(stage.parent);
    for (const name of stage.instructions.flatMap(sourceStages)) {
      visit(stages.find((one) => one.name === name) ?? stages[/^\d+$/.test(name) ? +name : -1]);
    }
  };
  visit(stages.at(-1));
  return stages.filter((stage) => needed.has(stage));
}

function sourceStages({ flags }: Instruction): readonly string[] {
  return flags.flatMap((flag) => {
    const name = /(?:^--|[=,])from=([^,\s]+)/.exec(flag)?.[1];
    return name === undefined ? [] : [name.toLowerCase()];
  });
}

function wordsOf(instruction: Instruction | undefined): readonly string[] {
  if (instruction === undefined) return [];
  return jsonForm(instruction.joined) ?? [instruction.joined];
}

import type { DeclaredInput, ServerTransport } from '../../core/build-plan.js';
import type { HintedStart } from '../source-tree.js';
import { isPlaceholder } from '../support/placeholder.js';
import { argumentInputs, commandParts } from './command-line.js';
import { declaredInput } from './inputs.js';
import { isRecord, textOf, textsOf } from './tolerant-json.js';

/** A start with what it says about inputs, and what it runs. */
export interface FoundStart {
  readonly start: HintedStart;
  readonly inputs: readonly DeclaredInput[];
  /** Package, image, script or module. */
  readonly program: string | null;
}

/** Every `{command, args, env}` in the configuration of an MCP client, in order. */
export function clientStarts(config: unknown, source: string): readonly FoundStart[] {
  const found: FoundStart[] = [];
  walk(config, source, { found, depth: 0 });
  return found;
}

/** One start from a command and its words. */
export function toStart(
  words: { readonly command: string; readonly args: readonly string[] },
  environment: Readonly<Record<string, string | null>>,
  facts: { readonly source: string; readonly transport: ServerTransport['kind'] | null },
): FoundStart {
  const { command, args } = withoutShell(words.command, words.args);
  const parts = commandParts(command, args);
  const variables = Object.entries({ ...Object.fromEntries(parts.environment), ...environment });
  const names = variables.map(([name]) => name).filter((name) => /^[A-Za-z_]\w*$/.test(name));
  const { source, transport } = facts;
  return {
    start: { command, args, environment: names, source, transport },
    inputs: [
      ...variables
        .filter(([name]) => names.includes(name))
        .map(([name, value]) =>
          declaredInput({
            kind: 'environment',
            name,
            required: value !== null && isPlaceholder(value),
            defaultValue: value,
            source,
          }),
        ),
      ...argumentInputs(parts.args, source),
    ],
    program: parts.program,
  };
}

/** `stdio`, `streamable-http`, `streamableHttp`, `sse` as clients and manifests write them. */
export function transportKind(text: string | null): ServerTransport['kind'] | null {
  const name = text?.toLowerCase() ?? '';
  if (name === 'stdio' || name === 'sse') return name;
  return /^(?:streamable[-_]?)?http$/.test(name) ? 'http' : null;
}

const DEEPEST = 8;
const MOST = 60;

function walk(
  value: unknown,
  source: string,
  state: { readonly found: FoundStart[]; readonly depth: number },
): void {
  if (state.depth > DEEPEST || state.found.length >= MOST) return;
  const next = { found: state.found, depth: state.depth + 1 };
  if (Array.isArray(value)) for (const one of value) walk(one, source, next);
  if (!isRecord(value)) return;
  const start = oneStart(value, source);
  if (start !== undefined) state.found.push(start);
  else for (const one of Object.values(value)) walk(one, source, next);
}

function oneStart(
  value: Readonly<Record<string, unknown>>,
  source: string,
): FoundStart | undefined {
  const list = textsOf(value['command']);
  const command = textOf(value['command']) ?? textOf(value['cmd']) ?? list[0];
  if (command === undefined || command === null || command === '') return undefined;
  const [program = '', ...own] = list.length > 0 ? list : splitWords(command);
  const env = value['env'] ?? value['envs'] ?? value['environment'];
  const variables = isRecord(env)
    ? Object.fromEntries(Object.entries(env).map(([name, one]) => [name, textOf(one)]))
    : {};
  const transport = transportKind(textOf(value['type']) ?? textOf(value['transport']));
  return toStart({ command: program, args: [...own, ...textsOf(value['args'])] }, variables, {
    source,
    transport,
  });
}

/** `cmd /c npx …` is how Windows runs `npx …`. */
function withoutShell(
  command: string,
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  const [flag = '', program = '', ...rest] = args;
  const wraps = /^cmd(?:\.exe)?$/i.test(command) && /^\/c$/i.test(flag) && program !== '';
  return wraps ? { command: program, args: rest } : { command, args };
}

/** Words of a line as a shell splits them; quotes are taken away. */
export function splitWords(line: string): readonly string[] {
  const words = line.match(/(?:[^\s"']|"(?:[^"\\]|\\[^])*"|'[^']*'|["'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, '$1$2'));
}

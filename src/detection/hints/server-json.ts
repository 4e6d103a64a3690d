import type { DeclaredInput } from '../../core/build-plan.js';
import { transportKind, type FoundStart } from './client-config.js';
import { declaredInput } from './inputs.js';
import { NO_HINTS, type ManifestHints } from './smithery.js';
import { isRecord, textOf, tolerantJson } from './tolerant-json.js';

/** `server.json` of the MCP registry: how its packages are run, and what they take. */
export function serverJsonHints(text: string, source: string): ManifestHints {
  const value = camelCase(tolerantJson(text), 0);
  if (!isRecord(value)) return NO_HINTS;
  const packages = list(value['packages']).map((one) => readPackage(one, source));
  return {
    starts: packages.flatMap(({ start }) => (start === undefined ? [] : [start])),
    inputs: packages.flatMap(({ inputs }) => inputs),
  };
}

type Entry = Readonly<Record<string, unknown>>;

const RUNNERS: Readonly<Record<string, string>> = {
  npm: 'npx',
  pypi: 'uvx',
  oci: 'docker',
  docker: 'docker',
  nuget: 'dnx',
};

function readPackage(
  entry: Entry,
  source: string,
): { readonly start: FoundStart | undefined; readonly inputs: readonly DeclaredInput[] } {
  const variables = list(entry['environmentVariables']);
  const args = list(entry['packageArguments']);
  const inputs = [
    ...variables.flatMap((one) => variableInput(one, source)),
    ...args.flatMap((one) => argumentInput(one, source)),
  ];
  return { start: packageStart(entry, { variables, args, source }), inputs };
}

function packageStart(
  entry: Entry,
  facts: {
    readonly variables: readonly Entry[];
    readonly args: readonly Entry[];
    readonly source: string;
  },
): FoundStart | undefined {
  const program = textOf(entry['identifier']) ?? textOf(entry['name']);
  const registry = textOf(entry['registryType']) ?? textOf(entry['registryName']) ?? '';
  const command = textOf(entry['runtimeHint']) ?? RUNNERS[registry];
  if (program === null || command === undefined) return undefined;
  const transport = isRecord(entry['transport']) ? textOf(entry['transport']['type']) : null;
  const args = [
    ...list(entry['runtimeArguments']).flatMap(wordsOf),
    program,
    ...facts.args.flatMap(wordsOf),
  ];
  const environment = facts.variables.flatMap((one) => textOf(one['name']) ?? []);
  const start = {
    command,
    args,
    environment,
    source: facts.source,
    transport: transportKind(transport),
  };
  return { start, inputs: [], program };
}

function wordsOf(argument: Entry): readonly string[] {
  const name = textOf(argument['name']) ?? textOf(argument['valueHint']) ?? 'value';
  const value = textOf(argument['value']) ?? textOf(argument['default']);
  if (argument['type'] === 'named') {
    const isFlag = value === null && argument['format'] === 'boolean';
    return isFlag || value === '' ? [name] : [name, value ?? `<${name.replace(/^-+/, '')}>`];
  }
  return [value ?? `<${name}>`];
}

function variableInput(entry: Entry, source: string): readonly DeclaredInput[] {
  const name = textOf(entry['name']);
  return name === null || !/^[A-Za-z_]\w*$/.test(name)
    ? []
    : [declaredInput({ kind: 'environment', name, ...common(entry, source) })];
}

/** An argument with a fixed value is part of the command, no input. */
function argumentInput(entry: Entry, source: string): readonly DeclaredInput[] {
  const isFixed = textOf(entry['value']) !== null && !isRecord(entry['variables']);
  const name = textOf(entry['name']) ?? textOf(entry['valueHint']);
  return isFixed || name === null
    ? []
    : [declaredInput({ kind: 'argument', name, ...common(entry, source) })];
}

function common(entry: Entry, source: string) {
  return {
    required: entry['isRequired'] === true || entry['required'] === true,
    secret: entry['isSecret'] === true,
    defaultValue: textOf(entry['default']) ?? textOf(entry['value']),
    description: textOf(entry['description']),
    source,
  };
}

function list(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? value.filter((one) => isRecord(one)).slice(0, 50) : [];
}

/** Older versions of the format write `is_required`; newer `isRequired`. */
function camelCase(value: unknown, depth: number): unknown {
  if (depth > 10) return undefined;
  if (Array.isArray(value)) return value.map((one) => camelCase(one, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase()),
      camelCase(one, depth + 1),
    ]),
  );
}

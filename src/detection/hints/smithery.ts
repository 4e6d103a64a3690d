import { parse as parseYaml } from 'yaml';
import type { DeclaredInput } from '../../core/build-plan.js';
import { transportKind, type FoundStart } from './client-config.js';
import { commandParts } from './command-line.js';
import { declaredInput } from './inputs.js';
import { isRecord, textOf, textsOf } from './tolerant-json.js';

/** What a manifest says: starts in order, and inputs of its own. */
export interface ManifestHints {
  readonly starts: readonly FoundStart[];
  readonly inputs: readonly DeclaredInput[];
}

export const NO_HINTS: ManifestHints = { starts: [], inputs: [] };

/**
 * `smithery.yaml`: `startCommand` with a configuration schema and a small JavaScript function that
 * makes the command. The function is read as text, never run.
 */
export function smitheryHints(text: string, source: string): ManifestHints {
  const start = readStart(text);
  if (start === undefined) return NO_HINTS;
  const code = (textOf(start['commandFunction']) ?? '').slice(0, LONGEST_FUNCTION);
  const names = variableNames(code);
  const flags = flagNames(code);
  const inputs = properties(start['configSchema']).flatMap((property) => {
    const variables = names.filter(([, key]) => key === property.key).map(([name]) => name);
    const flag = flags.get(property.key);
    const shared = { ...property.facts, source };
    if (variables.length > 0) {
      return variables.map((name) => declaredInput({ kind: 'environment', name, ...shared }));
    }
    const isArgument = flag !== undefined || usesAsArgument(code, property.key);
    return isArgument
      ? [declaredInput({ kind: 'argument', name: flag ?? property.key, ...shared })]
      : [];
  });
  return { starts: commandStart(start, code, { names, source }), inputs };
}

const LONGEST_FUNCTION = 10_000;

function readStart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 10 });
    const start = isRecord(value) ? value['startCommand'] : undefined;
    return isRecord(start) ? start : undefined;
  } catch {
    return undefined;
  }
}

interface Property {
  readonly key: string;
  readonly facts: Pick<DeclaredInput, 'required' | 'secret' | 'defaultValue' | 'description'>;
}

function properties(schema: unknown): readonly Property[] {
  const all = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {};
  const required = isRecord(schema) ? textsOf(schema['required']) : [];
  return Object.entries(all).flatMap(([key, one]) => {
    if (!isRecord(one)) return [];
    const facts = {
      required: required.includes(key),
      secret: one['format'] === 'password' || one['x-secret'] === true || one['writeOnly'] === true,
      defaultValue: textOf(one['default']),
      description: textOf(one['description']) ?? textOf(one['title']),
    };
    return [{ key, facts }];
  });
}

/** `NAME: config.key`, `env.NAME = config.key || ''`: variable and property. */
function variableNames(code: string): readonly (readonly [string, string])[] {
  const pattern =
    /["']?\b([A-Z][A-Z0-9_]{1,80})\b["']?\]?\s*[:=]\s*[^\n,;{}]{0,120}?\bconfig\b\??\.?(?:\[["'])?([A-Za-z_]\w*)/g;
  const found = [...code.matchAll(pattern)];
  return found.map(([, name = '', key = '']) => [name, key] as const);
}

/** `'--flag', config.key`: property and flag. */
function flagNames(code: string): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  const pattern =
    /["'`](--?[A-Za-z][\w-]{0,80})(?:=\$\{|["'`]\s*,\s*(?:String\()?`?(?:\$\{)?)\s*config\??\.?(?:\[["'])?([A-Za-z_]\w*)/g;
  for (const [, flag = '', key = ''] of code.matchAll(pattern)) flags.set(key, flag);
  const guarded = /if\s*\(\s*config\.(\w+)\s*\)[^;}]{0,80}push\(\s*["'](--[\w-]+)["']\s*\)/g;
  for (const [, key = '', flag = ''] of code.matchAll(guarded)) flags.set(key, flag);
  return flags;
}

function usesAsArgument(code: string, key: string): boolean {
  const list = /\bargs\b\s*[:=]\s*\[([^\]]*)\]/.exec(code)?.[1] ?? '';
  const word = key.replaceAll(/[^\w]/g, '');
  return word !== '' && new RegExp(`config\\??\\.${word}\\b`).test(list);
}

function commandStart(
  start: Readonly<Record<string, unknown>>,
  code: string,
  {
    names,
    source,
  }: { readonly names: readonly (readonly [string, string])[]; readonly source: string },
): readonly FoundStart[] {
  const command = /\bcommand\s*:\s*["'`]([^"'`]+)["'`]/.exec(code)?.[1];
  if (command === undefined) return [];
  const list = /\bargs\b\s*[:=]\s*\[([^\]]*)\]/.exec(code)?.[1] ?? '';
  const words = list.matchAll(/"([^"]*)"|'([^']*)'|`([^`]*)`|config\??\.(\w+)/g);
  const args = [...words].map(([, a, b, c, key]) => a ?? b ?? c ?? `\${${key ?? ''}}`);
  const fixed = [...code.matchAll(/["']?\b([A-Z][A-Z0-9_]{1,80})["']?\s*:\s*["'`]/g)].map(
    ([, name = '']) => name,
  );
  const environment = [...new Set([...names.map(([name]) => name), ...fixed])];
  const transport = transportKind(textOf(start['type']));
  return [
    {
      start: { command, args, environment, source, transport },
      inputs: [],
      program: commandParts(command, args).program,
    },
  ];
}

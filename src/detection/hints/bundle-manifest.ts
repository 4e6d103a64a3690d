import type { DeclaredInput } from '../../core/build-plan.js';
import { clientStarts } from './client-config.js';
import { declaredInput } from './inputs.js';
import { NO_HINTS, type ManifestHints } from './smithery.js';
import { isRecord, textOf, tolerantJson } from './tolerant-json.js';

/** `manifest.json` of an MCP bundle (mcpb, once dxt): `server.mcp_config` and `user_config`. */
export function bundleHints(text: string, source: string): ManifestHints {
  const value = tolerantJson(text);
  if (!isRecord(value) || !isRecord(value['server'])) return NO_HINTS;
  const config = value['server']['mcp_config'];
  const user = isRecord(value['user_config']) ? value['user_config'] : {};
  const starts = clientStarts(config, source).map((one) => ({ ...one, inputs: [] }));
  const env = isRecord(config) && isRecord(config['env']) ? config['env'] : {};
  const inputs = Object.entries(user).flatMap(([key, one]) =>
    isRecord(one) ? [userInput({ key, entry: one, env, source })] : [],
  );
  return { starts, inputs };
}

/** A value of the user reaches the server as a variable when `env` passes it on. */
function userInput({
  key,
  entry,
  env,
  source,
}: {
  readonly key: string;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, unknown>>;
  readonly source: string;
}): DeclaredInput {
  const variable = Object.entries(env).find(
    ([, value]) => textOf(value)?.includes(`\${user_config.${key}}`) === true,
  )?.[0];
  return declaredInput({
    kind: variable === undefined ? 'argument' : 'environment',
    name: variable ?? key,
    required: entry['required'] === true,
    secret: entry['sensitive'] === true,
    defaultValue: textOf(entry['default']),
    description: textOf(entry['description']) ?? textOf(entry['title']),
    source,
  });
}

import { parse } from 'yaml';
import type { ServerTransport } from '../../core/build-plan.js';
import { join } from '../support/paths.js';
import { isTable } from '../support/toml.js';
import type { SourceTree } from '../source-tree.js';
import type { JavaProject } from './java-project.js';

/** What Spring's or Quarkus' configuration files say: `spring.main.banner-mode` to `off`. */
export type Properties = ReadonlyMap<string, string>;

const DEFAULT_PORT = 8080;
const WEB_STARTER = /mcp-server-(?:webmvc|webflux)/;

/** application.properties and application.yml, with the profile that the first makes active. */
export async function readProperties(tree: SourceTree, folder: string): Promise<Properties> {
  const found = new Map<string, string>();
  const read = async (name: string): Promise<void> => {
    const path = join(folder, `src/main/resources/${name}`);
    const entries = [
      ...yamlProperties(await tree.read(`${path}.yml`)),
      ...yamlProperties(await tree.read(`${path}.yaml`)),
      ...plainProperties(await tree.read(`${path}.properties`)),
    ];
    for (const [key, value] of entries) found.set(key, value);
  };
  await read('application');
  const profile = found.get('spring.profiles.active');
  if (profile !== undefined && /^[\w-]+$/.test(profile)) await read(`application-${profile}`);
  return found;
}

/** How a server of Spring AI serves; stdio wherever nothing says HTTP. */
export function springTransport(project: JavaProject, properties: Properties): ServerTransport {
  const isWeb = Object.keys(project.dependencies).some((name) => WEB_STARTER.test(name));
  if (!isWeb || properties.get('spring.ai.mcp.server.stdio') === 'true') return { kind: 'stdio' };
  const port = Number(/\d{2,5}/.exec(properties.get('server.port') ?? '')?.[0] ?? DEFAULT_PORT);
  const protocol = properties.get('spring.ai.mcp.server.protocol')?.toUpperCase() ?? 'SSE';
  if (protocol === 'SSE') {
    return {
      kind: 'sse',
      port,
      path: properties.get('spring.ai.mcp.server.sse-endpoint') ?? '/sse',
    };
  }
  const path = properties.get('spring.ai.mcp.server.streamable-http.mcp-endpoint') ?? '/mcp';
  return { kind: 'http', port, path };
}

/**
 * Without these, Spring Boot prints its banner and its log between the messages, and the server
 * of Spring AI ends at once. What the project sets itself stays.
 */
export function springStdioFlags(properties: Properties): string[] {
  const needed: readonly (readonly [key: string, value: string, good: RegExp])[] = [
    ['spring.ai.mcp.server.stdio', 'true', /^true$/],
    ['spring.main.banner-mode', 'off', /^(?:off|log)$/i],
    ['spring.main.web-application-type', 'none', /^none$/i],
  ];
  const flags = needed
    .filter(([key, , good]) => !good.test(properties.get(key) ?? ''))
    .map(([key, value]) => `-D${key}=${value}`);
  const silent =
    properties.has('logging.pattern.console') || properties.has('logging.threshold.console');
  return silent ? flags : [...flags, '-Dlogging.pattern.console='];
}

function plainProperties(text: string | undefined): [string, string][] {
  return [...(text ?? '').matchAll(/^[ \t]*([\w.-]+)[ \t]*[=:][ \t]*(.*)$/gm)].map(
    ([, key = '', value = '']) => [key, value.trim()],
  );
}

function yamlProperties(text: string | undefined): [string, string][] {
  if (text === undefined) return [];
  try {
    // Of several documents only the first: the others are for profiles.
    const value: unknown = parse(text.split(/^---\s*$/m).find((one) => one.trim() !== '') ?? '');
    return flattened(value, '');
  } catch {
    return [];
  }
}

function flattened(value: unknown, prefix: string): [string, string][] {
  if (value === null) return [[prefix, '']];
  if (typeof value === 'string') return [[prefix, value]];
  if (typeof value === 'number' || typeof value === 'boolean') return [[prefix, `${value}`]];
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    flattened(one, prefix === '' ? key : `${prefix}.${key}`),
  );
}

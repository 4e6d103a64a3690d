import type { ServerTransport } from '../../core/build-plan.js';
import type { FinalImage } from './image.js';

/** How the image's server talks, as its CMD, ENTRYPOINT, ENV and EXPOSE say; stdio by default. */
export function imageTransport(image: FinalImage): ServerTransport {
  const kind = commandKind(image.command) ?? environmentKind(image) ?? portKind(image);
  if (kind === 'stdio') return { kind };
  return { kind, port: portOf(image), path: pathOf(image, kind) };
}

type Kind = ServerTransport['kind'];

const PORT_NAME = /^(?:\w+_)?PORT$/;
const TRANSPORT_NAME = /^(?:\w+_)?TRANSPORT(?:_TYPE|_MODE)?$/;

function commandKind(command: readonly string[]): Kind | undefined {
  const words = command.flatMap((word) => word.split(/[\s=]+/));
  const named = words.findIndex((word) => /^(?:-t|--(?:mcp-)?(?:transport|mode))$/.test(word));
  const kind = named === -1 ? undefined : kindOf(words[named + 1] ?? '');
  if (kind !== undefined) return kind;
  const plain = words.slice(1).map((word) => kindOf(word.replace(/^--/, '')));
  return plain.find((one) => one !== undefined) ?? gatewayKind(words);
}

function gatewayKind(words: readonly string[]): Kind | undefined {
  const names = words.map((word) => word.split('/').at(-1) ?? '');
  if (names.some((name) => ['uvicorn', 'gunicorn', 'hypercorn'].includes(name))) return 'http';
  return names.includes('supergateway') || names.includes('mcp-proxy') ? 'sse' : undefined;
}

function kindOf(word: string): Kind | undefined {
  const name = word.replaceAll(/["']/g, '').toLowerCase();
  if (name === 'stdio' || name === 'sse') return name;
  return /^(?:streamable[-_]?)?http(?:[-_]?stream(?:able|ing)?)?$/.test(name) ? 'http' : undefined;
}

function environmentKind({ environment }: FinalImage): Kind | undefined {
  for (const [name, value] of environment) {
    const kind = TRANSPORT_NAME.test(name) ? kindOf(value) : undefined;
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/**
 * A port in both EXPOSE and ENV, or one that the health check asks, is one that the server listens
 * on; EXPOSE alone is a habit.
 */
function portKind({ ports, environment, answersHttp }: FinalImage): Kind {
  if (answersHttp && ports.length > 0) return 'http';
  const named = [...environment].some(
    ([name, value]) => PORT_NAME.test(name) && ports.includes(Number(value)),
  );
  return named ? 'http' : 'stdio';
}

function portOf({ command, environment, ports }: FinalImage): number {
  const words = command.flatMap((word) => word.split(/[\s=]+/));
  const flag = words.findIndex((word) => /^(?:-p|--(?:\w+-)?port)$/.test(word));
  const named = [...environment].filter(([name]) => PORT_NAME.test(name)).map(([, value]) => value);
  const found = [flag === -1 ? undefined : words[flag + 1], ...named, ...ports, 8000]
    .map(Number)
    .find((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  return found ?? 8000;
}

function pathOf({ environment }: FinalImage, kind: Kind): string {
  for (const [name, value] of environment) {
    const isPath = /^(?:\w+_)?(?:MCP|HTTP|ENDPOINT)_PATH$/.test(name);
    if (isPath && /^\/[\w/-]*$/.test(value)) return value;
  }
  return kind === 'sse' ? '/sse' : '/mcp';
}

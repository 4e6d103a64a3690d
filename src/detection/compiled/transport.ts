import type { ServerTransport } from '../../core/build-plan.js';
import type { ServingArguments } from './serving-arguments.js';
import { type Sources, whereIs } from './sources.js';

/** How a language's code shows that it serves. */
export interface ServingPatterns {
  readonly stdio: RegExp;
  readonly http: RegExp;
  readonly sse: RegExp;
}

export interface FoundTransports {
  /** Files that serve in this way. */
  readonly stdio: string | undefined;
  readonly http: string | undefined;
  readonly sse: string | undefined;
}

const DEFAULT_PORT = 8080;

/** `":8080"`, `"0.0.0.0:8080"`, `default_value = "8080"`, `.Int("port", 8080` … */
const PORTS: readonly RegExp[] = [
  /(?:port|PORT)\w*"?[^\n]{0,60}?\b(\d{4,5})\b/,
  /"(?:[\w.]*|\[[\w:]*\]):(\d{4,5})"/,
];

export function findTransports(sources: Sources, patterns: ServingPatterns): FoundTransports {
  return {
    stdio: whereIs(sources, patterns.stdio),
    http: whereIs(sources, patterns.http),
    sse: whereIs(sources, patterns.sse),
  };
}

/** Stdio wherever there is stdio: it needs no port, and every client speaks it. */
export function chosenTransport(
  found: FoundTransports,
  sources: Sources,
  serving?: ServingArguments,
): ServerTransport {
  const isTold = serving?.args.some((word) => word.includes('stdio')) ?? false;
  const place = found.http ?? found.sse;
  if (isTold || found.stdio !== undefined || place === undefined) return { kind: 'stdio' };
  const text = sources.get(place) ?? '';
  const ports = [text, ...sources.values()].map(portIn);
  const port = ports.find((one) => one !== undefined) ?? DEFAULT_PORT;
  return found.http === undefined
    ? { kind: 'sse', port, path: pathIn(text, '/sse') }
    : { kind: 'http', port, path: pathIn(text, '/mcp') };
}

function portIn(text: string): number | undefined {
  for (const pattern of PORTS) {
    const port = Number(pattern.exec(text)?.[1]);
    if (port > 1023 && port < 65_536) return port;
  }
  return undefined;
}

function pathIn(text: string, usual: string): string {
  if (text.includes(`"${usual}"`)) return usual;
  return /"(\/(?:mcp|sse)(?:\/[\w-]+)?)"/.exec(text)?.[1] ?? usual;
}

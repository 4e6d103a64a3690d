import type { SourceFile } from './modules.js';
import { callsOf, keywordLiteral, keywordText, leadingTexts } from './python-text.js';

/** Where an HTTP server listens, and what makes it listen on all addresses. */
export interface HttpAddress {
  readonly port: number;
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly reason: string;
}

const everywhere = '0.0.0.0';

/** Read from the calls that run the server, its settings, options and variables. */
export function httpAddress(files: readonly SourceFile[], kind: 'http' | 'sse'): HttpAddress {
  const code = files.map((file) => file.code).join('\n');
  const calls = callsOf(
    code,
    /\b(?:FastMCP|MCPServer|run|run_async|run_http_async|uvicorn\.Config|update)\s*\(/g,
  );
  const settings = /\.settings\.port\s*=\s*(\d+)/.exec(code)?.[1];
  const port = literalPort(calls) ?? settings ?? optionPort(code) ?? variablePort(code) ?? '8000';
  const environment: Record<string, string> = { FASTMCP_HOST: everywhere, FASTMCP_PORT: port };
  for (const name of hostVariables(code)) environment[name] = everywhere;
  const argument = hostOption(code);
  return {
    port: validPort(port),
    path: pathOf(code, calls, kind),
    args: argument === undefined ? [] : [argument, everywhere],
    environment: { ...environment, FASTMCP_PORT: String(validPort(port)) },
    reason: isBoundToLoopback(calls)
      ? 'The source serves HTTP on a fixed loopback address, which nothing outside the container reaches.'
      : 'The source serves HTTP only.',
  };
}

function validPort(text: string): number {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 8000;
}

function literalPort(calls: readonly string[]): string | undefined {
  for (const call of calls) {
    const port = keywordLiteral(call, 'port');
    if (port !== undefined && /^\d{2,5}$/.test(port)) return port;
  }
  return undefined;
}

function optionPort(code: string): string | undefined {
  return callsOf(code, /\b(?:add_argument|option|Option)\s*\(/g)
    .filter((call) => /["']--port["']/.test(call))
    .map(
      (call) =>
        /\bdefault\s*=[^\n]*?(\d{2,5})/.exec(call)?.[1] ?? /^\s*(\d{2,5})\s*,/.exec(call)?.[1],
    )
    .find((port) => port !== undefined);
}

function variablePort(code: string): string | undefined {
  const variable = /\b(?:getenv|environ\.get)\(\s*["']\w*PORT["']\s*,\s*["']?(\d{2,5})\b/.exec(
    code,
  )?.[1];
  return (
    variable ??
    /^[ \t]*\w*port\s*(?::[^=\n]*)?=\s*(?:Field\(\s*(?:default\s*=\s*)?)?(\d{2,5})\b/im.exec(
      code,
    )?.[1]
  );
}

function hostVariables(code: string): string[] {
  const pattern =
    /\b(?:getenv|environ\.get)\(\s*["'](\w*(?:HOST|BIND|BIND_ADDRESS|LISTEN_ADDR))["']\s*,\s*["'](?:127\.0\.0\.1|localhost|0\.0\.0\.0|::)["']/g;
  return [...new Set([...code.matchAll(pattern)].map((match) => match[1] ?? ''))].filter(
    (name) => name !== '',
  );
}

function hostOption(code: string): string | undefined {
  const option = callsOf(code, /\b(?:add_argument|option|Option)\s*\(/g).find(
    (call) => /["']--host["']/.test(call) && /127\.0\.0\.1|localhost/.test(call),
  );
  return option === undefined ? undefined : '--host';
}

function isBoundToLoopback(calls: readonly string[]): boolean {
  return calls.some((call) =>
    /^(?:127\.0\.0\.1|localhost)$/.test(keywordLiteral(call, 'host') ?? ''),
  );
}

function pathOf(code: string, calls: readonly string[], kind: 'http' | 'sse'): string {
  const names = kind === 'sse' ? ['sse_path', 'path'] : ['streamable_http_path', 'path'];
  for (const call of calls) {
    for (const name of names) {
      const path = keywordLiteral(call, name);
      if (path !== undefined && /^\/[\w./-]*$/.test(path)) return path;
    }
  }
  const route = callsOf(code, /\b(?:Mount|Route|add_route|mount)\s*\(/g)
    .filter((call) => /sse|mcp|handle_stream|session_manager/i.test(call))
    .map((call) => leadingTexts(call)[0] ?? keywordText(call, 'path')?.replaceAll(/["']/g, ''))
    .find(
      (path) =>
        path !== undefined && /^\/[\w.-]+(?:\/[\w.-]+)*\/?$/.test(path) && !/messages/.test(path),
    );
  return route ?? (kind === 'sse' ? '/sse' : '/mcp');
}

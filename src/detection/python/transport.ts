import type { ServerTransport } from '../../core/build-plan.js';
import type { Entry } from './entry-types.js';
import { httpAddress } from './http-address.js';
import type { Launch } from './launch.js';
import type { SourceFile } from './modules.js';
import { callsOf, keywordLiteral, leadingTexts } from './python-text.js';
import { subcommandFor } from './subcommand.js';

/** What has to be said to the server so that it serves, and how it answers then. */
export interface Serving {
  readonly transport: ServerTransport;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What says so, in words. */
  readonly reason: string;
}

/** Best first: stdio wherever the server has it; never empty. */
export function servingsOf(entry: Entry, launches: readonly Launch[]): readonly Serving[] {
  if (entry.what === 'object') return [overStdio([], {}, 'A runner serves the object over stdio.')];
  const command = subcommandFor(entry, launches);
  if (command?.kind === 'stdio') return [overStdio(command.words, {}, command.reason)];
  return bySource(entry.sources, command?.words ?? []);
}

function bySource(files: readonly SourceFile[], words: readonly string[]): readonly Serving[] {
  const kinds = kindsServed(files);
  const chosen = transportChoice(files);
  if (!kinds.stdio && !chosen.offersStdio && kinds.http !== null) {
    return [overHttp(kinds.http, files, words)];
  }
  if (chosen.byDefault === null) return [overStdio(words, {}, 'The source serves stdio.')];
  if (chosen.byDefault === 'stdio') {
    return [overStdio(words, {}, 'stdio is the default of its transport option.')];
  }
  const other = overHttp(chosen.byDefault === 'sse' ? 'sse' : 'http', files, words);
  if (chosen.toStdio === null) return [other];
  const { args, environment } = chosen.toStdio;
  const reason = `Its default is ${chosen.byDefault}; this asks for stdio.`;
  return [overStdio([...words, ...args], environment, reason), other];
}

function overStdio(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  reason: string,
): Serving {
  return { transport: { kind: 'stdio' }, args, environment, reason };
}

function overHttp(
  kind: 'http' | 'sse',
  files: readonly SourceFile[],
  words: readonly string[],
): Serving {
  const address = httpAddress(files, kind);
  return {
    transport: { kind, port: address.port, path: address.path },
    args: [...words, ...address.args],
    environment: address.environment,
    reason: address.reason,
  };
}

/** Which transports the source itself names when it starts a server. */
function kindsServed(files: readonly SourceFile[]): {
  stdio: boolean;
  http: 'http' | 'sse' | null;
} {
  const named = files.flatMap(({ code }) => [...namedInRuns(code), ...namedByLibrary(code)]);
  const kind = named.includes('http') ? 'http' : named.includes('sse') ? 'sse' : null;
  return { stdio: named.includes('stdio'), http: kind };
}

type Kind = 'stdio' | 'http' | 'sse';

function namedInRuns(code: string): Kind[] {
  return callsOf(code, /\.(?:run|run_async)\s*\(/g).flatMap((call): Kind[] => {
    const named = keywordLiteral(call, 'transport') ?? leadingTexts(call)[0];
    if (named === 'stdio' || isPlainRun(call)) return ['stdio'];
    if (named === 'sse') return ['sse'];
    return named !== undefined && isHttp(named) ? ['http'] : [];
  });
}

const stdioLibrary = /\bstdio_server\s*\(|\brun_stdio\w*\s*\(/;
const httpLibrary =
  /\brun_streamable_http_async\b|\bstreamable_http_app\b|\bhttp_app\b|\bStreamableHTTPSessionManager\b|\brun_http_async\b|\bFastApiMCP\b|\bmount_http\b|\bmcp_server\s*=\s*True/;
const sseLibrary = /\bSseServerTransport\b|\bsse_app\b|\brun_sse_async\b/;

function namedByLibrary(code: string): Kind[] {
  const raw = /\bsys\.stdin\b/.test(code) && code.includes('jsonrpc');
  const kinds: Kind[] = raw || stdioLibrary.test(code) ? ['stdio'] : [];
  if (httpLibrary.test(code)) kinds.push('http');
  if (sseLibrary.test(code)) kinds.push('sse');
  return kinds;
}

/** `mcp.run()` alone, or with what does not choose a transport. */
function isPlainRun(call: string): boolean {
  return call.trim() === '' || /^\s*(?:show_banner|log_level)\s*=\s*\w+\s*,?\s*$/.test(call);
}

function isHttp(name: string): boolean {
  return /^(?:streamable[-_]?http|http|https|sse)$/i.test(name);
}

interface Choice {
  readonly offersStdio: boolean;
  /** What it serves when nobody chooses; null when no choice was found. */
  readonly byDefault: string | null;
  readonly toStdio: {
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  } | null;
}

/** The option, variable or setting that chooses the transport, with its default. */
function transportChoice(files: readonly SourceFile[]): Choice {
  for (const find of [optionChoice, flagChoice, variableChoice, settingChoice]) {
    for (const { code } of files) {
      const found = find(code);
      if (found !== undefined) return found;
    }
  }
  return { offersStdio: false, byDefault: null, toStdio: null };
}

const optionCalls = /\b(?:add_argument|click\.option|typer\.Option|option|Option)\s*\(/g;

/** `--transport` with a default: argparse, click, typer. */
function optionChoice(code: string): Choice | undefined {
  for (const match of code.matchAll(optionCalls)) {
    const [call = ''] = callsOf(code.slice(match.index), /^\w+(?:\.\w+)?\s*\(/g);
    const names = [...call.matchAll(/["'](--?[\w-]+)["']/g)].map((one) => one[1] ?? '');
    const name = names.find((one) =>
      /^--(?:mcp-)?(?:transport(?:-type|-mode)?|mode|protocol)$/.test(one),
    );
    if (name === undefined) continue;
    const offers =
      /["']stdio["']/.test(call) || /\bstdio\b/i.test(call) || /["']stdio["']/.test(code);
    const standard = keywordLiteral(call, 'default') ?? defaultInside(call) ?? 'stdio';
    if (!offers && !isHttp(standard)) continue;
    return choice(offers, standard, { args: [name, 'stdio'], environment: {} });
  }
  return undefined;
}

/** `default=os.getenv("X", "sse")`, `typer.Option("sse", "--transport")`. */
function defaultInside(call: string): string | undefined {
  const variable = /\bdefault\s*=\s*\w[\w.]*\(\s*["']\w+["']\s*,\s*["']([\w-]+)["']/.exec(
    call,
  )?.[1];
  const first = leadingTexts(call)[0];
  return variable ?? (first?.startsWith('-') === true ? undefined : first);
}

function choice(offersStdio: boolean, standard: string, toStdio: Choice['toStdio']): Choice {
  const byDefault = isHttp(standard) ? standard : 'stdio';
  return { offersStdio, byDefault, toStdio: offersStdio && byDefault !== 'stdio' ? toStdio : null };
}

/** `--stdio`, or `--sse` and `--http` beside a default of stdio. */
function flagChoice(code: string): Choice | undefined {
  const flags = callsOf(code, /\badd_argument\s*\(|\b(?:click\.)?option\s*\(/g)
    .filter((call) => /store_true|is_flag\s*=\s*True/.test(call))
    .flatMap((call) => leadingTexts(call));
  if (flags.includes('--stdio')) {
    return choice(true, 'http', { args: ['--stdio'], environment: {} });
  }
  return flags.some((flag) => /^--(?:sse|http|streamable-http)$/.test(flag))
    ? choice(true, 'stdio', null)
    : undefined;
}

/** `os.getenv("MCP_TRANSPORT", "sse")`. */
function variableChoice(code: string): Choice | undefined {
  const pattern =
    /\b(?:getenv|environ\.get|config|env|env\.str)\(\s*["'](\w*(?:TRANSPORT|SERVER_MODE|MCP_MODE)\w*)["']\s*(?:,\s*(?:default\s*=\s*)?["']([\w-]+)["'])?/g;
  for (const match of code.matchAll(pattern)) {
    const standard = match[2] ?? 'stdio';
    if (standard !== 'stdio' && !isHttp(standard)) continue;
    return choice(/["']stdio["']/.test(code) || isHttp(standard), standard, {
      args: [],
      environment: { [match[1] ?? '']: 'stdio' },
    });
  }
  return undefined;
}

/** `transport: Literal["stdio", "sse"] = "stdio"` of settings or a function's argument. */
function settingChoice(code: string): Choice | undefined {
  const pattern =
    /^[ \t]*\w*transport\w*\s*(?::[^=\n]*)?=\s*(?:\w*Field\(\s*(?:default\s*=\s*)?|\w[\w.]*\.)?["']?(stdio|STDIO|sse|SSE|streamable-http|http)\b/m;
  const match = pattern.exec(code);
  return match?.[1] === undefined
    ? undefined
    : choice(/stdio/i.test(code), match[1].toLowerCase(), null);
}

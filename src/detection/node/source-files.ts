import type { SourceTree } from '../source-tree.js';
import { isIn, parentOf } from '../support/paths.js';
import { wayTo } from './paths.js';

/** A source file of a server, and what in it says that it serves. */
export interface SourceFile {
  readonly path: string;
  /** Without the lines that are comments. */
  readonly text: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
  readonly serves: ReadonlySet<'stdio' | 'http' | 'sse'>;
  /** It does something when it is loaded, beside declaring and exporting. */
  readonly runs: boolean;
}

/** Above these, a file is generated, and the rest of a repository is not its server. */
const FILE_CHARACTERS = 400_000;
const FILE_COUNT = 3000;

const CODE = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const NO_SERVER =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|e2e|examples?|samples?|docs?|bench(?:marks?)?|fixtures|website|coverage|\.[^/]+)\/|\.(?:test|spec|stories|config|d)\.[cm]?[jt]sx?$/;

/**
 * The code in the folders, without tests, examples and documents; without other packages below
 * them unless `nested`.
 */
export async function readSources(
  tree: SourceTree,
  folders: readonly string[],
  nested: boolean,
): Promise<Map<string, SourceFile>> {
  const packages = nested ? new Set<string>() : packageFolders(tree);
  const paths = folders.flatMap((folder) => codeIn(tree, folder, packages)).slice(0, FILE_COUNT);
  const found = new Map<string, SourceFile>();
  for (const path of paths) {
    const text = await tree.read(path);
    if (text === undefined || text.length > FILE_CHARACTERS) continue;
    found.set(path, sourceFile(path, text));
  }
  return found;
}

export function sourceFile(path: string, text: string): SourceFile {
  const code = withoutComments(text);
  return {
    path,
    text: code,
    imports: importsOf(code),
    serves: servesOf(code),
    runs: RUNS.test(code),
  };
}

function packageFolders(tree: SourceTree): Set<string> {
  const manifests = tree.files.filter((path) => /(?:^|\/)package\.json$/.test(path));
  return new Set(manifests.map(parentOf));
}

function codeIn(tree: SourceTree, folder: string, packages: ReadonlySet<string>): string[] {
  return tree.files.filter((path) => {
    if (!isIn(folder, path) || !CODE.test(path)) return false;
    return !NO_SERVER.test(wayTo(folder, path)) && ownerOf(path, folder, packages) === folder;
  });
}

/** The nearest package above a file, no higher than `folder`. */
function ownerOf(path: string, folder: string, packages: ReadonlySet<string>): string {
  let at = parentOf(path);
  while (at !== folder && at !== '.' && !packages.has(at)) at = parentOf(at);
  return at;
}

/** Whole lines only: `/*` within a line is as often part of a glob as the start of a comment. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    const trimmed = line.trimStart();
    if (!inside && trimmed.startsWith('/*')) inside = true;
    if (inside) {
      if (trimmed.includes('*/')) inside = false;
    } else if (!trimmed.startsWith('//')) kept.push(line);
  }
  return kept.join('\n');
}

const IMPORTS = [
  /\bfrom\s{0,9}['"]([^'"\n]{1,300})['"]/g,
  /\b(?:import|require)\s{0,9}\(\s{0,99}['"]([^'"\n]{1,300})['"]/g,
  /^\s{0,9}import\s{1,9}['"]([^'"\n]{1,300})['"]/gm,
];

/** Without `import type`, which leaves nothing behind. */
function importsOf(code: string): string[] {
  const running = code.replace(/^(?:import|export) type [^'"]{0,2000}['"][^'"\n]{0,300}['"]/gm, '');
  const found = IMPORTS.flatMap((pattern) =>
    [...running.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
  return [...new Set(found)];
}

/**
 * The classes and calls of the MCP libraries for Node that serve: the official SDK 1.x and 2.x,
 * fastmcp, litemcp, mcp-framework, tmcp, xmcp, mcp-handler, mcp-use, Mastra.
 */
const STDIO = [
  /\b(?:experimental_)?Stdio(?:Server)?Transport\b/,
  /\b(?:serveStdio|startStdio|startStdioServer|createStdioServer)\b/,
  /\btransportType['"]?\s{0,9}:\s{0,9}['"]stdio['"]/,
];
const HTTP = [
  /\b\w{0,40}Streamable(?:HTTP|Http)(?:Server)?Transport\b/,
  /\b(?:createMcpHandler|createMcpExpressApp|startHTTP|startHTTPServer|createMcpRouteHandler)\b/,
  /\btransportType['"]?\s{0,9}:\s{0,9}['"]httpStream['"]/,
];
const SSE = [
  /\bSSEServerTransport\b/,
  /\bstartSSE\b/,
  /\btransportType['"]?\s{0,9}:\s{0,9}['"]sse['"]/,
];
/** Their servers speak over stdio when nothing else is said. */
const STDIO_BY_DEFAULT = /\bnew (?:FastMCP|LiteMCP|MCPServer)\b/;
const FRAMEWORKS = /['"](?:fastmcp|litemcp|mcp-framework)['"]/;

function servesOf(code: string): ReadonlySet<'stdio' | 'http' | 'sse'> {
  const found = new Set<'stdio' | 'http' | 'sse'>();
  if (STDIO.some((pattern) => pattern.test(code)) || isRawServer(code)) found.add('stdio');
  if (HTTP.some((pattern) => pattern.test(code))) found.add('http');
  if (SSE.some((pattern) => pattern.test(code))) found.add('sse');
  if (found.size === 0 && STDIO_BY_DEFAULT.test(code) && FRAMEWORKS.test(code)) found.add('stdio');
  return found;
}

/** JSON-RPC by hand: it reads stdin and knows the protocol's methods. */
function isRawServer(code: string): boolean {
  const reads = /\bprocess\.stdin\b|\breadline\b/.test(code);
  return reads && /['"]tools\/list['"]/.test(code) && /\binitialize\b/.test(code);
}

/** A call, `new`, `await` or a check of the main module at the start of a line. */
const RUNS =
  /^(?:(?:void |await )?(?!(?:function|if|for|while|switch|catch|import|export|describe|it|test)\b)[\w$.]{1,80}\s?\(|new [\w$]|void |await |\((?:async|\(|function)|!?function\s?\(|try \{|if \([^\n]{0,200}(?:import\.meta|require\.main|process\.argv))|^\s{0,9}\.(?:catch|then)\(/m;

import type { SourceFile } from './modules.js';

/** What a source has to do with MCP. */
export interface SourceFacts {
  /** It imports what servers are made of, or speaks the protocol by itself. */
  readonly serves: boolean;
  /** It makes the server: `FastMCP(…)`, `Server(…)`. */
  readonly makes: boolean;
  /** It starts one: `mcp.run()`, `stdio_server()`, `uvicorn.run()`. */
  readonly runs: boolean;
  /** It is one end of a client. */
  readonly client: boolean;
  /** It runs something when it is started as a file. */
  readonly hasMain: boolean;
}

const serverImport =
  /^[ \t]*(?:from|import)[ \t]+(?:mcp\.server\b|mcp\.shared\.server\b|fastmcp\b(?!\.client)|fastapi_mcp\b|chuk_mcp_server\b|mcp_use\.server\b|mcp_lite\b|pymcp\b|mcpengine\b|arcade_mcp_server\b|mcp_framework\b|mcp_utils\b|flask_mcp\w*\b|django_mcp\w*\b|mcp_agent\.server\b)|^[ \t]*from[ \t]+mcp[ \t]+import[^\n]*\b(?:server|stdio_server|FastMCP|MCPServer|Server)\b|\bmcp_server\s*=\s*True\b/m;
const clientOnly = /^[ \t]*from[ \t]+fastmcp[ \t]+import[ \t]+Client[ \t]*$/m;
const clientImport =
  /^[ \t]*(?:from|import)[ \t]+(?:mcp\.client\b|fastmcp\.client\b|langchain_mcp_adapters\b)|^[ \t]*from[ \t]+(?:mcp|fastmcp)[ \t]+import[^\n]*\b(?:ClientSession|Client|StdioServerParameters)\b/m;
const making =
  /\b(?:FastMCP|MCPServer|FastApiMCP|ChukMCPServer|MCPApp|MCP|Server|LowLevelServer|FastMCP\.from_\w+|FastMCPProxy|FastMCPOpenAPI|create_proxy|\w{0,60}(?:Mcp|MCP)\w{0,60})(?:\[[^\]\n]*\])?\s*\(/;
const running =
  /\.(?:run|run_async|run_stdio_async|run_sse_async|run_streamable_http_async|run_http_async|run_stdio|serve|launch|start)\s*\(|\bstdio_server\s*\(|\buvicorn\.(?:run|Server)\s*\(|\banyio\.run\b|\basyncio\.run\b/;

const known = new WeakMap<SourceFile, SourceFacts>();

export function factsOf(file: SourceFile): SourceFacts {
  const facts = known.get(file) ?? readFacts(file.code);
  known.set(file, facts);
  return facts;
}

function readFacts(code: string): SourceFacts {
  const raw = /["']tools\/list["']/.test(code) && /sys\.stdin\b/.test(code);
  const importsServer = serverImport.test(code) && !clientOnly.test(code);
  return {
    serves: importsServer || raw,
    makes: raw || (importsServer && making.test(code)),
    runs: raw || running.test(code),
    client: clientImport.test(code),
    hasMain: /__name__\s*==\s*["']__main__["']/.test(code),
  };
}

/** The union over what a start reaches. */
export function factsOfAll(files: readonly SourceFile[]): SourceFacts {
  const facts = files.map((file) => factsOf(file));
  return {
    serves: facts.some((one) => one.serves),
    makes: facts.some((one) => one.makes),
    runs: facts.some((one) => one.runs),
    client: facts.some((one) => one.client),
    hasMain: facts[0]?.hasMain ?? false,
  };
}

/** The name a server object has at the top of a file: `mcp = FastMCP(…)`. */
export function serverObject(file: SourceFile): string | undefined {
  return /^(\w+)\s*(?::[^=\n]+)?=\s*(?:FastMCP|MCPServer)\b[\w.]*(?:\[[^\]\n]*\])?\s*\(/m.exec(
    file.code,
  )?.[1];
}

/** It uses what later majors removed: the names mcp 2 and fastmcp 3 no longer have. */
export function oldLibraries(files: readonly SourceFile[]): { mcp: boolean; fastmcp: boolean } {
  const has = (pattern: RegExp) => files.some((file) => pattern.test(file.code));
  const decorators =
    /@\w+\.(?:list_tools|call_tool|list_resources|list_prompts|get_prompt|read_resource)\s*\(/;
  return {
    mcp:
      has(/\bmcp\.server\.fastmcp\b/) ||
      (has(/\bmcp\.server\b|\bfrom mcp import/) && has(decorators)),
    fastmcp: has(/^[ \t]*(?:from|import)[ \t]+fastmcp\b/m),
  };
}

import type { BuildPlan } from '../../../../src/core/build-plan.js';
import { detectNode } from '../../../../src/detection/node/detect-node.js';
import type { Finding, Hints } from '../../../../src/detection/source-tree.js';
import { memoryTree } from '../../../support/memory-tree.js';

const NO_HINTS: Hints = { starts: [], inputs: [] };
export const STDIO = `#!/usr/bin/env node
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
const server = new McpServer({ name: 'x', version: '1' });
await server.connect(new StdioServerTransport());
`;
export const HTTP = `import express from 'express';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
const app = express();
const PORT = process.env.PORT || 8787;
app.post('/mcp', (request, response) => new StreamableHTTPServerTransport({}));
app.listen(PORT);
`;
export const TSCONFIG = JSON.stringify({
  compilerOptions: { outDir: 'dist', rootDir: 'src' },
  include: ['src'],
});
export const SDK = { '@modelcontextprotocol/sdk': '^1.20.0' };

export function manifest(fields: object): string {
  return JSON.stringify({
    name: 'server',
    version: '1.2.3',
    type: 'module',
    dependencies: SDK,
    ...fields,
  });
}

export function npmLock(fields: object = { dependencies: SDK }): string {
  return JSON.stringify({ lockfileVersion: 3, packages: { '': fields } });
}

export const TYPESCRIPT = {
  'package.json': manifest({ bin: { server: 'dist/index.js' }, scripts: { build: 'tsc' } }),
  'tsconfig.json': TSCONFIG,
  'src/index.ts': STDIO,
};

interface Options {
  readonly folder?: string;
  readonly hints?: Hints;
  readonly commitDate?: string;
}

export async function detect(
  files: Record<string, string>,
  options: Options = {},
): Promise<Finding | undefined> {
  return detectNode({
    tree: memoryTree(files),
    folder: options.folder ?? '.',
    hints: options.hints ?? NO_HINTS,
    commitDate: options.commitDate ?? null,
    gitVersion: null,
  });
}

export async function plan(files: Record<string, string>, options?: Options): Promise<BuildPlan> {
  const finding = await detect(files, options);
  if (finding?.kind !== 'server') throw new Error(`no server: ${JSON.stringify(finding)}`);
  return finding.plan;
}

export async function reason(files: Record<string, string>): Promise<string> {
  const finding = await detect(files);
  return finding?.kind === 'not_a_server' ? finding.reason : `not refused: ${finding?.kind}`;
}

export function lines(steps: BuildPlan['build']): string[] {
  return steps.map(({ run, folder }) => `${folder}: ${run.join(' ')}`);
}

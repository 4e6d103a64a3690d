import { silentLogger } from '../../../src/core/logger.js';
import type { Executor } from '../../../src/tools/executor.js';
import { TOOLS } from '../../../src/tools/registry.js';
import { RunStore } from '../../../src/tools/run-store.js';
import type { ToolContext, ToolResult } from '../../../src/tools/tool.js';
import { scriptedExecutor } from '../../support/scripted-executor.js';

/** A context in which only the scripted calls of the executor succeed. */
export function contextOf(
  script: Partial<Executor> = {},
  more: Partial<ToolContext> = {},
): ToolContext {
  return {
    executor: scriptedExecutor(script),
    runs: new RunStore(),
    logger: silentLogger,
    signal: new AbortController().signal,
    report: () => undefined,
    ...more,
  };
}

/** Calls a tool by its wire name. */
export async function call(
  name: string,
  args: unknown,
  context: ToolContext = contextOf(),
): Promise<ToolResult> {
  const tool = TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.call(args, context);
}

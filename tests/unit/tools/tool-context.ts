import { silentLogger } from '../../../src/core/logger.js';
import { JobStore } from '../../../src/tools/jobs.js';
import type { Executor } from '../../../src/tools/executor.js';
import { ALL_TOOLS } from '../../../src/tools/all-tools.js';
import { RunStore } from '../../../src/tools/run-store.js';
import type { ToolContext, ToolResult } from '../../../src/tools/tool.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';
import { scriptedExecutor } from '../../support/scripted-executor.js';

/** A context in which only the scripted calls of executor and builder succeed. */
export function contextOf(
  script: Partial<Executor> = {},
  more: Partial<ToolContext> = {},
): ToolContext {
  const signal = new AbortController().signal;
  return {
    executor: scriptedExecutor(script),
    builder: scriptedBuilder(),
    jobs: new JobStore({ tools: ALL_TOOLS, signal, track: () => undefined }),
    runs: new RunStore(),
    logger: silentLogger,
    signal,
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
  const tool = ALL_TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.call(args, context);
}

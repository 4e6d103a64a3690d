import type { z } from 'zod';
import { isSlipwayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { argumentsText } from './arguments-text.js';
import type { Attachment } from './artifact-content.js';
import type { Builder } from './builder.js';
import type { Executor } from './executor.js';
import { failureText } from './failure-text.js';
import type { JobStore } from './jobs.js';
import type { ToolProgress } from './progress.js';
import type { RunStore } from './run-store.js';

/** What calling a tool can do to the world. Hints for a client's confirmation dialogs. */
export interface ToolEffect {
  /** Changes nothing. */
  readonly readOnly: boolean;
  /** May end or overwrite something, here or elsewhere. */
  readonly destructive: boolean;
  /** Doing it again changes nothing more. */
  readonly idempotent: boolean;
  /** Reaches beyond the engine: a registry, a repository, a program with a network. */
  readonly openWorld: boolean;
}

/** What a call gets besides its arguments. */
export interface ToolContext {
  readonly executor: Executor;
  readonly builder: Builder;
  /** Keeps the complete output of runs whose result was shortened. */
  readonly runs: RunStore;
  /** Calls that go on after their answer. */
  readonly jobs: JobStore;
  readonly logger: Logger;
  /** Ends the call. What it started is removed. */
  readonly signal: AbortSignal;
  /** Hears how far the call is. */
  readonly report: (progress: ToolProgress) => void;
}

/** The answer of a call: an object of the tool's output schema, complete on its own. */
export interface ToolOutcome<Output> {
  readonly output: Output;
  /** The tool could not do what was asked. A program that exits non-zero is not an error. */
  readonly isError: boolean;
  /** Files beside the answer, which names them. @default none */
  readonly attachments?: readonly Attachment[] | undefined;
}

/** The answer of any tool. */
export type ToolResult = ToolOutcome<Readonly<Record<string, unknown>>>;

/** Why a call could not be done. */
export interface ToolFailure<Input> {
  /** What failed, what state things are in, what to do next. */
  readonly errorMessage: string;
  /** The arguments; undefined when they were refused. */
  readonly input: Input | undefined;
  readonly error: unknown;
}

/** What {@link defineTool} makes a tool from. */
export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** For the model: what it does, when to use another tool, what the result means. */
  readonly description: string;
  readonly effect: ToolEffect;
  readonly input: Input;
  readonly output: Output;
  /** Does it. Throws what the executor throws. */
  run(input: z.output<Input>, context: ToolContext): Promise<ToolOutcome<z.output<Output>>>;
  /** The result of a call that could not be done: a valid, complete output. */
  failed(failure: ToolFailure<z.output<Input>>): z.output<Output>;
}

/** One tool: a value that any front (MCP, an agent loop, a test) can offer and call. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: ToolEffect;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** What is wrong with the arguments of a call; undefined when nothing is. */
  refusal(args: unknown): string | undefined;
  /**
   * Checks the arguments and does the work. Every failure is a result; it rejects only when
   * `context.signal` was aborted, because then nobody waits for one.
   */
  call(args: unknown, context: ToolContext): Promise<ToolResult>;
}

/** Binds the types of a definition, so that tools of different shapes fit one list. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, effect, input, output } = definition;
  return {
    name,
    title,
    description,
    effect,
    input,
    output,
    refusal: (args) => {
      const checked = check(definition, args);
      return 'input' in checked ? undefined : checked.refusal;
    },
    call: (args, context) => call(definition, args, context),
  };
}

async function call<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output>,
  args: unknown,
  context: ToolContext,
): Promise<ToolResult> {
  const checked = check(tool, args);
  if (!('input' in checked)) {
    const { refusal: errorMessage, error } = checked;
    return failure(tool, { errorMessage, input: undefined, error });
  }
  const { input } = checked;
  try {
    return await tool.run(input, context);
  } catch (error) {
    context.signal.throwIfAborted();
    logFailure(context.logger, tool.name, error);
    return failure(tool, { errorMessage: failureText(error), input, error });
  }
}

type Checked<Input> =
  | { readonly input: Input }
  | { readonly refusal: string; readonly error: z.ZodError };

function check<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output>,
  args: unknown,
): Checked<z.output<Input>> {
  const { success, data, error } = tool.input.safeParse(args ?? {}, { reportInput: true });
  if (success) return { input: data };
  return { refusal: argumentsText(error, Object.keys(tool.input.shape)), error };
}

function failure<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output>,
  reason: ToolFailure<z.output<Input>>,
): ToolResult {
  return { output: tool.failed(reason), isError: true };
}

/** What a user can mend is their business; anything else is ours, and the answer hides it. */
function logFailure(logger: Logger, tool: string, error: unknown): void {
  if (isSlipwayError(error)) logger.debug('tool.failed', { tool, code: error.code });
  else logger.error('tool.crashed', { tool, error });
}
